"""Make the facts of marked days, one day of one family in a transaction."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from lib import faults
from reports.models import FactDay
from reports.rollups.families import FAMILIES, Span
from reports.rollups.marking import mark
from reports.tracked import tracked

SETTLING = timedelta(seconds=2)
"""A mark this young may be followed by a change that its maker will not mark again."""


class UnknownFamily(LookupError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no family {name!r}; there are {', '.join(FAMILIES)}.")


def build(family: str, on: date, *, at: datetime) -> bool:
    """Make a day's facts anew if they are stale; False if they were not.

    Whoever else builds the same day waits for the lock and then finds it done. A mark that comes
    while the sums are made stays for the next round.
    """
    with transaction.atomic():
        rows = FactDay.objects.filter(family=family, on_date=on)
        day = (rows.select_for_update() if faults.guard_is_on("fact_day") else rows).first()
        if day is None or (not day.is_dirty and faults.guard_is_on("fact_day")):
            return False
        span = Span.of(on, at, segments=tracked())
        for table in FAMILIES[family]:
            table.write(span)
            faults.reach("facts.after_table")
        rows.update(built=day.marked, built_at=at)
    return True


def refresh(*, seconds: float, at: datetime | None = None) -> int:
    """Make stale days anew, the newest first, until none is left or the time is up."""
    return sum(refreshing(seconds=seconds, at=at))


def refreshing(*, seconds: float, at: datetime | None = None) -> Iterator[int]:
    """The same day by day; yields how many facts of days were made by each turn."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = at or timezone.now()
        stale = FactDay.objects.dirty().filter(marked_at__lte=now - SETTLING)
        day = stale.order_by("-on_date", "family").first()
        if day is None:
            break
        yield build(day.family, day.on_date, at=now)


def rebuild(
    days: Collection[date], *, families: Collection[str] = tuple(FAMILIES), at: datetime
) -> int:
    """Mark the days and make them at once; raises UnknownFamily."""
    for family in families:
        if family not in FAMILIES:
            raise UnknownFamily(family)
    mark(days, at=at, families=families)
    return sum(build(family, on, at=at) for on in sorted(days) for family in families)
