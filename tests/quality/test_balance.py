"""Weights of the percent modes stay at 100."""

from decimal import Decimal as D
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.balance import HUNDRED, even, spread


def total(weights):
    return sum(weights.values())


@pytest.mark.parametrize(
    ("before", "value", "locked", "after"),
    [
        ({"a": 40, "b": 30, "c": 30}, 70, (), {"a": 70, "b": 15, "c": 15}),
        ({"a": 50, "b": 40, "c": 10}, 25, (), {"a": 25, "b": 60, "c": 15}),
        ({"a": 40, "b": 30, "c": 30}, 50, ("b",), {"a": 50, "b": 30, "c": 20}),
        ({"a": 40, "b": 30, "c": 30}, 90, ("b",), {"a": 70, "b": 30, "c": 0}),
        ({"a": 100, "b": 0, "c": 0}, 40, (), {"a": 40, "b": 30, "c": 30}),
        ({"a": 50, "b": 50}, 20, ("b",), {"a": 20, "b": 50}),
    ],
)
def test_spread_shares_the_difference_in_proportion(before, value, locked, after):
    weights = {name: D(weight) for name, weight in before.items()}

    assert spread(weights, "a", D(value), locked) == {n: D(w) for n, w in after.items()}


def test_what_rounding_leaves_over_goes_to_the_largest():
    assert even(["a", "b", "c"]) == {"a": D("33.3334"), "b": D("33.3333"), "c": D("33.3333")}


def test_total_is_exactly_100_after_1000_random_edits():
    rng = Random(7)
    weights = even([f"c{n}" for n in range(13)])

    for _ in range(1000):
        key = rng.choice(sorted(weights))
        locked = rng.sample(sorted(set(weights) - {key}), rng.randrange(0, 8))
        weights = spread(weights, key, D(rng.randrange(0, 1_000_000)) / 10_000, locked)

    assert total(weights) == HUNDRED
    assert min(weights.values()) >= 0


@given(
    st.lists(st.integers(0, 10**6), min_size=2, max_size=30),
    st.decimals(0, 100, places=4),
)
def test_total_is_100_whatever_it_was_before(parts, value):
    weights = {f"c{n}": D(part) / 10_000 for n, part in enumerate(parts)}

    assert total(spread(weights, "c0", value)) == HUNDRED
