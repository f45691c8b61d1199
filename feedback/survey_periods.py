"""Spans of results: those to compare with, the steps of a trend, and what may be told of months.

Told in docs/algorithms/survey-figures.md.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from feedback.indices import hidden_parts
from feedback.ledger import months_before

DAY = timedelta(days=1)
STEP_DAYS = {"day": 1, "week": 7}
MOST_STEPS = 60
PERIODS = {1: 1, 3: 3, 12: 12}  # Months in a period: a first month every so many.


class Span(NamedTuple):
    """Both days are in it."""

    from_on: date
    until_on: date


def months_from(first: date, count: int) -> Span:
    """So many whole months from the month of that day on."""
    return Span(first.replace(day=1), months_before(first, -count) - DAY)


def quarter_of(on: date) -> Span:
    return months_from(on.replace(month=on.month - (on.month - 1) % 3, day=1), 3)


def whole_months(span: Span) -> int:
    """How many calendar months the span is; 0 if it begins or ends within one."""
    after = span.until_on + DAY
    if span.from_on.day != 1 or after.day != 1:
        return 0
    return 12 * (after.year - span.from_on.year) + after.month - span.from_on.month


def is_one_period(span: Span) -> bool:
    """Whether it is one month, one quarter or one year of the calendar."""
    every = PERIODS.get(whole_months(span))
    return every is not None and (span.from_on.month - 1) % every == 0


def before(span: Span) -> Span:
    """As many months just before, where the span is whole months, else as many days."""
    if count := whole_months(span):
        return months_from(months_before(span.from_on, count), count)
    end = span.from_on - DAY
    return Span(end - (span.until_on - span.from_on), end)


def year_before(span: Span) -> Span:
    """The same days, or the same months, a year earlier."""
    if count := whole_months(span):
        return months_from(months_before(span.from_on, 12), count)
    return Span(_last_year(span.from_on), _last_year(span.until_on))


def _last_year(on: date) -> date:
    is_leap_day = (on.month, on.day) == (2, 29)
    return on.replace(year=on.year - 1, day=28 if is_leap_day else on.day)


def steps(span: Span, grain: str) -> list[date]:
    """First day of every step, the span's own first; a coarser step where there were too many."""
    return _firsts(span, grain)[:: stride(span, grain)]


def stride(span: Span, grain: str) -> int:
    """How many days, weeks or months one step is, so that there are not too many."""
    found, count = 1, len(_firsts(span, grain))
    while -(-count // found) > MOST_STEPS:
        found *= 2
    return found


def _firsts(span: Span, grain: str) -> list[date]:
    if grain == "month":
        return _months_in(span)
    size = STEP_DAYS[grain]
    days = (span.until_on - span.from_on).days + 1
    return [span.from_on + DAY * at for at in range(0, days, size)]


def _months_in(span: Span) -> list[date]:
    found, month = [span.from_on], months_before(span.from_on, -1)
    while month <= span.until_on:
        found.append(month)
        month = months_before(month, -1)
    return found


def rolling(
    by_day: Mapping[date, Counter[int]], ends: list[date], least: int
) -> list[Counter[int]]:
    """At each end, how often each value was given among the latest answers, `least` at least.

    Whole days are taken, the newest first; empty where there are not that many yet.
    """
    found = []
    for end in ends:
        counts: Counter[int] = Counter()
        for on in sorted((day for day in by_day if day <= end), reverse=True):
            counts += by_day[on]
            if counts.total() >= least:
                break
        found.append(counts if counts.total() >= least else Counter())
    return found


# --- Disclosure ----------------------------------------------------------------------------------


def is_told(span: Span, by_month: Mapping[date, int], k: int) -> bool:
    """Whether the answers of one month, quarter or year may be told where small parts are hidden.

    `by_month` has the answers of the whole calendar year by first day of the month. A quarter is a
    part of its year and a month of its quarter; what lies in a hidden part is hidden too.
    """
    if 0 < sum(by_month.values()) < k:
        return False
    count, quarter = whole_months(span), _quarter(span.from_on)
    quarters: Counter[str] = Counter()
    for month, n in by_month.items():
        quarters[_quarter(month)] += n
    if count == 12:
        return True
    if quarter in hidden_parts(quarters, k):
        return False
    months = {month.isoformat(): n for month, n in by_month.items() if _quarter(month) == quarter}
    return count == 3 or span.from_on.isoformat() not in hidden_parts(months, k)


def _quarter(on: date) -> str:
    return str((on.month - 1) // 3)
