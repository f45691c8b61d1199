"""How long recoveries take, in the open hours of the calendar that their case runs on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from crm.models import SlaClock
from feedback.models import Recovery
from lib.intervals import Calendar, business_seconds


@dataclass(frozen=True)
class Times:
    """Open hours from the opening of each recovery, one value for each that came so far."""

    to_contact: list[float]
    to_resolution: list[float]

    @property
    def contact_median(self) -> float | None:
        return median(self.to_contact) if self.to_contact else None

    @property
    def resolution_median(self) -> float | None:
        return median(self.to_resolution) if self.to_resolution else None


def times_of(recoveries: Iterable[Recovery]) -> Times:
    """One query; a recovery whose case runs on no calendar is counted on the wall clock."""
    rows = list(recoveries)
    calendars = _calendars(row.case_id for row in rows if row.case_id)

    def hours(row: Recovery, until: datetime) -> float:
        return business_seconds(calendars.get(row.case_id or 0), row.opened_at, until) / 3600

    return Times(
        [hours(row, row.contacted_at) for row in rows if row.contacted_at],
        [hours(row, row.resolved_at) for row in rows if row.resolved_at],
    )


def _calendars(case_ids: Iterable[int]) -> dict[int, Calendar]:
    clocks = SlaClock.objects.filter(case_id__in=set(case_ids)).order_by("pk")
    return {
        clock.case_id: clock.calendar_version.hours
        for clock in clocks.select_related("calendar_version")
        if clock.calendar_version
    }
