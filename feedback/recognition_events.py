"""Facts that feedback publishes."""

from __future__ import annotations

from dataclasses import dataclass

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class KudosPosted(Event):
    """Somebody, or a customer, thanked people."""

    kudos_id: int
    giver_id: int | None
    agent_ids: list[int]
    points: int
    source: str


@dataclass(frozen=True, kw_only=True)
class KudosEnded(Event):
    """A thank-you was withdrawn or removed."""

    kudos_id: int
    agent_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class BadgeAwarded(Event):
    """An agent earned a badge or was given one."""

    award_id: int
    badge_id: int
    agent_ids: list[int]
    points: int


@dataclass(frozen=True, kw_only=True)
class BadgeRevoked(Event):
    """A badge was taken back, by a person or since its facts changed."""

    award_id: int
    badge_id: int
    agent_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class AwardDecided(Event):
    """The winners of an award program were announced."""

    program_id: int
    agent_ids: list[int]
    points: int


@dataclass(frozen=True, kw_only=True)
class GrantApproved(Event):
    """Points of a budget went to people."""

    grant_id: int
    agent_ids: list[int]
    points: int


@dataclass(frozen=True, kw_only=True)
class RedemptionDecided(Event):
    """An order of a reward was approved, declined, canceled or handed over."""

    redemption_id: int
    person_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class PointsReversed(Event):
    """A transaction was corrected."""

    transaction_id: int
    reversed_id: int
    points: int


@dataclass(frozen=True, kw_only=True)
class FairPlayFlagRaised(Event):
    """The scan found something that somebody should look at."""

    flag_id: int
    kind: str
