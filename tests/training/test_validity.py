"""The vectors of docs/algorithms/validity.md."""

from datetime import date

import pytest

from training.validity import (
    Anchor,
    Facts,
    add_months,
    compliance_percent,
    next_expiry,
    shifted_due_on,
    state_on,
)


def day(text):
    return date.fromisoformat(text if text.startswith("20") else f"2026-{text}")


def test_months_are_clamped_without_drift():
    february = add_months(day("01-31"), 1)
    march = add_months(february, 1, anchor_day=31)

    assert [february, march, add_months(march, 1, anchor_day=31)] == [
        day("02-28"),
        day("03-31"),
        day("04-30"),
    ]
    assert add_months(day("2024-02-29"), 12) == day("2025-02-28")


JANUARY = Anchor("calendar", month=1, day=31)
PREVIOUS = Anchor("previous_expiry", window_days=60, grace_days=14)


@pytest.mark.parametrize(
    ("anchor", "passed", "expected"),
    [
        (PREVIOUS, "2026-12-05", "2027-12-31"),
        (Anchor(), "2026-12-05", "2027-12-05"),
        (
            Anchor("calendar", month=1, day=31, minimum_validity_months=12),
            "2026-12-05",
            "2028-01-31",
        ),
        (Anchor("calendar", month=1, day=31), "2026-12-05", "2027-01-31"),
        (PREVIOUS, "2027-01-10", "2027-12-31"),
        (PREVIOUS, "2027-01-20", "2028-01-20"),
        (PREVIOUS, "2026-11-01", "2027-12-31"),
        (PREVIOUS, "2026-10-31", "2027-10-31"),
    ],
)
def test_next_expiry(anchor, passed, expected):
    assert next_expiry(anchor, day(passed), day("2026-12-31")) == day(expected)


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([("03-09", "03-13")], "03-21"),
        ([("03-09", "03-13"), ("03-12", "03-20")], "03-28"),
        ([("03-17", "03-20")], "03-16"),
        ([], "03-16"),
    ],
)
def test_due_dates_move_by_pauses(pauses, expected):
    spans = [(day(start), day(end)) for start, end in pauses]

    assert shifted_due_on(day("03-02"), day("03-16"), spans) == day(expected)


@pytest.mark.parametrize(
    ("t", "state"),
    [
        ("05-30", "compliant"),
        ("05-31", "due_soon"),
        ("06-30", "due_soon"),
        ("07-01", "in_grace"),
        ("07-10", "in_grace"),
        ("07-11", "expired"),
    ],
)
def test_states_around_an_expiry(t, state):
    facts = Facts(is_met=True, expiry=day("06-30"), grace_days=10)

    assert state_on(day(t), facts) == state


def test_states_without_evidence():
    assert state_on(day("05-10"), Facts(due_on=day("05-10"))) == "pending"
    assert state_on(day("05-11"), Facts(due_on=day("05-10"))) == "overdue"
    assert state_on(day("05-11"), Facts(waived_until=day("05-11"))) == "waived"
    assert state_on(day("05-11"), Facts(is_applicable=False)) == "not_applicable"
    assert state_on(day("05-11"), Facts(is_met=True)) == "compliant"


def test_compliance_counts_what_counts():
    states = ["compliant", "expired", "pending", "not_applicable", "waived"]

    assert compliance_percent(states) == 66.7
    assert compliance_percent(["pending"]) is None
