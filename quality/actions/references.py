"""Verbs of reference evaluations: answers that experts agree on, to train evaluators with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from crm.models import Leg
from crm.redaction import redact
from lib import faults
from quality import scoring
from quality.actions.texts import clean_text
from quality.content import content_of
from quality.facts import facts_of
from quality.models import CalibrationSession, ReferenceEvaluation, ScorecardVersion
from quality.models.calibration import CalibrationState
from quality.models.references import LEAST_PEOPLE
from quality.refusals import Forbidden, Invalid, Refused, need_reason

LEAST_REASON = 10
LONGEST_NOTE = 2000


class NotFinished(Refused):
    def __init__(self) -> None:
        super().__init__("Only the agreed answers of a finished calibration become a reference.")


class TooFewPeople(Refused):
    def __init__(self) -> None:
        super().__init__(f"A reference needs the agreement of at least {LEAST_PEOPLE} people.")


class NotComplete(Invalid):
    """`missing` are the texts of the criteria without an answer."""

    def __init__(self, missing: list[str]) -> None:
        count = len(missing)
        answers = "1 answer is" if count == 1 else f"{count} answers are"
        super().__init__("answers", f"{answers} missing: {', '.join(missing)}.")
        self.missing = missing


class ReferenceExists(Refused):
    def __init__(self) -> None:
        super().__init__("There is a reference for this interaction and version already.")


class NeedsAnother(Forbidden):
    def __init__(self) -> None:
        super().__init__("A second person agrees to a reference, not the one who entered it.")


class NotPossibleNow(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This is not possible while the reference is {state}.")


def keep_reference(*, session: CalibrationSession, by: User, at: datetime) -> ReferenceEvaluation:
    """Copy the gold answers of a finished calibration; whoever rated there has agreed.

    Raises NotFinished, TooFewPeople, NotComplete, ReferenceExists.
    """
    if session.state != CalibrationState.FINISHED:
        raise NotFinished
    gold = {row.criterion_key: row for row in session.gold.all()}
    raters = User.objects.filter(calibration_seats__in=session.seats.exclude(submitted_at=None))
    people = list(raters.distinct())
    if len(people) < LEAST_PEOPLE:
        raise TooFewPeople
    return _create(
        leg=session.leg,
        version=session.version,
        answers={key: row.answer for key, row in gold.items() if row.answer},
        notes={key: row.note for key, row in gold.items() if row.note},
        session=session,
        people=people,
        by=by,
        at=at,
    )


def propose_reference(
    *,
    leg: Leg,
    version: ScorecardVersion,
    answers: Mapping[str, Mapping[str, Any]],
    notes: Mapping[str, str],
    by: User,
    at: datetime,
) -> ReferenceEvaluation:
    """Enter agreed answers; they hold once a second person agrees.

    Raises NotComplete, ReferenceExists, Invalid.
    """
    return _create(
        leg=leg,
        version=version,
        answers={key: dict(answer) for key, answer in answers.items()},
        notes={key: clean_text("notes", note, LONGEST_NOTE) for key, note in notes.items() if note},
        session=None,
        people=[by],
        by=by,
        at=at,
    )


def agree_to_reference(
    *, reference: ReferenceEvaluation, by: User, at: datetime
) -> ReferenceEvaluation:
    """The second person's word; from now on it is in use. Raises NeedsAnother, NotPossibleNow."""
    with transaction.atomic():
        locked = _locked(reference)
        if locked.state != "waiting":
            raise NotPossibleNow(locked.state)
        if locked.created_by_id == by.pk:
            raise NeedsAnother
        locked.agreed_by.add(by)
        locked.approved_at = at
        _save(locked, "approved_at")
        audit.record(verb="agree_to_reference", record=locked, by=by, at=at)
    return locked


def retire_reference(
    *, reference: ReferenceEvaluation, reason: str, by: User, at: datetime
) -> ReferenceEvaluation:
    """Take a reference out of use; it stays readable."""
    reason = need_reason(redact(reason), LEAST_REASON, most=300)
    with transaction.atomic():
        locked = _locked(reference)
        if locked.retired_at:
            raise NotPossibleNow(locked.state)
        _retire(locked, reason, by=by, at=at)
    return locked


def retire_references_of(
    *,
    reason: str,
    at: datetime,
    by: User | None = None,
    version: ScorecardVersion | None = None,
    leg: Leg | None = None,
) -> int:
    """Those of a version that retires, or of a leg that is erased; returns how many."""
    rows = ReferenceEvaluation.objects.filter(retired_at__isnull=True).select_for_update()
    rows = rows.filter(version=version) if version else rows.filter(leg=leg)
    found = list(rows)
    for reference in found:
        if leg is not None:
            reference.notes = {}
        _retire(reference, reason, by=by, at=at)
    return len(found)


def score_of(reference: ReferenceEvaluation) -> scoring.Score:
    """The score of the agreed answers; select the version and the leg's facts with it."""
    return _scored(reference.leg, reference.version, reference.answers)


# --- Below -----------------------------------------------------------------------------------


def _create(
    *,
    leg: Leg,
    version: ScorecardVersion,
    answers: dict[str, dict[str, Any]],
    notes: dict[str, str],
    session: CalibrationSession | None,
    people: list[User],
    by: User,
    at: datetime,
) -> ReferenceEvaluation:
    criteria = content_of(version).criteria
    score = _scored(leg, version, answers)
    missing = [key for key in score.missing if criteria[key]["is_required"]]
    if missing:
        raise NotComplete([criteria[key]["text"] for key in missing])
    try:
        with transaction.atomic():
            reference = ReferenceEvaluation.objects.create(
                leg=leg,
                version=version,
                session=session,
                answers=answers,
                notes=notes,
                created_by=by,
                approved_at=at if len(people) >= LEAST_PEOPLE else None,
            )
            reference.agreed_by.set(people)
            audit.record(
                verb="create_reference",
                record=reference,
                by=by,
                at=at,
                after={"leg_id": leg.pk, "version_id": version.pk, "criteria": sorted(answers)},
            )
    except IntegrityError:
        raise ReferenceExists from None
    return reference


def _scored(
    leg: Leg, version: ScorecardVersion, answers: Mapping[str, Mapping[str, Any]]
) -> scoring.Score:
    card = content_of(version).card
    given = {key: dict(answer) for key, answer in answers.items()}
    try:
        return scoring.score(card, given, facts_of(leg, card.facts_named))
    except scoring.InvalidRequest as error:
        raise Invalid("answers", error.problems[0].message) from None


def _locked(reference: ReferenceEvaluation) -> ReferenceEvaluation:
    rows = ReferenceEvaluation.objects.all()
    if faults.guard_is_on("quality.reference_lock"):
        rows = rows.select_for_update()
    return rows.get(pk=reference.pk)


def _retire(reference: ReferenceEvaluation, reason: str, *, by: User | None, at: datetime) -> None:
    reference.retired_at, reference.retire_reason = at, reason[:300]
    _save(reference, "retired_at", "retire_reason", "notes")
    audit.record(verb="retire_reference", record=reference, by=by, at=at, reason=reason)


def _save(reference: ReferenceEvaluation, *names: str) -> None:
    reference.row_version += 1
    reference.save(update_fields=[*names, "row_version", "updated_at"])
