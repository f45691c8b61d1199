"""When a customer may be asked again, and at which hour.

Told in docs/algorithms/survey-asking.md.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lib.slots import first_instant, local_day

LONGEST_SEARCH = timedelta(days=400)


def is_allowed(
    sends: Iterable[datetime], at: datetime, max_sends: int, window_seconds: int
) -> bool:
    """Whether fewer than `max_sends` lie in the window that ends at `at`."""
    return len(_counted(sends, at, window_seconds)) < max_sends


def earliest(
    sends: Iterable[datetime], at: datetime, max_sends: int, window_seconds: int
) -> datetime:
    """The first instant from `at` on at which one more is allowed."""
    counted = _counted(sends, at, window_seconds)
    if len(counted) < max_sends:
        return at
    return counted[-max_sends] + timedelta(seconds=window_seconds)


def _counted(sends: Iterable[datetime], at: datetime, window_seconds: int) -> list[datetime]:
    window = timedelta(seconds=window_seconds)
    return sorted(sent for sent in sends if sent <= at and at - sent < window)


def next_open(
    due: datetime,
    zone: str,
    opens: time,
    closes: time,
    weekdays: Collection[int],
    holidays: Collection[date] = (),
) -> datetime:
    """The earliest instant from `due` on in [opens, closes) of an allowed local day.

    Weekdays count from Monday = 0. Raises ValueError where no day is ever open.
    """
    place = ZoneInfo(zone)
    on = due.astimezone(place).date()
    last = on + LONGEST_SEARCH
    while on <= last:
        if on.weekday() in weekdays and on not in holidays:
            start = first_instant(datetime.combine(on, opens), zone)
            end = first_instant(datetime.combine(on, closes), zone)
            if due < end and start < end:
                return max(due, start)
        on += timedelta(days=1)
    raise ValueError("No day within a year is open.")


def expires_at(last_day: date, zone: str) -> datetime:
    """The instant at which the last valid day is over, where clocks show `zone`."""
    return local_day(last_day, zone)[1]
