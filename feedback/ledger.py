"""Arithmetic of points: what may be given, what lapses, what things cost, who may approve.

Told in prose in docs/algorithms/recognition.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

OWN_HAND = 200
OUTSIDE_FROM = 500
CENT = Decimal("0.01")


def allowance_of(base: int, boosts: Iterable[tuple[int, date]], month: date) -> int:
    """The allowance of a month: the base and every boost whose last date is not before day 1."""
    first = month.replace(day=1)
    return base + sum(points for points, last_on in boosts if first <= last_on)


def giveable(
    base: int, boosts: Iterable[tuple[int, date]], given: int, one_time: int, month: date
) -> int:
    """What a person may still give in `month`.

    `given` came from the allowance of this month, `one_time` is what is left of one-time boosts.
    """
    return allowance_of(base, boosts, month) - given + one_time


def split(points: int, allowance: int) -> tuple[int, int]:
    """How many of the points come from the allowance, and how many from the one-time boost."""
    from_allowance = min(points, allowance)
    return from_allowance, points - from_allowance


def months_before(month: date, count: int) -> date:
    """Day 1 of the month `count` months before."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def expired(
    credits: Iterable[tuple[date, int]],
    debits: Iterable[tuple[date, int]],
    month: date,
    life_months: int,
) -> int:
    """How many points expire at the end of `month`, oldest first.

    Credits and debits are (any day of their month, points); debits hold spending, pay-out and
    earlier expiry, refunds count against them.
    """
    month = month.replace(day=1)
    last_earned = months_before(month, life_months)
    earned = sum(points for on, points in credits if on.replace(day=1) <= last_earned)
    spent = sum(points for on, points in debits if on.replace(day=1) <= month)
    return max(0, earned - spent)


def price(cost: int, discount_percent: int, quantity: int) -> int:
    """The price in whole points: the discounted single price rounded up, times the quantity."""
    return -(-cost * (100 - discount_percent) // 100) * quantity


def liability(points: int, rate: Decimal) -> Decimal:
    """Open points as money, rounded half up to cents."""
    return (points * rate).quantize(CENT, ROUND_HALF_UP)


def approver_allowed(
    points: int,
    giver: int,
    approver: int | None,
    recipients: Collection[int],
    reporting_line: Collection[int],
) -> bool:
    """Whether a grant of `points` to each may go out with this approver; None is nobody.

    `reporting_line` holds who leads the giver or one of the recipients.
    """
    if giver in recipients:
        return False
    if points <= OWN_HAND:
        return approver is None or approver not in {giver, *recipients}
    if approver is None or approver == giver or approver in recipients:
        return False
    return points < OUTSIDE_FROM or approver not in reporting_line
