"""Days whose facts are stale: marked by facts of other apps, and by a sweep over changed rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from crm.models import AgentStateSpan, Interaction, QueueVisit
from reports.definitions import REPEAT_WINDOWS
from reports.models import FactDay
from reports.rollups.families import FAMILIES

OVERLAP = timedelta(minutes=10)
SWEPT_STATES = timedelta(days=2)
"""Facts of older stretches come with durable events alone."""
DAYS_AT_ONCE = 500
PEOPLE_AND_QUEUES = ("queues", "people")


def site_day(at: datetime) -> date:
    return timezone.localdate(at, timezone.get_default_timezone())


def mark(
    days: Iterable[date], *, at: datetime, families: Collection[str] = tuple(FAMILIES)
) -> None:
    """Say that raw rows of these site days changed; two queries for up to 500 days."""
    wanted = sorted(set(days))
    for first in range(0, len(wanted), DAYS_AT_ONCE):
        some = wanted[first : first + DAYS_AT_ONCE]
        with transaction.atomic():
            FactDay.objects.filter(on_date__in=some, family__in=families).update(
                marked=F("marked") + 1, marked_at=at
            )
            FactDay.objects.bulk_create(
                [
                    FactDay(family=family, on_date=on, marked_at=at)
                    for on in some
                    for family in families
                ],
                ignore_conflicts=True,
            )


def mark_changed(moments: Iterable[datetime], *, at: datetime) -> None:
    """Mark the days of these moments, and the days whose repeats they may change."""
    days = {site_day(moment) for moment in moments}
    if not days:
        return
    mark(days, at=at, families=PEOPLE_AND_QUEUES)
    mark(with_the_next(days, at), at=at, families=("time",))
    mark(near(days), at=at, families=("repeats",))


def with_the_next(days: Iterable[date], at: datetime) -> set[date]:
    """The days themselves and those after them, up to today: work may go on past midnight."""
    later = (day + timedelta(days=1) for day in days)
    return {*days, *(day for day in later if day <= site_day(at))}


def mark_states(begins: datetime, ends: datetime, *, at: datetime) -> None:
    """Mark the days on which an agent's states changed in [begins, ends]."""
    first, last = site_day(begins), min(site_day(ends), site_day(at))
    count = (last - first).days + 1
    days = {first + timedelta(days=index) for index in range(count)} | {first}
    mark(with_the_next(days, at), at=at, families=("time",))


def sweep_states(from_at: datetime, *, at: datetime) -> int:
    """Mark days of late stretches that changed, and today while one is open; one query."""
    recent = AgentStateSpan.objects.filter(started_at__gt=from_at - SWEPT_STATES)
    changed = recent.filter(Q(updated_at__gte=from_at) | Q(ended_at__isnull=True))
    found = list(changed.values_list("started_at", "ended_at"))
    if found:
        begins = min(started for started, _ended in found)
        mark_states(begins, max(ended or at for _started, ended in found), at=at)
    return len(found)


def near(days: Collection[date]) -> set[date]:
    """The days themselves, and those known ones whose windows reach one of them."""
    reach = timedelta(days=max(REPEAT_WINDOWS) + 1)
    known = FactDay.objects.filter(
        family="repeats", on_date__gte=min(days) - reach, on_date__lte=max(days) + reach
    )
    return set(days) | {
        on
        for on in known.values_list("on_date", flat=True)
        if any(abs(on - day) <= reach for day in days)
    }


def sweep(since: datetime, *, at: datetime) -> int:
    """Mark what changed from ten minutes before `since` on, seen or not; returns how many days."""
    from_at = since - OVERLAP
    moments = {
        site_day(moment): moment
        for moment in Interaction.objects.filter(updated_at__gte=from_at)
        .values_list("started_at", flat=True)
        .iterator(chunk_size=2000)
    }
    visits = QueueVisit.objects.filter(interaction__updated_at__gte=from_at)
    moments |= {
        site_day(moment): moment
        for moment in visits.values_list("entered_at", flat=True).iterator(chunk_size=2000)
    }
    mark_changed(moments.values(), at=at)
    sweep_states(from_at, at=at)
    return len(moments)


def mark_closed_windows(*, at: datetime) -> int:
    """Mark the days whose repeats can be judged further since their facts were made."""
    today = site_day(at)
    rows = FactDay.objects.filter(family="repeats", built_at__isnull=False)
    rows = rows.filter(on_date__gte=today - timedelta(days=2 * max(REPEAT_WINDOWS) + 7))
    due = set()
    for row in rows:
        assert row.built_at is not None
        for days in REPEAT_WINDOWS:
            closes = row.on_date + timedelta(days=days + 1)
            if site_day(row.built_at) <= closes <= today:
                due.add(row.on_date)
    mark(due, at=at, families=("repeats",))
    return len(due)


def cutoff(now: datetime) -> tuple[datetime, int]:
    """(the moment up to which all changes are in the facts, how many days are stale); one query."""
    stale = list(FactDay.objects.dirty().order_by("marked_at").values_list("marked_at", "on_date"))
    if not stale:
        return now, 0
    return stale[0][0], len({on for _at, on in stale})
