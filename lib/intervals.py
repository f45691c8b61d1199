"""Business time: how long a calendar is open between two moments, and when a target is due.

An instant is open iff its reading on a clock of the calendar's zone lies in a span of that
reading's date. So a repeated hour counts twice and a skipped hour not at all. Instants count by
whole seconds; fractions are dropped.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise, repeat
from zoneinfo import ZoneInfo

from lib.slots import offset_change

Spans = Sequence[tuple[str, str]]
SecondSpans = tuple[tuple[int, int], ...]

_DAY = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_PATIENCE_SECONDS = 366 * _DAY
_FIRST_LOOK_SECONDS = 7 * _DAY
_SPANS_A_DAY = 6


class NeverOpen(ValueError):
    """The calendar has no open second for longer than a year."""


@dataclass(frozen=True)
class Calendar:
    """Opening hours in one zone.

    `week` maps 0 (Monday) to 6 onto spans of local time such as ("09:00", "12:00"); a span may
    close at "24:00". `exceptions` replace the week on a date, `yearly` on a (month, day) of every
    year; no spans = closed. Raises ValueError for a zone or a span that cannot be.
    """

    zone: str
    week: Mapping[int, Spans]
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    yearly: Mapping[tuple[int, int], Spans] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)
        for name in ("week", "exceptions", "yearly"):
            days = {key: _seconds(spans) for key, spans in getattr(self, name).items()}
            object.__setattr__(self, f"_{name}", days)

    def spans_on(self, on: date) -> tuple[tuple[int, int], ...]:
        """Open spans of a date as seconds since its local midnight, in order."""
        spans = self._exceptions.get(on)
        if spans is None:
            spans = self._yearly.get((on.month, on.day))
        return self._week.get(on.weekday(), ()) if spans is None else spans

    _week: Mapping[int, SecondSpans] = field(init=False, repr=False, compare=False)
    _exceptions: Mapping[date, SecondSpans] = field(init=False, repr=False, compare=False)
    _yearly: Mapping[tuple[int, int], SecondSpans] = field(init=False, repr=False, compare=False)


def business_seconds(calendar: Calendar | None, start: datetime, end: datetime) -> int:
    """Open seconds in [start, end); 0 if end is not after start. None is the wall clock."""
    first, last = _second(start), _second(end)
    if calendar is None:
        return max(0, last - first)
    return sum(closes - opens for opens, closes in _open_spans(calendar, first, last))


def due_at(calendar: Calendar | None, start: datetime, seconds: int) -> datetime:
    """The earliest moment, in UTC, at which so many open seconds have passed since start.

    A target that is used up exactly at closing is due at closing, not on the next morning. Raises
    NeverOpen if the calendar stays closed for more than 366 days.
    """
    if seconds <= 0:
        return start.astimezone(UTC)
    if calendar is None:
        return start.astimezone(UTC) + timedelta(seconds=seconds)
    left, first = seconds, _second(start)
    # Most targets are used up within days, so a year is looked through only where they are not.
    for window in chain([_FIRST_LOOK_SECONDS], repeat(_PATIENCE_SECONDS)):
        left_before = left
        for opens, closes in _open_spans(calendar, first, first + window):
            if left <= closes - opens:
                return datetime.fromtimestamp(opens + left, UTC)
            left -= closes - opens
        if left == left_before and window == _PATIENCE_SECONDS:
            raise NeverOpen("The calendar is closed for more than a year.")
        first += window
    raise AssertionError("The windows never end.")


def open_spans(
    calendar: Calendar | None, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The open stretches of [start, end) in UTC, in order, those that touch joined."""
    first, last = _second(start), _second(end)
    if calendar is None:
        pieces: Iterator[tuple[int, int]] = iter([(first, last)] if first < last else [])
    else:
        pieces = _open_spans(calendar, first, last)
    joined: list[list[int]] = []
    for opens, closes in pieces:
        if joined and joined[-1][1] == opens:
            joined[-1][1] = closes
        else:
            joined.append([opens, closes])
    return [
        (datetime.fromtimestamp(opens, UTC), datetime.fromtimestamp(closes, UTC))
        for opens, closes in joined
    ]


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the calendar is open at a moment."""
    return business_seconds(calendar, at, at + timedelta(seconds=1)) == 1


def closes_at(calendar: Calendar, on: date) -> datetime | None:
    """The UTC moment at which a local date closes for good; None if it never opens."""
    midnight = (on.toordinal() - _EPOCH_ORDINAL) * _DAY
    closing = None
    for first, last, offset in _pieces(calendar.zone, midnight - _DAY, midnight + 2 * _DAY):
        for _, closes in _spans_within(calendar, on, first, last, offset):
            closing = closes
    return None if closing is None else datetime.fromtimestamp(closing, UTC)


def closes_on_or_before(calendar: Calendar, on: date) -> datetime:
    """The closing time of the last date up to `on` that opens at all; raises NeverOpen."""
    for days in range(_PATIENCE_SECONDS // _DAY):
        closing = closes_at(calendar, on - timedelta(days=days))
        if closing is not None:
            return closing
    raise NeverOpen("The calendar is closed for more than a year before that date.")


def _open_spans(calendar: Calendar, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Open spans between two epoch seconds, in order."""
    for first, last, offset in _pieces(calendar.zone, start, end):
        for day in range((first + offset) // _DAY, (last + offset - 1) // _DAY + 1):
            on = date.fromordinal(day + _EPOCH_ORDINAL)
            yield from _spans_within(calendar, on, first, last, offset)


def _spans_within(
    calendar: Calendar, on: date, first: int, last: int, offset: int
) -> Iterator[tuple[int, int]]:
    """Open spans of one local date, cut to a piece of time that has one offset."""
    midnight = (on.toordinal() - _EPOCH_ORDINAL) * _DAY - offset
    for opens, closes in calendar.spans_on(on):
        start, end = max(first, midnight + opens), min(last, midnight + closes)
        if start < end:
            yield start, end


def _pieces(zone: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Cut [start, end) where the zone's offset from UTC changes: (first, last, offset)."""
    place = ZoneInfo(zone)
    first, offset = start, _offset(start, place)
    for step in range(start + _DAY, end + _DAY, _DAY):
        step = min(step, end)
        if _offset(step, place) != offset:
            low = datetime.fromtimestamp(max(first, step - _DAY), UTC)
            change = int(offset_change(low, datetime.fromtimestamp(step, UTC), place).timestamp())
            yield first, change, offset
            first, offset = change, _offset(step, place)
    if first < end:
        yield first, end, offset


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)


def _seconds(spans: Spans) -> SecondSpans:
    """Spans of "HH:MM" as seconds since midnight; raises ValueError with a sentence."""
    parsed = tuple((_clock(opens), _clock(closes)) for opens, closes in sorted(spans))
    if len(parsed) > _SPANS_A_DAY:
        raise ValueError(f"A day has at most {_SPANS_A_DAY} spans.")
    for opens, closes in parsed:
        if opens >= closes:
            raise ValueError("A span opens before it closes; split one that runs over midnight.")
    for (_, closes), (opens, _) in pairwise(parsed):
        if opens < closes:
            raise ValueError("Spans of one day do not overlap.")
    return parsed


def _clock(text: str) -> int:
    if not _CLOCK.fullmatch(text):
        raise ValueError(f"“{text}” is not a time of day such as 09:00 or 24:00.")
    return int(text[:2]) * 3600 + int(text[3:]) * 60
