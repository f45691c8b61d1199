"""Facts that training publishes on commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class AssignmentCreated(Event):
    """Somebody is to take a course."""

    assignment_id: int
    person_id: int
    course_id: int


@dataclass(frozen=True, kw_only=True)
class CertificateIssued(Event):
    """A completed course, or a met requirement, gave a certificate.

    `course_id` is empty for a requirement, `valid_until_on` without an end.
    """

    certificate_id: int
    person_id: int
    course_id: int | None
    valid_until_on: str


@dataclass(frozen=True, kw_only=True)
class CertificateRevoked(Event):
    """A certificate was taken back."""

    certificate_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class RemediationProposed(Event):
    """A rule saw a criterion fail too often and proposes help."""

    proposal_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class RemediationConfirmed(Event):
    """A supervisor, or a rule that needs none, gave what was proposed."""

    proposal_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class CoachingSessionHeld(Event):
    """A coaching session took place."""

    session_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class CoachingAcknowledged(Event):
    """The agent acknowledged a coaching session."""

    session_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class EnrollmentCompleted(Event):
    """Somebody completed a course; `percent` is the mean of its graded lessons, or empty."""

    enrollment_id: int
    person_id: int
    course_id: int
    revision_id: int
    percent: str | None


@dataclass(frozen=True, kw_only=True)
class EvaluatorQualified(Event):
    """Somebody passed the evaluators' training for a scorecard."""

    person_id: int
    scorecard_id: int
    valid_until_on: date


@dataclass(frozen=True, kw_only=True)
class EvaluatorQualificationEnded(Event):
    """A qualification expired, was renewed by nothing, or was ended before its time."""

    person_id: int
    scorecard_id: int
    valid_until_on: date


@dataclass(frozen=True, kw_only=True)
class CertificateExpired(Event):
    """A certificate that was not revoked has ended; `valid_until_on` was its last day."""

    certificate_id: int
    person_id: int
    course_id: int | None
    valid_until_on: str


@dataclass(frozen=True, kw_only=True)
class AssignmentOverdue(Event):
    """A course was not completed by its due date; another due date can be missed anew."""

    assignment_id: int
    person_id: int
    course_id: int
    due_on: str


@dataclass(frozen=True, kw_only=True)
class ActionItemClosed(Event):
    """An agreed action has ended: met, missed, not_measurable or canceled."""

    action_item_id: int
    person_id: int
    session_id: int
    status: str
