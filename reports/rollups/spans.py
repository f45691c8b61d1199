"""The site days that hold raw rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Max, Min

from crm.models import Interaction, QueueVisit
from reports.rollups.marking import site_day


def days_with_interactions() -> tuple[date, date] | None:
    """(first, last) site day on which anything was recorded; None for an empty database."""
    started = Interaction.objects.aggregate(first=Min("started_at"), last=Max("started_at"))
    if started["first"] is None:
        return None
    entered = QueueVisit.objects.aggregate(last=Max("entered_at"))
    last = max(started["last"], entered["last"] or started["last"])
    return site_day(started["first"]), site_day(last)


def each_day(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=index) for index in range((last - first).days + 1))
