"""Months as addresses write them, such as 2026-05."""

from __future__ import annotations

from datetime import date

from lib.sentences import said
from reports import periods
from reports.forms import WrongAddress
from reports.periods import Period


def month_period(text: str) -> Period:
    """The whole month; raises WrongAddress."""
    try:
        start = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise WrongAddress(said("Write a month such as 2026-05.")) from None
    return Period(start, periods.next_start(start, "month") - periods.DAY)


def month_query(month: date) -> str:
    return f"{month:%Y-%m}"
