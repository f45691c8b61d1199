"""Until when a promise for a date holds; told in docs/algorithms/calendars.md."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lib.intervals import Calendar, closes_at, closes_on_or_before

_BY = re.compile(r"\bby\s+(.+?)[.!]?\s*$", re.IGNORECASE)
# Spanish: “llamar para el viernes”, “para el 3 de abril”.
_PARA = re.compile(r".*\bpara\s+(?:el\s+)?(.+?)[.!]?\s*$", re.IGNORECASE)
_PLAIN = str.maketrans("áé", "ae")
_DIAS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_MESES = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class ClosedOn(ValueError):
    """The calendar is closed on that date `on`; `offer` is the last close before it, there."""

    def __init__(self, on: date, offer: datetime, zone: str) -> None:
        there = offer.astimezone(ZoneInfo(zone))
        super().__init__(
            f"{on:%A} {on.day} {on:%b} is closed. "
            f"Use {there:%A} {there.day} {there:%b} {there:%H:%M}?"
        )
        self.on, self.offer = on, there


def due_on(calendar: Calendar, on: date) -> datetime:
    """The last close of the date; raises ClosedOn, with an offer, and NeverOpen."""
    closing = closes_at(calendar, on)
    if closing is None:
        raise ClosedOn(on, closes_on_or_before(calendar, on), calendar.zone)
    return closing


def read_day(text: str, today: date) -> date | None:
    """The day at the end of “call back by Fri”: a weekday, today, tomorrow, 3 Apr, 2026-04-03.

    A weekday is the next one after today; a day and month without a year is the next one to come.
    Spanish is read as well: “llamar para el viernes”, para mañana, para el 3 de abril.
    """
    found = _BY.search(text)
    if found is None:
        return _read_spanish(text, today)
    words = found[1].casefold().split()
    if not words:
        return None
    if words[0] in ("today", "tomorrow"):
        return today + timedelta(days=words[0] == "tomorrow")
    if words[0][:3] in _WEEKDAYS and words[0].isalpha():
        return _next(_WEEKDAYS.index(words[0][:3]), today)
    return _dated(words, today, _MONTHS)


def _read_spanish(text: str, today: date) -> date | None:
    found = _PARA.search(text)
    words = found[1].casefold().translate(_PLAIN).split() if found else []
    words = [word for word in words if word != "de"]
    if not words:
        return None
    if words[0] in ("hoy", "mañana"):
        return today + timedelta(days=words[0] == "mañana")
    if words[0] in _DIAS:
        return _next(_DIAS.index(words[0]), today)
    return _dated(words, today, _MESES)


def _next(weekday: int, today: date) -> date:
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _dated(words: list[str], today: date, months: tuple[str, ...]) -> date | None:
    try:
        if len(words) == 1:
            return date.fromisoformat(words[0])
        day, month = (words[0], words[1]) if words[0].isdigit() else (words[1], words[0])
        found = date(today.year, months.index(month[:3]) + 1, int(day))
        return found if found >= today else found.replace(year=today.year + 1)
    except (ValueError, IndexError):
        return None
