"""Durations as SCORM writes them, in hundredths of a second; told in docs/algorithms/scorm.md."""

from __future__ import annotations

import re
from decimal import Decimal

V12 = "1.2"
SECOND, MINUTE, HOUR = 100, 60 * 100, 3600 * 100
DAY, MONTH, YEAR = 24 * HOUR, 30 * 24 * HOUR, 365 * 24 * HOUR
LONGEST_12 = 9999 * HOUR + 59 * MINUTE + 59 * SECOND + 99
# Long enough for any honest time, short enough for any column.
LONGEST = 100 * YEAR

TIMESPAN_12 = re.compile(r"(\d{2,4}):(\d\d):(\d\d)(?:\.(\d{1,2}))?", re.ASCII)
DURATION_2004 = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,10})Y)?(?:(\d{1,10})M)?(?:(\d{1,10})D)?"
    r"(?:T(?=\d)(?:(\d{1,10})H)?(?:(\d{1,10})M)?(?:(\d{1,10})(?:\.(\d{1,2}))?S)?)?",
    re.ASCII,
)


class UnreadableTime(ValueError):
    """The text is no duration of the edition."""


def parse_time(edition: str, text: str) -> int:
    """Hundredths of a second of a duration; raises UnreadableTime.

    1.2 takes HH:MM:SS with up to 99 minutes and seconds; 2004 the ISO form with years of 365 and
    months of 30 days. What is longer than can be written (1.2) or kept (2004) is cut.
    """
    if edition == V12:
        found = TIMESPAN_12.fullmatch(text)
        if found is None:
            raise UnreadableTime(text)
        hours, minutes, seconds, fraction = found.groups()
        total = int(hours) * HOUR + int(minutes) * MINUTE + int(seconds) * SECOND
        return min(total + _hundredths(fraction), LONGEST_12)
    found = DURATION_2004.fullmatch(text)
    if found is None:
        raise UnreadableTime(text)
    *parts, fraction = found.groups()
    units = (YEAR, MONTH, DAY, HOUR, MINUTE, SECOND)
    total = sum(int(part or 0) * unit for part, unit in zip(parts, units, strict=True))
    return min(total + _hundredths(fraction), LONGEST)


def format_time(edition: str, hundredths: int) -> str:
    """The duration as content reads it: 00:30:46.25, or PT30M46.25S."""
    if edition == V12:
        hundredths = min(hundredths, LONGEST_12)
        hours, minutes, seconds, rest = _split(hundredths)
        fraction = f".{rest:02d}" if rest else ""
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"
    hours, minutes, seconds, rest = _split(hundredths)
    last = f"{(seconds + Decimal(rest) / 100).normalize():f}S" if seconds or rest else ""
    text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + last
    return f"PT{text or '0S'}"


def _hundredths(fraction: str | None) -> int:
    return int((fraction or "0").ljust(2, "0"))


def _split(hundredths: int) -> tuple[int, int, int, int]:
    hours, rest = divmod(hundredths, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return hours, minutes, *divmod(rest, SECOND)
