"""Verbs of requirements: write them, and hand in or decide papers from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from ops.models import StoredFile
from quality.refusals import Forbidden, Invalid, Refused, need_reason
from training.actions import compliance
from training.actions.assigning import local_today
from training.models import Course, ExternalDocument, LearningPath, Proof, Requirement
from training.models.compliance import DOCUMENT_TRANSITIONS, DocumentState, ProofKind


@dataclass(frozen=True)
class Of:
    """Something else of a course than its completion: its certificate, or a live session."""

    kind: ProofKind
    course: Course


Wanted = Course | LearningPath | Of | None


class NothingAsked(Invalid):
    def __init__(self) -> None:
        super().__init__("courses", "Choose a course or a path, or let documents count.")


class DatesReversed(Invalid):
    def __init__(self) -> None:
        super().__init__("valid_until_on", _("It ends after the day it was issued."))


class IssuedLater(Invalid):
    def __init__(self) -> None:
        super().__init__("issued_on", _("The paper cannot be from a day that has not come yet."))


class TakesNoDocuments(Refused):
    def __init__(self, requirement: Requirement) -> None:
        super().__init__(_("“{name}” is not met by a document.").format(name=requirement))


class OwnDocument(Forbidden):
    def __init__(self) -> None:
        super().__init__("Nobody decides about their own documents.")


class AlreadyDecided(Refused):
    def __init__(self) -> None:
        super().__init__("This document was decided already.")


def save_requirement(
    *,
    requirement: Requirement | None,
    alternatives: Sequence[Sequence[Wanted]],
    by: User,
    at: datetime,
    **fields: object,
) -> Requirement:
    """Write a requirement with what meets it; None among the wanted is an approved document.

    Cycles that were satisfied keep their days. Raises NothingAsked.
    """
    if not any(alternatives):
        raise NothingAsked
    with transaction.atomic():
        row = requirement or Requirement()
        for name, value in fields.items():
            setattr(row, name, value)
        row.row_version += 1 if requirement else 0
        row.save()
        row.proofs.all().delete()
        Proof.objects.bulk_create(
            _proof(row, number, wanted)
            for number, group in enumerate(alternatives, 1)
            for wanted in group
        )
        after = {name: str(value) for name, value in fields.items()}
        after["met_by"] = " or ".join(
            " and ".join(str(_proof(row, 1, one)) for one in group)
            for group in alternatives
            if group
        )
        audit.record(verb="save_requirement", record=row, by=by, at=at, after=after)
    return row


def _proof(requirement: Requirement, number: int, wanted: Wanted) -> Proof:
    if wanted is None:
        return Proof(requirement=requirement, alternative=number, kind="document")
    if isinstance(wanted, Of):
        return Proof(
            requirement=requirement, alternative=number, kind=wanted.kind, course=wanted.course
        )
    if isinstance(wanted, Course):
        return Proof(requirement=requirement, alternative=number, kind="course", course=wanted)
    return Proof(requirement=requirement, alternative=number, kind="path", path=wanted)


def retire_requirement(*, requirement: Requirement, by: User, at: datetime) -> None:
    """It asks for nothing any more; what people have shown stays."""
    with transaction.atomic():
        rows = Requirement.objects.active().filter(pk=requirement.pk)
        if rows.update(retired_at=at):
            audit.record(verb="retire_requirement", record=requirement, by=by, at=at)


# --- Papers from elsewhere ----------------------------------------------------------------------


def hand_in_document(
    *,
    requirement: Requirement,
    person: User,
    title: str,
    file: StoredFile,
    issued_on: date,
    valid_until_on: date,
    by: User,
    at: datetime,
) -> ExternalDocument:
    """Show a paper; it counts once approved.

    Raises TakesNoDocuments, DatesReversed, IssuedLater.
    """
    check_dates(issued_on, valid_until_on, at)
    if not requirement.proofs.filter(kind="document").exists():
        raise TakesNoDocuments(requirement)
    with transaction.atomic():
        document = ExternalDocument.objects.create(
            requirement=requirement,
            person=person,
            title=title.strip(),
            file=file,
            issued_on=issued_on,
            valid_until_on=valid_until_on,
        )
        after: Mapping[str, str] = {"valid_until_on": valid_until_on.isoformat()}
        audit.record(verb="hand_in_document", record=document, by=by, at=at, after=after)
    return document


def check_dates(issued_on: date, valid_until_on: date, at: datetime) -> None:
    if valid_until_on <= issued_on:
        raise DatesReversed
    if issued_on > local_today(at):
        raise IssuedLater


def approve_document(*, document: ExternalDocument, by: User, at: datetime) -> ExternalDocument:
    """It counts from its own day on. Raises OwnDocument, AlreadyDecided."""
    with transaction.atomic():
        locked = _decide(document, "approved", "", by=by, at=at)
        compliance.settle(person=locked.person, requirement=locked.requirement, at=at)
    return locked


def reject_document(
    *, document: ExternalDocument, reason: str, by: User, at: datetime
) -> ExternalDocument:
    """Raises OwnDocument, AlreadyDecided, ReasonTooShort."""
    reason = need_reason(reason, 5)
    with transaction.atomic():
        return _decide(document, "rejected", reason, by=by, at=at)


def _decide(
    document: ExternalDocument, state: str, reason: str, *, by: User, at: datetime
) -> ExternalDocument:
    if document.person_id == by.pk:
        raise OwnDocument
    from_states = [old for old, to in DOCUMENT_TRANSITIONS.items() if state in to]
    claimed = ExternalDocument.objects.filter(pk=document.pk, state__in=from_states).update(
        state=DocumentState(state), decided_by=by, decided_at=at, decision=reason[:500]
    )
    if not claimed:
        raise AlreadyDecided
    document.refresh_from_db()
    audit.record(
        verb=f"{'approve' if state == 'approved' else 'reject'}_document",
        record=document,
        by=by,
        at=at,
        reason=reason,
    )
    return document
