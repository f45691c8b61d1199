"""Days and months of the site: points know no other calendar, whoever looks at them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from lib.slots import local_day


def zone_name() -> str:
    return str(timezone.get_default_timezone())


def site_day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()


def first_of_month(at: datetime) -> date:
    return site_day(at).replace(day=1)


def day_span(on: date) -> tuple[datetime, datetime]:
    """First instant of the day and of the next one."""
    return local_day(on, zone_name())


def month_span(month: date) -> tuple[datetime, datetime]:
    """First instant of the month and of the next one."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return day_span(first)[0], day_span(following)[0]
