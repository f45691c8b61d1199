"""Weeks and months of a plan, cut into slices of whole local days."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lib.slots import local_day
from quality.sampling import slice_days


@dataclass(frozen=True)
class SliceSpan:
    """One slice: its number from 1, its first day, and its half-open span in UTC."""

    number: int
    first_day: date
    start_at: datetime
    end_at: datetime


def period_start(period: str, on: date) -> date:
    """The Monday or the first of the month on or before a day."""
    return on.replace(day=1) if period == "month" else on - timedelta(days=on.weekday())


def period_days(period: str, start: date) -> int:
    return monthrange(start.year, start.month)[1] if period == "month" else 7


def period_end(period: str, start: date) -> date:
    """The first day after the period."""
    return start + timedelta(days=period_days(period, start))


def most_slices(period: str) -> int:
    return 31 if period == "month" else 7


def slices_of(period: str, start: date, slices: int, zone: str) -> list[SliceSpan]:
    """The slices of one period; a short month has one for each day at most."""
    days = period_days(period, start)
    spans, first = [], start
    for number, length in enumerate(slice_days(days, min(slices, days)), start=1):
        after = first + timedelta(days=length)
        spans.append(SliceSpan(number, first, local_day(first, zone)[0], local_day(after, zone)[0]))
        first = after
    return spans
