"""Facts that surveys publish on commit: ids and figures, never a word that was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class InvitationSent(Event):
    """The message of an invitation has left."""

    invitation_id: int
    survey_id: int
    interaction_id: int | None


@dataclass(frozen=True, kw_only=True)
class SurveyResponseReceived(Event):
    """Once when a response becomes accepted, also by release.

    `credits` are pairs of agent id and weight; of anonymous surveys they are
    empty, the ids None and `response_id` is "".
    """

    response_id: str
    survey_id: int
    version_id: int
    interaction_id: int | None
    case_id: int | None
    credits: tuple[tuple[int, Decimal], ...]
    metric: str
    value: int | None
    is_satisfied: bool | None
    driver: str


@dataclass(frozen=True, kw_only=True)
class SurveyResponseWithdrawn(Event):
    """A response left the accepted state, or was erased."""

    response_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SurveyDriverRelabeled(Event):
    """A colleague said what had most to do with a rating."""

    response_id: str
    driver: str


@dataclass(frozen=True, kw_only=True)
class DetractorAlertRaised(Event):
    """An accepted answer that somebody must look at."""

    alert_id: int
    response_id: str
    survey_id: int
    customer_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecoveryMeasured(Event):
    """What a customer said after a recovery, against what was said before."""

    recovery_id: int
    case_id: int | None
    before: int
    after: int | None
    outcome: str
    credits: tuple[tuple[int, Decimal], ...]


def moment_of_day(at: datetime, *, is_anonymous: bool) -> datetime:
    """Facts about anonymous answers tell no finer time than the day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if is_anonymous else at
