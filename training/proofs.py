"""What a person can show for a requirement, and from which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils import timezone

from accounts.models import User
from training.models import (
    Certificate,
    Enrollment,
    ExternalDocument,
    LearningPath,
    Proof,
    Requirement,
    Seat,
)
from training.models.compliance import ProofKind
from training.path_progress import completed_on
from training.validity import proven_on

Evidence = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """Good from `on`; `valid_until_on` only where a document or certificate says so itself."""

    on: date
    evidence: list[Evidence]
    valid_until_on: date | None = None


def shown_for(person: User, requirement: Requirement, *, since: date | None) -> Shown | None:
    """The newest evidence that meets one alternative, all of it after `since`.

    One query, and one for each thing that is asked; two for a path.
    """
    proofs = requirement.proofs.select_related("course", "path")
    best: Shown | None = None
    for _number, group in groupby(proofs, key=lambda proof: proof.alternative):
        shown = _whole([_part(person, proof, since) for proof in group])
        if shown is not None and (best is None or shown.on > best.on):
            best = shown
    return best


def _whole(parts: list[Shown | None]) -> Shown | None:
    """All of an alternative together: good from its last day, valid until its first end."""
    on = proven_on([[part.on if part else None for part in parts]])
    if on is None:
        return None
    found = [part for part in parts if part is not None]
    ends = [part.valid_until_on for part in found if part.valid_until_on]
    evidence = [one for part in found for one in part.evidence]
    return Shown(on, evidence, min(ends, default=None))


def _part(person: User, proof: Proof, since: date | None) -> Shown | None:
    if proof.kind == ProofKind.DOCUMENT:
        return _document(person, proof.requirement_id, since)
    if proof.kind == ProofKind.CERTIFICATE:
        return _certificate(person, proof, since)
    if proof.kind == ProofKind.LIVE_SESSION:
        return _live_session(person, proof, since)
    if proof.course_id is not None:
        found = _completions(person, [proof.course_id], since)
        return _of(found[proof.course_id]) if proof.course_id in found else None
    return _path(person, proof.path, since) if proof.path is not None else None


def _of(enrollment: Enrollment) -> Shown:
    day = _day(enrollment)
    return Shown(day, [_line(enrollment)])


def _line(enrollment: Enrollment) -> Evidence:
    return {
        "kind": "course",
        "title": enrollment.course.title,
        "on": _day(enrollment).isoformat(),
        "enrollment_id": enrollment.pk,
    }


def _day(enrollment: Enrollment) -> date:
    assert enrollment.completed_at is not None
    return timezone.localtime(enrollment.completed_at).date()


def _completions(person: User, courses: list[int], since: date | None) -> dict[int, Enrollment]:
    """The newest completion of each course after `since`, unless its certificate was revoked."""
    rows = Enrollment.objects.filter(person=person, course__in=courses, state="completed")
    rows = rows.exclude(certificate__revoked_at__isnull=False).select_related("course")
    found = {row.course_id: row for row in rows.order_by("completed_at")}
    return {pk: row for pk, row in found.items() if since is None or _day(row) > since}


def _path(person: User, path: LearningPath, since: date | None) -> Shown | None:
    steps = list(path.steps.select_related("course").prefetch_related("electives__course"))
    found = _completions(person, [course.pk for step in steps for course in step.courses], since)
    days = [
        (step.k, [_day(found[one.pk]) for one in step.courses if one.pk in found]) for step in steps
    ]
    on = completed_on(days) if steps else None
    return None if on is None else Shown(on, [_line(row) for row in found.values()])


def _document(person: User, requirement_id: int, since: date | None) -> Shown | None:
    rows = ExternalDocument.objects.filter(
        person=person, requirement=requirement_id, state="approved"
    )
    rows = rows.filter(issued_on__gt=since) if since else rows
    found = rows.order_by("-issued_on", "-pk").first()
    if found is None:
        return None
    line = {
        "kind": "document",
        "title": found.title,
        "on": found.issued_on.isoformat(),
        "document_id": found.pk,
    }
    return Shown(found.issued_on, [line], found.valid_until_on)


def _certificate(person: User, proof: Proof, since: date | None) -> Shown | None:
    """The newest certificate of the course that stands."""
    rows = Certificate.objects.filter(
        person=person, enrollment__course=proof.course_id, revoked_at__isnull=True
    )
    rows = rows.filter(issued_on__gt=since) if since else rows
    found = rows.order_by("-issued_on", "-pk").first()
    if found is None:
        return None
    line = {
        "kind": "certificate",
        "title": f"{found.title}, {found}",
        "on": found.issued_on.isoformat(),
        "certificate_id": found.pk,
        "enrollment_id": found.enrollment_id,
    }
    return Shown(found.issued_on, [line], found.valid_until_on)


def _live_session(person: User, proof: Proof, since: date | None) -> Shown | None:
    """The newest attended live session of the course; it is good from the day it ended."""
    rows = Seat.objects.filter(
        person=person, state="attended", session__lesson__module__revision__course=proof.course_id
    )
    seat = rows.select_related("session").order_by("-session__ends_at", "-pk").first()
    on = None if seat is None else timezone.localtime(seat.session.ends_at).date()
    if seat is None or on is None or (since is not None and on <= since):
        return None
    line = {
        "kind": "live_session",
        "title": seat.session.title,
        "on": on.isoformat(),
        "seat_id": seat.pk,
    }
    return Shown(on, [line])
