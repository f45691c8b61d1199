"""Spans of results, and that no small part can be worked out from two pages."""

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import survey_periods as periods
from feedback.survey_periods import Span

K = 5


def span(first, last):
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("chosen", "before"),
    [
        (span("2026-03-01", "2026-03-31"), span("2026-02-01", "2026-02-28")),
        (span("2026-01-01", "2026-03-31"), span("2025-10-01", "2025-12-31")),
        (span("2024-01-01", "2024-12-31"), span("2023-01-01", "2023-12-31")),
        (span("2026-03-02", "2026-03-31"), span("2026-01-31", "2026-03-01")),
        (span("2026-03-05", "2026-03-05"), span("2026-03-04", "2026-03-04")),
    ],
)
def test_whole_months_are_compared_with_as_many_months(chosen, before):
    assert periods.before(chosen) == before


@pytest.mark.parametrize(
    ("chosen", "before"),
    [
        (span("2024-02-01", "2024-02-29"), span("2023-02-01", "2023-02-28")),
        (span("2025-02-01", "2025-02-28"), span("2024-02-01", "2024-02-29")),
        (span("2024-02-29", "2024-03-10"), span("2023-02-28", "2023-03-10")),
    ],
)
def test_a_year_before_has_the_same_months_or_days(chosen, before):
    assert periods.year_before(chosen) == before


@pytest.mark.parametrize(
    ("chosen", "is_one"),
    [
        (span("2026-03-01", "2026-03-31"), True),
        (span("2026-04-01", "2026-06-30"), True),
        (span("2026-01-01", "2026-12-31"), True),
        (span("2026-03-01", "2026-05-31"), False),
        (span("2026-01-01", "2026-02-28"), False),
        (span("2026-07-01", "2027-06-30"), False),
        (span("2026-03-01", "2026-03-30"), False),
    ],
)
def test_months_quarters_and_years_are_one_period(chosen, is_one):
    assert periods.is_one_period(chosen) is is_one


def test_steps_follow_the_calendar_and_stay_few():
    assert periods.steps(span("2026-01-15", "2026-03-02"), "month") == [
        date(2026, 1, 15),
        date(2026, 2, 1),
        date(2026, 3, 1),
    ]
    assert periods.steps(span("2026-01-01", "2026-01-15"), "week") == [
        date(2026, 1, 1),
        date(2026, 1, 8),
        date(2026, 1, 15),
    ]
    assert len(periods.steps(span("2026-01-01", "2026-12-31"), "day")) <= periods.MOST_STEPS


def test_the_latest_answers_are_taken_day_by_day():
    days = [date(2026, 3, on) for on in (1, 2, 3)]
    by_day = dict(zip(days, (Counter({5: 60}), Counter({4: 60}), Counter({1: 70})), strict=True))

    found = periods.rolling(by_day, days, 100)

    assert found == [Counter(), Counter({5: 60, 4: 60}), Counter({4: 60, 1: 70})]


# --- Disclosure ----------------------------------------------------------------------------------


def every_period(year):
    months = [periods.months_from(date(year, month, 1), 1) for month in range(1, 13)]
    quarters = [periods.months_from(date(year, month, 1), 3) for month in (1, 4, 7, 10)]
    return [*months, *quarters, periods.months_from(date(year, 1, 1), 12)]


def test_a_small_month_is_hidden_with_one_beside_it():
    by_month = {date(2026, 1, 1): 12, date(2026, 2, 1): 3, date(2026, 3, 1): 20}

    told = [one for one in every_period(2026) if periods.is_told(one, by_month, K)]

    assert span("2026-01-01", "2026-03-31") in told
    assert span("2026-03-01", "2026-03-31") in told
    assert span("2026-01-01", "2026-01-31") not in told
    assert span("2026-02-01", "2026-02-28") not in told


def test_what_lies_in_a_hidden_quarter_is_hidden():
    by_month = {date(2026, 1, 1): 8, date(2026, 4, 1): 3, date(2026, 7, 1): 20}

    assert not periods.is_told(span("2026-01-01", "2026-01-31"), by_month, K)
    assert periods.is_told(span("2026-07-01", "2026-07-31"), by_month, K)


@given(st.lists(st.integers(0, 14), min_size=12, max_size=12))
def test_no_two_periods_differ_by_a_few(numbers):
    by_month = {date(2026, at + 1, 1): n for at, n in enumerate(numbers)}
    told = {
        one: sum(n for month, n in by_month.items() if one.from_on <= month <= one.until_on)
        for one in every_period(2026)
        if periods.is_told(one, by_month, K)
    }

    assert not [n for n in told.values() if 0 < n < K]
    for (one, n), (other, m) in combinations(told.items(), 2):
        is_inside = one.from_on >= other.from_on and one.until_on <= other.until_on
        assert not is_inside or not 0 < m - n < K


def test_twin_that_hides_small_months_alone_lets_one_be_worked_out():
    by_month = {date(2026, 1, 1): 12, date(2026, 2, 1): 3}
    quarter, first = sum(by_month.values()), by_month[date(2026, 1, 1)]

    assert 0 < quarter - first < K
    assert not periods.is_told(span("2026-01-01", "2026-01-31"), by_month, K)


def test_a_quarter_holds_its_days():
    for on in (date(2026, 1, 1) + timedelta(days=at) for at in range(365)):
        quarter = periods.quarter_of(on)
        assert quarter.from_on <= on <= quarter.until_on
        assert periods.is_one_period(quarter)
