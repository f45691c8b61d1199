"""Vectors of badges, streaks, anniversaries and the quality gate."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.rules import (
    MonthFacts,
    anniversary,
    chance,
    count_awards,
    gate_reason,
    passes_gate,
    streak_awards,
)

DAYS = [0, 10, 29, 31, 40, 45]
WEEK = list(range(7))


@pytest.mark.parametrize(
    ("days", "window", "repeat", "awards"),
    [
        (DAYS, 30, "every_time", [29, 45]),
        (DAYS, 10, "every_time", []),
        (WEEK, 30, "every_time", [2, 5]),
        (WEEK, 30, "once", [2]),
    ],
)
def test_three_facts_inside_the_window_award(days, window, repeat, awards):
    assert count_awards(days, 3, window, repeat) == awards


def test_once_per_month_skips_but_still_uses_the_facts():
    start = datetime(2026, 3, 1, tzinfo=UTC)
    days = [start + timedelta(days=day) for day in (0, 1, 2, 3, 31, 32)]

    awards = count_awards(days, 2, timedelta(days=30), "once_per_month")

    assert awards == [days[1], days[5]]


def test_without_a_window_the_calendar_month_counts():
    days = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 30), (3, 31), (4, 1))]

    assert count_awards(days, 2, None, "every_time") == [days[1]]
    assert count_awards(days[1:], 2, None, "every_time") == []


@given(st.lists(st.integers(0, 400), max_size=40), st.integers(1, 5), st.integers(1, 60))
def test_no_fact_is_used_twice(days, k, window):
    awards = count_awards(sorted(days), k, window, "every_time")

    assert len(awards) * k <= len(days)


def test_streak_starts_again_after_a_failure_and_after_an_award():
    verdicts = [letter == "P" for letter in "PPFPPPP"]

    assert streak_awards(verdicts, 3) == [5]


def test_fact_without_verdict_neither_helps_nor_breaks_a_streak():
    assert streak_awards([True, None, True], 2) == [2]


@pytest.mark.parametrize(("year", "day"), [(2025, 28), (2026, 28), (2028, 29)])
def test_leap_day_is_kept_on_the_28th(year, day):
    assert anniversary(date(2024, 2, 29), year) == date(year, 2, day)


def test_chance_that_luck_fires_a_rule():
    assert chance(5, 2, 0.1) == pytest.approx(0.081460, abs=1e-6)


@pytest.mark.parametrize(
    ("facts", "passes"),
    [
        (MonthFacts(responses=20, suspect=3), True),
        (MonthFacts(responses=10, suspect=3), False),
        (MonthFacts(responses=10, suspect=2), True),
        (MonthFacts(responses=10, suspect=1, by_staff=1), False),
        (MonthFacts(critical_failures=1), False),
        (MonthFacts(), True),
    ],
)
def test_gate_asks_for_quality_behind_volume(facts, passes):
    assert passes_gate(facts) is passes
    assert bool(gate_reason(facts)) is not passes
