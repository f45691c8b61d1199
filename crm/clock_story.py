"""Why a clock stands where it stands: its events, and what was counted between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from crm import clock_causes, sla
from crm.clocks import folded
from crm.models import ClockEvent, SlaClock
from crm.models.sla import ClockEventKind
from lib.intervals import Calendar, open_spans

# Told so much later than it happened, an event is shown as told late.
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Line:
    """An event, and the stretch up to it: counted, closed or paused seconds, and the sum so far."""

    at: datetime
    what: str
    cause: str
    told_at: datetime | None
    counted_seconds: int
    closed_seconds: int
    paused_seconds: int
    sum_seconds: int | None
    due_at: datetime | None
    kind: str


@dataclass(frozen=True)
class Story:
    """A clock told step by step; the counted seconds of its lines add up to its elapsed ones."""

    clock: SlaClock
    state: sla.Clock
    lines: list[Line]
    hours: Calendar | None

    @property
    def left_seconds(self) -> int | None:
        if self.state.target_seconds is None:
            return None
        return self.state.target_seconds - self.state.elapsed_seconds

    @property
    def percent(self) -> int | None:
        """How much of the target is used, at most 100; None without a target."""
        if not self.state.target_seconds:
            return None
        return min(100, self.state.elapsed_seconds * 100 // self.state.target_seconds)


def story_of(clock: SlaClock, told: Sequence[ClockEvent], now: datetime) -> Story:
    """`told` are all events of the clock with their calendar versions."""
    state = folded(told, now=now)
    lines: list[Line] = []
    before = 0
    since: datetime | None = None
    is_running = False
    for step in state.steps:
        if step.kind == ClockEventKind.BREACH:  # It marks a moment; the fold counts past it.
            lines.append(_mark(step))
            continue
        lines.append(_line(step, told, since, before, is_running))
        before, since = step.elapsed_seconds, step.at
        is_running = _runs_after(step.kind, is_running)
    if state.stopped_at is None and since is not None:
        last = sla.Step(now, "now", state.elapsed_seconds, state.due_at)
        lines.append(_line(last, told, since, before, is_running))
    return Story(clock, state, lines, state.calendar)


def what_if(
    told: Sequence[ClockEvent], calendar: Calendar | None, target_seconds: int, now: datetime
) -> sla.Clock:
    """The same events under other hours and another target, which nothing stores."""
    kinds = (ClockEventKind.APPLY, ClockEventKind.BREACH)
    steps = [event.as_step() for event in told if event.kind not in kinds]
    return sla.fold(steps, calendar, target_seconds, now)


def stretches(story: Story, end: datetime) -> list[tuple[datetime, datetime, str]]:
    """(from, to, open, closed or paused) of a clock's life up to `end`, for its picture."""
    found: list[tuple[datetime, datetime, str]] = []
    lines = [line for line in story.lines if line.kind != ClockEventKind.BREACH]
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        until = following.at if following else end
        if line.at >= until:
            continue
        if line.kind == "pause":
            found.append((line.at, until, "paused"))
        else:
            found += _open_and_closed(story.hours, line.at, until)
    return found


def _open_and_closed(
    hours: Calendar | None, start: datetime, end: datetime
) -> list[tuple[datetime, datetime, str]]:
    found, at = [], start
    for opens, closes in open_spans(hours, start, end):
        if opens > at:
            found.append((at, opens, "closed"))
        found.append((opens, closes, "open"))
        at = closes
    if at < end:
        found.append((at, end, "closed"))
    return found


def _runs_after(kind: str, is_running: bool) -> bool:
    return kind == "activate" or (is_running and kind == "apply")


def _line(
    step: sla.Step,
    told: Sequence[ClockEvent],
    since: datetime | None,
    before: int,
    is_running: bool,
) -> Line:
    event = next((one for one in told if (one.at, one.kind) == (step.at, step.kind)), None)
    wall = int((step.at - since).total_seconds()) if since else 0
    counted = max(0, step.elapsed_seconds - before)
    is_late = event is not None and event.noted_at - event.at > LATE
    return Line(
        at=step.at,
        what=event.get_kind_display() if event else gettext("Now"),
        cause=clock_causes.in_words(event.cause) if event else "",
        told_at=event.noted_at if event is not None and is_late else None,
        counted_seconds=counted,
        closed_seconds=max(0, wall - counted) if is_running else 0,
        paused_seconds=0 if is_running else wall,
        sum_seconds=before + counted,
        due_at=step.due_at,
        kind=step.kind,
    )


def _mark(step: sla.Step) -> Line:
    what = str(ClockEventKind(step.kind).label)
    cause = clock_causes.in_words(clock_causes.USED_UP)
    return Line(step.at, what, cause, None, 0, 0, 0, None, step.due_at, step.kind)
