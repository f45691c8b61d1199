"""The vectors of docs/algorithms/action-items.md."""

from datetime import date
from decimal import Decimal

import pytest

from training.action_status import Goal, event_status_on, status_on

UP = Goal("up", Decimal(60), Decimal(75), 5, date(2026, 5, 31))
DOWN = Goal("down", Decimal(30), Decimal(20), 5, date(2026, 5, 31))


@pytest.mark.parametrize(
    ("goal", "day", "n", "value", "status"),
    [
        (UP, "05-10", 3, "90", "waiting"),
        (UP, "05-20", 5, "76", "on_target"),
        (UP, "06-01", 7, "74.9", "missed"),
        (UP, "06-01", 7, "75", "met"),
        (UP, "06-01", 4, "90", "not_measurable"),
        (DOWN, "05-20", 5, "20", "on_target"),
        (DOWN, "05-20", 5, "25", "improving"),
        (DOWN, "05-20", 5, "30", "not_improving"),
    ],
)
def test_status_follows_what_happened(goal, day, n, value, status):
    assert status_on(date.fromisoformat(f"2026-{day}"), goal, Decimal(value), n) == status


def test_things_that_happen_once():
    due = date(2026, 5, 31)

    assert event_status_on(date(2026, 5, 1), due, is_done=True) == "met"
    assert event_status_on(due, due, is_done=False) == "waiting"
    assert event_status_on(date(2026, 6, 1), due, is_done=False) == "missed"
