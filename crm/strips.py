"""Where the seconds of an interaction went, as stretches of a line; arithmetic for two pictures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

KINDS = ("wait", "ring", "talk", "hold", "wrap")


class TimedLeg(Protocol):
    """What the pictures read of a leg."""

    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def offered_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def ring_seconds(self) -> int | None: ...
    @property
    def talk_seconds(self) -> int | None: ...
    @property
    def hold_seconds(self) -> int | None: ...
    @property
    def wrap_seconds(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` on for `length`, both as shares of the line (0 to 1); `seconds` as told."""

    kind: str
    start: float
    length: float
    seconds: int


def shares(seconds: dict[str, int | None]) -> list[Stretch]:
    """Lay the known kinds end to end over the whole line; [] if nothing is known."""
    known = {kind: value for kind in KINDS if (value := seconds.get(kind)) and value > 0}
    total = sum(known.values())
    found, start = [], 0
    for kind, value in known.items():
        found.append(Stretch(kind, start / total, value / total, value))
        start += value
    return found


class TimedSpan(Protocol):
    """A stretch of a leg whose moments the source gives."""

    @property
    def kind(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


def leg_stretches(
    leg: TimedLeg, begin: datetime, end: datetime, spans: Sequence[TimedSpan] = ()
) -> list[Stretch]:
    """Ring, talk, hold and wrap of one leg on the clock from `begin` to `end`.

    Sources tell how long somebody was on hold, seldom when: without `spans` hold stands behind the
    talk; with them every stretch of hold stands where it was, and talk around it.
    """
    span = (end - begin).total_seconds()
    if span <= 0:
        return []
    found = []
    for kind, start, seconds in _with_spans(leg, spans):
        offset = (start - begin).total_seconds()
        first, last = max(0.0, offset), min(span, offset + seconds)
        if last > first:
            found.append(Stretch(kind, first / span, (last - first) / span, seconds))
    return found


def _with_spans(leg: TimedLeg, spans: Sequence[TimedSpan]) -> Iterator[tuple[str, datetime, int]]:
    """What is told of a leg, with holds at their moments where those are known."""
    holds = [each for each in spans if each.kind == "hold"]
    if not holds or leg.answered_at is None:
        yield from _told(leg)
        return
    yield from (each for each in _told(leg) if each[0] in ("ring", "wrap"))
    at = leg.answered_at
    for hold in holds:
        if hold.starts_at > at:
            yield "talk", at, int((hold.starts_at - at).total_seconds())
        yield "hold", hold.starts_at, int((hold.ends_at - hold.starts_at).total_seconds())
        at = hold.ends_at
    if leg.ended_at is not None and leg.ended_at > at:
        yield "talk", at, int((leg.ended_at - at).total_seconds())


def _told(leg: TimedLeg) -> Iterator[tuple[str, datetime, int]]:
    """The kinds of a leg with the moment each is drawn from."""
    at = leg.answered_at
    if leg.ring_seconds:
        rang_at = leg.offered_at or (at - timedelta(seconds=leg.ring_seconds) if at else None)
        if rang_at:
            yield "ring", rang_at, leg.ring_seconds
    if at is None:
        return
    for kind, seconds in (("talk", leg.talk_seconds), ("hold", leg.hold_seconds)):
        if seconds and seconds > 0:
            yield kind, at, seconds
            at += timedelta(seconds=seconds)
    if leg.wrap_seconds and leg.wrap_seconds > 0:
        yield "wrap", leg.ended_at or at, leg.wrap_seconds


class Spoken(Protocol):
    """What a lane reads of a turn."""

    @property
    def side(self) -> str: ...
    @property
    def at_seconds(self) -> float | None: ...
    @property
    def end_seconds(self) -> float | None: ...


def lane(turns: Iterable[Spoken], side: str, span: float) -> list[Stretch]:
    """When one side spoke, on the clock of `span` seconds."""
    found = []
    for turn in turns:
        if turn.side != side or turn.at_seconds is None or turn.end_seconds is None:
            continue
        first, last = max(0.0, turn.at_seconds), min(span, turn.end_seconds)
        if last > first:
            seconds = round(turn.end_seconds - turn.at_seconds)
            found.append(Stretch(side, first / span, (last - first) / span, seconds))
    return found


def last_moment(legs: Iterable[TimedLeg], ended_at: datetime | None) -> datetime | None:
    """When the last of it was over, wrap-up included."""
    ends = [ended_at] if ended_at else []
    for leg in legs:
        ends += [start + timedelta(seconds=seconds) for _, start, seconds in _told(leg)]
    return max(ends, default=None)
