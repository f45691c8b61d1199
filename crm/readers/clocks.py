"""Reads dates and times as tables write them, and makes them instants.

A local time that does not exist (clocks put forward) is the first instant after the gap; one that
comes twice (clocks put back) is its first occurrence.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.readers.base import UnreadableFile
from lib.slots import first_instant, local_day

DAY_SECONDS = 86_400
_HALF_DAY = 43_200
_CACHE_SIZE = 200_000

_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:\s*([ap])\.?m\.?)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})")
_PACKED_DATE = re.compile(r"(\d\d){3,4}")
_EPOCH = re.compile(r"\d{9,10}(\.\d+)?|\d{12,13}")
_ORDERS = {"ymd": "ymd", "dmy": "dmy", "mdy": "mdy"}


class LocalTime:
    """The clock on the wall of one zone; a day whose offset never changes is worked out once."""

    def __init__(self, zone: str) -> None:
        try:
            self._zone = ZoneInfo(zone or "UTC").key
        except (ZoneInfoNotFoundError, ValueError):
            raise UnreadableFile(
                f'There is no time zone "{zone}". Choose one such as Europe/Berlin.'
            ) from None
        self._midnights: dict[date, datetime | None] = {}

    def instant(self, on: date, seconds: int) -> datetime:
        """The UTC instant at which the clock on that date has run `seconds` since midnight.

        86,400 and more lie on the following days. Raises OverflowError outside the calendar.
        """
        if seconds >= DAY_SECONDS:
            days, seconds = divmod(seconds, DAY_SECONDS)
            on += timedelta(days=days)
        try:
            midnight = self._midnights[on]
        except KeyError:
            midnight = self._learn(on)
        if midnight is not None:
            return midnight + timedelta(seconds=seconds)
        return first_instant(datetime.combine(on, time()) + timedelta(seconds=seconds), self._zone)

    def _learn(self, on: date) -> datetime | None:
        """Midnight as an instant, or None if the offset changes on that date."""
        start, end = local_day(on, self._zone)
        is_plain = end - start == timedelta(days=1)
        self._midnights[on] = start if is_plain else None
        return self._midnights[on]


class Clocks:
    """Texts of dates and clocks, remembered: the same few come again and again."""

    def __init__(self, date_order: str = "ymd") -> None:
        if date_order not in _ORDERS:
            raise UnreadableFile(f'The date order is ymd, dmy or mdy, not "{date_order}".')
        self._order = date_order
        self._seconds: dict[str, int] = {}
        self._days: dict[str, date] = {}

    def seconds(self, text: str) -> int:
        """Seconds since midnight of a clock such as 7:05:59 or 7:05 pm; may raise ValueError."""
        try:
            return self._seconds[text]
        except KeyError:
            found = clock_seconds(text)
        if len(self._seconds) < _CACHE_SIZE:
            self._seconds[text] = found
        return found

    def day(self, text: str) -> date:
        """The date of a text such as 16.03.2026, 990201 or 2026-03-16; may raise ValueError."""
        try:
            return self._days[text]
        except KeyError:
            found = parse_date(text, self._order)
        if len(self._days) < _CACHE_SIZE:
            self._days[text] = found
        return found


def is_clock(text: str) -> bool:
    """A time of day without a date."""
    return _CLOCK.fullmatch(text) is not None


def clock_seconds(text: str) -> int:
    """Seconds since midnight; raises ValueError with a sentence. 24:00 and 25:10 are allowed."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text[:40]}" is not a time such as 7:05:59.')
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hours <= 12:
            raise ValueError(f'"{text}" is not a time of the 12-hour clock.')
        hours = hours % 12 + (12 if match[4] in "pP" else 0)
    if minutes > 59 or seconds > 60 or hours > 47:
        raise ValueError(f'"{text}" is not a time of day.')
    return hours * 3600 + minutes * 60 + seconds


def parse_date(text: str, order: str) -> date:
    """A date in the given order of day, month and year; raises ValueError with a sentence.

    Two-digit years from 70 on are in the last century.
    """
    text = text.strip()
    match = _DATE.fullmatch(text)
    if match:
        # A year of four digits in front can only be the order year, month, day.
        parts = (match[1], match[3], match[4])
        order = "ymd" if len(match[1]) == 4 else order
    elif _PACKED_DATE.fullmatch(text):
        parts = _cut_packed(text, order)
    else:
        raise ValueError(f'"{text[:40]}" is not a date such as 2026-03-16.')
    named = dict(zip(order, parts, strict=True))
    year = int(named["y"])
    if len(named["y"]) <= 2:
        year += 1900 if year >= 70 else 2000
    try:
        return date(year, int(named["m"]), int(named["d"]))
    except ValueError:
        raise ValueError(f'"{text}" is not a date in the order {order}.') from None


def _cut_packed(text: str, order: str) -> tuple[str, str, str]:
    """Cut 990201 or 19990201 into its three parts."""
    year = len(text) - 4
    sizes = [year if part == "y" else 2 for part in order]
    first, second = sizes[0], sizes[0] + sizes[1]
    return text[:first], text[first:second], text[second:]


def parse_moment(text: str, clocks: Clocks, local: LocalTime) -> datetime:
    """An instant from ISO 8601, local date and time, or seconds or milliseconds since 1970.

    Raises ValueError with a sentence.
    """
    text = text.strip()
    try:
        if _EPOCH.fullmatch(text):
            number = float(text)
            return datetime.fromtimestamp(int(number / 1000 if number > 1e11 else number), UTC)
        day, _, clock = text.replace("T", " ", 1).partition(" ")
        if _DATE.fullmatch(day) and (not clock or _CLOCK.fullmatch(clock)):
            return local.instant(clocks.day(day), clocks.seconds(clock) if clock else 0)
        return _iso(text, local)
    except OverflowError:
        raise ValueError(f'"{text[:40]}" lies outside the years that can be stored.') from None


def _iso(text: str, local: LocalTime) -> datetime:
    try:
        found = datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError:
        raise ValueError(
            f'"{text[:40]}" is not a date and time such as 2026-03-16 09:00.'
        ) from None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    return local.instant(found.date(), found.hour * 3600 + found.minute * 60 + found.second)


def next_day_if_earlier(seconds: int, before: int) -> int:
    """`seconds`, or a day later where the clock has passed midnight since `before`.

    It has if it reads more than twelve hours earlier than the clock before it.
    """
    days = before // DAY_SECONDS * DAY_SECONDS
    seconds += days
    return seconds + DAY_SECONDS if seconds < before - _HALF_DAY else seconds
