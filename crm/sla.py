"""Folds the events of an SLA clock into its state; told in docs/algorithms/sla-clocks.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from lib.intervals import Calendar, business_seconds, due_at

ACTIVE, PAUSED, FULFILLED, CANCELED = "active", "paused", "fulfilled", "canceled"
_KINDS = ("activate", "pause", "fulfill", "apply", "cancel", "breach")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a clock: activate, pause, fulfill, apply, cancel or breach.

    An `apply` brings a new target, and a calendar where that changes too. What was counted until
    then stays as it was counted.
    """

    at: datetime
    kind: str
    target_seconds: int | None = None
    calendar: Calendar | Literal["same"] | None = "same"


@dataclass(slots=True)
class Clock:
    """A clock at one moment.

    `since` is when it last began to run or got its target, `elapsed_before` what it had counted
    then. `due_at` is None while paused, when stopped, and without a target.
    """

    calendar: Calendar | None
    target_seconds: int | None
    state: str = PAUSED
    since: datetime | None = None
    elapsed_before: int = 0
    elapsed_seconds: int = 0
    due_at: datetime | None = None
    breached_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    steps: list["Step"] = field(default_factory=list)

    @property
    def miss_seconds(self) -> int | None:
        """By how much a fulfilled clock went over its target."""
        if self.state != FULFILLED or self.target_seconds is None:
            return None
        return max(0, self.elapsed_seconds - self.target_seconds)

    def warn_at(self, percent: int) -> datetime | None:
        """When so many percent of the target will have been used up, at the present pace."""
        if self.since is None or self.state != ACTIVE or self.target_seconds is None:
            return None
        share = self.target_seconds * percent // 100
        return due_at(self.calendar, self.since, max(0, share - self.elapsed_before))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of "why is this late": an event, and what the clock had counted at it."""

    at: datetime
    kind: str
    elapsed_seconds: int
    due_at: datetime | None


def fold(
    events: Iterable[Event],
    calendar: Calendar | None,
    target_seconds: int | None,
    now: datetime,
) -> Clock:
    """The state of a clock at `now`; `calendar` None is the wall clock, target None records only.

    Events of one moment count in the order given, a breach last; those after `now` do not count.
    An event that changes nothing (a second pause, anything after the end) is left out.
    """
    clock = Clock(calendar, target_seconds)
    for event in _in_order(events, now):
        _judge(clock, event.at)
        if _apply(clock, event):
            clock.steps.append(Step(event.at, event.kind, clock.elapsed_seconds, clock.due_at))
    _judge(clock, now)
    clock.elapsed_seconds = _elapsed(clock, now)
    return clock


def _in_order(events: Iterable[Event], now: datetime) -> Sequence[Event]:
    passed = [event for event in events if event.at <= now]
    return sorted(passed, key=lambda event: (event.at, event.kind == "breach"))


def _judge(clock: Clock, at: datetime) -> None:
    """Note a breach if the due moment is over; what happens at that very moment still counts."""
    if clock.breached_at is None and clock.due_at is not None and clock.due_at < at:
        clock.breached_at = clock.due_at


def _elapsed(clock: Clock, at: datetime) -> int:
    if clock.state != ACTIVE or clock.since is None:
        return clock.elapsed_before
    return clock.elapsed_before + business_seconds(clock.calendar, clock.since, at)


def _apply(clock: Clock, event: Event) -> bool:
    """Let an event change the clock and tell whether it did; ValueError for an unknown kind."""
    if event.kind not in _KINDS:
        raise ValueError(f'A clock knows no event "{event.kind}".')
    if clock.state in (FULFILLED, CANCELED):
        return False
    if event.kind == "breach":
        return _note_breach(clock, event.at)
    if event.kind == "activate" and clock.state == ACTIVE:
        return False
    if event.kind == "pause" and clock.state == PAUSED:
        return False
    clock.elapsed_before = clock.elapsed_seconds = _elapsed(clock, event.at)
    if event.kind == "apply":
        clock.target_seconds = event.target_seconds
        if event.calendar != "same":
            clock.calendar = event.calendar
    else:
        _change_state(clock, event)
    clock.since = event.at if clock.state == ACTIVE else None
    clock.due_at = _due(clock)
    _breach_by_new_target(clock, event)
    return True


def _note_breach(clock: Clock, at: datetime) -> bool:
    """A breach that was written stays, also if a later calendar would not have had it."""
    is_new = clock.breached_at is None
    clock.breached_at = clock.breached_at or at
    return is_new


def _change_state(clock: Clock, event: Event) -> None:
    clock.state = {"activate": ACTIVE, "pause": PAUSED, "fulfill": FULFILLED, "cancel": CANCELED}[
        event.kind
    ]
    if clock.state == ACTIVE:
        clock.started_at = clock.started_at or event.at
    elif clock.state in (FULFILLED, CANCELED):
        clock.stopped_at = event.at


def _due(clock: Clock) -> datetime | None:
    if clock.since is None or clock.target_seconds is None:
        return None
    return due_at(clock.calendar, clock.since, max(0, clock.target_seconds - clock.elapsed_before))


def _breach_by_new_target(clock: Clock, event: Event) -> None:
    """A target that is already exceeded when it comes is missed at once."""
    target = clock.target_seconds
    if event.kind == "apply" and target is not None and clock.elapsed_before > target:
        clock.breached_at = clock.breached_at or event.at
