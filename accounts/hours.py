"""Opening hours as they are stored and typed, and as the arithmetic of lib.intervals takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from lib.intervals import Calendar, NeverOpen, due_at, is_open, open_spans

MIDNIGHT = "24:00"
MOST_EXCEPTIONS = 500
PREVIEW_DAYS = 14
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?")
_DASH = re.compile(r"\s*(?:-|–|—|to)\s*")

Spans = list[list[str]]


class BadHours(ValueError):
    """`place` names the weekday ("0" to "6"), the exception ("2026-04-03") or "time_zone"."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place


@dataclass(frozen=True)
class PreviewDay:
    """One of the next days: its open spans, and by how many seconds the clock changes on it."""

    on: date
    label: str
    starts_at: datetime
    zone: ZoneInfo
    spans: Sequence[tuple[datetime, datetime]]
    change_seconds: int

    @property
    def local_spans(self) -> list[tuple[str, str]]:
        """The spans on a clock of the calendar's zone; midnight at the end of the day is 24:00."""
        return [
            (
                f"{opens.astimezone(self.zone):%H:%M}",
                MIDNIGHT
                if closes.astimezone(self.zone).date() > self.on
                else f"{closes.astimezone(self.zone):%H:%M}",
            )
            for opens, closes in self.spans
        ]

    @property
    def open_seconds(self) -> int:
        return sum(int((end - start).total_seconds()) for start, end in self.spans)


def calendar_of(
    time_zone: str, week: Mapping[str, Any], exceptions: Iterable[Mapping[str, Any]]
) -> Calendar:
    """Stored hours for the arithmetic; raises ValueError for hours that cannot be."""
    dated, yearly = {}, {}
    for one in exceptions:
        on = date.fromisoformat(one["date"])
        if one.get("yearly"):
            yearly[on.month, on.day] = _pairs(one["spans"])
        else:
            dated[on] = _pairs(one["spans"])
    days = {int(day): _pairs(spans) for day, spans in week.items()}
    return Calendar(time_zone, days, dated, yearly)


def checked(
    time_zone: str,
    week: Mapping[str, Spans],
    exceptions: Sequence[Mapping[str, Any]],
    *,
    at: datetime,
) -> Calendar:
    """The calendar, or BadHours naming the first place that is wrong.

    Raises NeverOpen where no second is open within 366 days of `at`.
    """
    if time_zone not in available_timezones():
        raise BadHours("time_zone", f"“{time_zone}” is no time zone; write one as Europe/Berlin.")
    for day, spans in week.items():
        _check_spans(str(day), spans)
    if len(exceptions) > MOST_EXCEPTIONS:
        raise BadHours("exceptions", f"A calendar holds at most {MOST_EXCEPTIONS} exceptions.")
    seen: set[tuple[str, bool]] = set()
    for one in exceptions:
        key = (str(one["date"])[5:] if one.get("yearly") else str(one["date"]), _yearly(one))
        if key in seen:
            raise BadHours(str(one["date"]), f"{one['date']} stands here twice.")
        seen.add(key)
        _check_spans(str(one["date"]), one["spans"])
    calendar = calendar_of(time_zone, week, exceptions)
    due_at(calendar, at, 1)
    return calendar


def read_spans(text: str) -> Spans:
    """Spans typed as "9-12, 13:00-17:00"; one over midnight needs `split_over_midnight`.

    Raises ValueError with a sentence.
    """
    spans = []
    for part in re.split(r"[,;\n]", text):
        if not part.strip():
            continue
        ends = _DASH.split(part.strip())
        if len(ends) != 2:
            raise ValueError(f"“{part.strip()}” is no span. Write it as 09:00-17:00.")
        spans.append([_clock(ends[0]), _clock(ends[1])])
    return spans


def split_over_midnight(week: Mapping[str, Spans]) -> dict[str, Spans]:
    """Spans such as 22:00-06:00 become the end of their day and the beginning of the next."""
    split: dict[str, Spans] = {str(day): [] for day in range(7)}
    for day, spans in week.items():
        for opens, closes in spans:
            if opens <= closes or closes == "00:00":
                split[str(day)].append([opens, MIDNIGHT if closes == "00:00" else closes])
                continue
            split[str(day)].append([opens, MIDNIGHT])
            split[str((int(day) + 1) % 7)].append(["00:00", closes])
    return {day: sorted(spans) for day, spans in split.items()}


def in_words(spans: Iterable[Sequence[str]]) -> str:
    """Spans as people type them; empty where closed."""
    return ", ".join(f"{opens}-{closes}" for opens, closes in spans)


def preview(
    calendar: Calendar, labels: Mapping[date, str], first: date, days: int = PREVIEW_DAYS
) -> list[PreviewDay]:
    """The open spans of the next days, in the calendar's zone."""
    zone = ZoneInfo(calendar.zone)
    return [
        _preview_day(calendar, zone, first + timedelta(days=number), labels)
        for number in range(days)
    ]


def labels_of(exceptions: Iterable[Mapping[str, Any]], first: date, days: int) -> dict[date, str]:
    """What the exceptions of a stretch of days are called."""
    wanted = {first + timedelta(days=number) for number in range(days)}
    labels = {}
    for one in exceptions:
        on = date.fromisoformat(one["date"])
        for day in wanted:
            if day == on or (one.get("yearly") and (day.month, day.day) == (on.month, on.day)):
                labels[day] = str(one.get("label", ""))
    return labels


def _preview_day(
    calendar: Calendar, zone: ZoneInfo, on: date, labels: Mapping[date, str]
) -> PreviewDay:
    start = datetime.combine(on, time(), zone).astimezone(UTC)
    end = datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC)
    change = int((end - start).total_seconds()) - 86_400
    spans = open_spans(calendar, start, end)
    return PreviewDay(on, labels.get(on, ""), start, zone, spans, change)


def _check_spans(place: str, spans: Spans) -> None:
    for opens, closes in spans:
        if opens >= closes:
            raise BadHours(place, f"{opens}-{closes}: a span opens before it closes.")
    for (_, closes), (opens, _) in pairwise(sorted(spans)):
        if opens < closes:
            raise BadHours(place, f"The spans overlap at {opens}.")
    try:
        Calendar("UTC", {0: _pairs(spans)})
    except ValueError as error:
        raise BadHours(place, str(error)) from None


def _clock(text: str) -> str:
    found = _CLOCK.fullmatch(text.strip())
    if found is None or int(found[1]) > 24 or int(found[2] or 0) > 59:
        raise ValueError(f"“{text.strip()}” is not a time of day such as 09:00 or 24:00.")
    return f"{int(found[1]):02d}:{found[2] or '00'}"


def _pairs(spans: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    return [(str(opens), str(closes)) for opens, closes in spans]


def _yearly(one: Mapping[str, Any]) -> bool:
    return bool(one.get("yearly"))


__all__ = [
    "BadHours",
    "NeverOpen",
    "PreviewDay",
    "calendar_of",
    "checked",
    "in_words",
    "is_open",
    "labels_of",
    "preview",
    "read_spans",
    "split_over_midnight",
]
