"""When a schedule is due: slots of intervals, of wall-clock times, and the span of a local day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def interval_slot(at: datetime, period_seconds: int) -> datetime:
    """The latest multiple of the period, counted from 1970 in UTC, that is not after `at`."""
    if period_seconds < 1:
        raise ValueError("A period is at least one second.")
    period = timedelta(seconds=period_seconds)
    return _EPOCH + (at - _EPOCH) // period * period


def wall_slot(on: date, time: time, zone: str) -> datetime | None:
    """The UTC moment of a wall-clock time on a date.

    A time that happens twice is its first occurrence. A time that is skipped is the first instant
    after the gap; None if that instant lies on another date.
    """
    at = first_instant(datetime.combine(on, time), zone)
    return at if at.astimezone(ZoneInfo(zone)).date() == on else None


def local_day(on: date, zone: str) -> tuple[datetime, datetime]:
    """First instant of the date and first instant of the next one, in UTC."""
    start = datetime.combine(on, time(0))
    return first_instant(start, zone), first_instant(start + timedelta(days=1), zone)


def first_instant(local: datetime, zone: str) -> datetime:
    """The first UTC moment at which a clock of the zone shows `local` or jumps past it."""
    place = ZoneInfo(zone)
    at = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    if at.astimezone(place).replace(tzinfo=None) == local.replace(fold=0):
        return at
    before = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    return offset_change(before, at, place)


def offset_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The whole second between two UTC moments at which the zone leaves the offset of `before`."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
