"""Periods of days: named ones, the one before, and the steps of a trend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from lib.sentences import said, say_now
from lib.slots import local_day

DAY = timedelta(days=1)
MOST_DAYS = 731
YEAR_OF_WEEKS = timedelta(days=364)
QUARTER_HOUR_SECONDS = 900
MOST_STEPS = 400
COARSER = {
    "interval": "hour",
    "hour": "day",
    "day": "week",
    "week": "month",
    "month": "month",
}
INTRADAY = {"interval", "hour"}
MOST_DAYS_BY = {"interval": 7, "hour": 31}
"""Of how many days a page shows every quarter hour, or every hour."""
NAMES = {
    "today": said("Today"),
    "yesterday": said("Yesterday"),
    "week": said("This week"),
    "month": said("This month"),
    "quarter": said("This quarter"),
    "year": said("This year"),
    "last_7": said("Last 7 days"),
    "last_28": said("Last 28 days"),
    "last_90": said("Last 90 days"),
}
RULES = {
    "previous": "the period before",
    "weekdays": "the same weekdays 52 weeks ago",
    "last_year": "the same period last year",
}


@dataclass(frozen=True)
class Period:
    """Both days belong to it."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.start + DAY * index for index in range(self.days))

    def until(self, last: date) -> Period:
        """The part up to `last`; whole if it ends earlier."""
        return Period(self.start, min(self.end, max(last, self.start)))

    def first(self, days: int) -> Period:
        return Period(self.start, min(self.end, self.start + DAY * (days - 1)))

    @property
    def words(self) -> str:
        end = f"{step_label(self.end, 'day')} {self.end.year}"
        if self.start == self.end:
            return end
        year = "" if self.start.year == self.end.year else f" {self.start.year}"
        return say_now("{begin} to {end}", begin=f"{step_label(self.start, 'day')}{year}", end=end)


def named(name: str, today: date, first_weekday: int = 0) -> Period:
    """A period by its name; weeks, months, quarters and years are those of `today`, whole."""
    if name == "today":
        return Period(today, today)
    if name == "yesterday":
        return Period(today - DAY, today - DAY)
    if name.startswith("last_"):
        return Period(today - DAY * int(name.removeprefix("last_")), today - DAY)
    start = unit_start(today, name, first_weekday)
    return Period(start, next_start(start, name) - DAY)


def unit_start(on: date, unit: str, first_weekday: int = 0) -> date:
    """The first day of the week, month, quarter or year of a date."""
    if unit == "week":
        return on - DAY * ((on.weekday() - first_weekday) % 7)
    if unit == "month":
        return on.replace(day=1)
    if unit == "quarter":
        return on.replace(month=on.month - (on.month - 1) % 3, day=1)
    return on.replace(month=1, day=1) if unit == "year" else on


def next_start(start: date, unit: str) -> date:
    """The first day after the unit that begins on `start`."""
    if unit == "week":
        return start + 7 * DAY
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return start + DAY
    years, month = divmod(start.month - 1 + months, 12)
    return start.replace(year=start.year + years, month=month + 1)


def whole_unit(start: date, end: date, first_weekday: int = 0) -> str | None:
    """The calendar unit that the span is exactly, the largest one first; None for any other."""
    for unit in ("year", "quarter", "month", "week"):
        begins = unit_start(start, unit, first_weekday)
        if begins == start and next_start(start, unit) - DAY == end:
            return unit
    return None


def previous(start: date, end: date, rule: str, first_weekday: int = 0) -> tuple[date, date]:
    """The span to compare with, by `previous`, `weekdays` or `last_year`."""
    if rule == "weekdays":
        return start - YEAR_OF_WEEKS, end - YEAR_OF_WEEKS
    unit = whole_unit(start, end, first_weekday)
    if rule == "last_year":
        return _last_year(start, end, unit)
    if rule != "previous":
        raise ValueError(f"There is no rule {rule!r}.")
    if unit is None:
        return start - (end - start) - DAY, start - DAY
    return unit_start(start - DAY, unit, first_weekday), start - DAY


def _last_year(start: date, end: date, unit: str | None) -> tuple[date, date]:
    begins = year_before(start)
    if unit in ("month", "quarter", "year"):
        return begins, next_start(begins, unit) - DAY
    return begins, year_before(end)


def year_before(on: date) -> date:
    """The same date a year ago; 29 February becomes 28 February."""
    try:
        return on.replace(year=on.year - 1)
    except ValueError:
        return on.replace(year=on.year - 1, day=28)


def quarter_hours(day: date, zone: str) -> int:
    """How many quarter hours a local day has: 96, or 92 and 100 where the clock moves an hour."""
    start, end = local_day(day, zone)
    return int((end - start).total_seconds()) // QUARTER_HOUR_SECONDS


def step_start(on: date, by: str, first_weekday: int = 0) -> date:
    return on if by == "day" else unit_start(on, by, first_weekday)


def moment_start(quarter: int, by: str, zone: ZoneInfo) -> datetime:
    """When the quarter hour, counted from 1970, or its hour on the clock of `zone` began; in UTC.

    The hour that a clock shows twice is two hours.
    """
    at = datetime.fromtimestamp(quarter * QUARTER_HOUR_SECONDS, UTC)
    return at - timedelta(minutes=at.astimezone(zone).minute) if by == "hour" else at


def moments(period: Period, by: str, zone: str) -> list[datetime]:
    """When every quarter hour or hour of the period's days begins, in UTC."""
    start, end = local_day(period.start, zone)[0], local_day(period.end, zone)[1]
    first, last = (int(at.timestamp()) // QUARTER_HOUR_SECONDS for at in (start, end))
    clock = ZoneInfo(zone)
    return sorted({moment_start(quarter, by, clock) for quarter in range(first, last)})


def steps(period: Period, by: str, first_weekday: int = 0) -> list[date]:
    """The first day of every day, week or month that the period touches."""
    on, found = step_start(period.start, by, first_weekday), []
    while on <= period.end:
        found.append(on)
        on = next_start(on, by)
    return found


def fitting(period: Period, by: str) -> str:
    """`by`, or the next coarser step of which not more than 400 fit into a picture."""
    while count_of(period, by) > MOST_STEPS and COARSER[by] != by:
        by = COARSER[by]
    return by


def count_of(period: Period, by: str) -> int:
    """How many steps the period has; hours and quarter hours as of days without a clock change."""
    if by in INTRADAY:
        return period.days * (96 if by == "interval" else 24)
    return len(steps(period, by))


def step_label(on: date, by: str) -> str:
    """Such as 4 May; of an hour or quarter hour, as the clock of `on` shows it, 4 May 09:15."""
    if isinstance(on, datetime):
        return f"{on.day} {month_word(on)} {on:%H:%M}"
    return f"{month_word(on)} {on.year}" if by == "month" else f"{on.day} {month_word(on)}"


def month_word(on: date) -> str:
    """Such as May; Django's own catalogs have the short names of months in small letters."""
    return say_now(f"{on:%b}".lower()).title()


def months_back(on: date, count: int) -> list[date]:
    """The first days of the last `count` months up to the month of `on`, oldest first."""
    found = [on.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - DAY).replace(day=1))
    return found[::-1]
