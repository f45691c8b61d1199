"""Until when a promise for a date holds; told in docs/algorithms/calendars.md."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lib.intervals import Calendar, closes_at, closes_on_or_before

_BY = re.compile(r"\bby\s+(.+?)[.!]?\s*$", re.IGNORECASE)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class ClosedOn(ValueError):
    """The calendar is closed on that date; `offer` is the last close before it."""

    def __init__(self, on: date, offer: datetime, zone: str) -> None:
        there = offer.astimezone(ZoneInfo(zone))
        super().__init__(
            f"{on:%A} {on.day} {on:%b} is closed. "
            f"Use {there:%A} {there.day} {there:%b} {there:%H:%M}?"
        )
        self.offer = offer


def due_on(calendar: Calendar, on: date) -> datetime:
    """The last close of the date; raises ClosedOn, with an offer, and NeverOpen."""
    closing = closes_at(calendar, on)
    if closing is None:
        raise ClosedOn(on, closes_on_or_before(calendar, on), calendar.zone)
    return closing


def read_day(text: str, today: date) -> date | None:
    """The day at the end of “call back by Fri”: a weekday, today, tomorrow, 3 Apr, 2026-04-03.

    A weekday is the next one after today; a day and month without a year is the next one to come.
    """
    found = _BY.search(text)
    if found is None:
        return None
    words = found[1].casefold().split()
    if words[0] in ("today", "tomorrow"):
        return today + timedelta(days=words[0] == "tomorrow")
    if words[0][:3] in _WEEKDAYS and words[0].isalpha():
        ahead = (_WEEKDAYS.index(words[0][:3]) - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead)
    return _dated(words, today)


def _dated(words: list[str], today: date) -> date | None:
    try:
        if len(words) == 1:
            return date.fromisoformat(words[0])
        day, month = (words[0], words[1]) if words[0].isdigit() else (words[1], words[0])
        found = date(today.year, _MONTHS.index(month[:3]) + 1, int(day))
    except (ValueError, IndexError):
        return None
    return found if found >= today else found.replace(year=today.year + 1)
