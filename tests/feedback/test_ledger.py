"""Vectors of points: allowance, expiry, price, money, approvers."""

from datetime import date
from decimal import Decimal

import pytest

from feedback.ledger import approver_allowed, expired, giveable, liability, price, split

MAY_BOOST = [(20, date(2026, 5, 31))]


@pytest.mark.parametrize(
    ("given", "one_time", "month", "left"),
    [
        (0, 50, date(2026, 3, 1), 170),
        (120, 40, date(2026, 3, 31), 40),  # 130 given: 120 from the allowance, 10 from the boost.
        (0, 40, date(2026, 4, 1), 160),
        (100, 40, date(2026, 4, 30), 60),
        (0, 40, date(2026, 5, 1), 160),
        (0, 40, date(2026, 6, 1), 140),
    ],
)
def test_giveable_is_allowance_and_boosts_less_what_was_given(given, one_time, month, left):
    assert giveable(100, MAY_BOOST, given, one_time, month) == left


def test_allowance_is_spent_before_the_boost():
    assert split(130, 120) == (120, 10)
    assert split(100, 120) == (100, 0)


def test_oldest_points_expire_and_spending_counts_against_them():
    credits = [(date(2026, 1, 9), 100), (date(2026, 3, 2), 50)]
    debits = [(date(2026, 6, 20), 30)]

    assert expired(credits, debits, date(2027, 1, 31), 12) == 70
    debits.append((date(2027, 1, 31), 70))
    assert expired(credits, debits, date(2027, 2, 28), 12) == 0
    assert expired(credits, debits, date(2027, 3, 31), 12) == 50


@pytest.mark.parametrize(
    ("cost", "discount", "quantity", "total"),
    [(250, 15, 1, 213), (100, 0, 1, 100), (80, 25, 2, 120)],
)
def test_price_rounds_the_single_price_up(cost, discount, quantity, total):
    assert price(cost, discount, quantity) == total


def test_liability_is_rounded_half_up_to_cents():
    assert liability(12_345, Decimal("0.0875")) == Decimal("1080.19")


GIVER, LEADER, OUTSIDER, RECIPIENT = 1, 2, 3, 4


@pytest.mark.parametrize(
    ("points", "approver", "allowed"),
    [
        (200, None, True),
        (200, RECIPIENT, False),
        (201, None, False),
        (201, LEADER, True),
        (201, OUTSIDER, True),
        (201, GIVER, False),
        (201, RECIPIENT, False),
        (499, LEADER, True),
        (500, LEADER, False),
        (500, OUTSIDER, True),
        (500, RECIPIENT, False),
    ],
)
def test_who_may_approve_a_grant(points, approver, allowed):
    assert approver_allowed(points, GIVER, approver, {RECIPIENT}, {LEADER}) is allowed


def test_nobody_grants_to_themselves():
    assert approver_allowed(10, GIVER, None, {GIVER, RECIPIENT}, set()) is False
