"""The vectors of docs/algorithms/remediation.md."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.remediation import (
    Outcome,
    chance_of_firing,
    chance_of_k_of_n,
    expected_by_luck,
    firings,
)

DAYS = ("01-05 F", "01-09 P", "01-12 F", "01-20 F", "01-27 F", "02-16 F", "02-20 P", "03-20 F")


def outcomes():
    return [
        Outcome(datetime.fromisoformat(f"2026-{day[:5]}T00:00+00:00"), number, day.endswith("F"))
        for number, day in enumerate(DAYS, 1)
    ]


@pytest.mark.parametrize(
    ("k", "cool_off", "expected"),
    [
        (2, 30, [("01-12", (1, 3)), ("02-16", (4, 5, 6))]),
        (3, 30, [("01-20", (1, 3, 4)), ("03-20", (5, 6, 8))]),
        (2, 0, [("01-12", (1, 3)), ("01-27", (4, 5)), ("03-20", (6, 8))]),
    ],
)
def test_firings_of_a_winter(k, cool_off, expected):
    found = firings(outcomes(), k, 5, cool_off_days=cool_off)

    assert [(f"{one.at:%m-%d}", one.evidence) for one in found] == expected


@pytest.mark.parametrize(
    ("k", "n", "p", "chance"),
    [
        (2, 5, 0.1, 0.081460),
        (3, 10, 0.1, 0.070191),
        (3, 5, 0.1, 0.008560),
        (2, 5, 0.2, 0.262720),
        (3, 8, 0.15, 0.105213),
    ],
)
def test_chance_of_one_window(k, n, p, chance):
    assert chance_of_k_of_n(k, n, p) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize(
    ("m", "k", "n", "p", "chance"),
    [
        (5, 2, 5, 0.1, 0.081460),
        (12, 2, 5, 0.1, 0.241818),
        (12, 3, 5, 0.1, 0.037331),
        (6, 2, 3, 0.2, 0.246336),
        (1, 2, 5, 0.5, 0.0),
    ],
)
def test_chance_within_several_judgements(m, k, n, p, chance):
    assert chance_of_firing(m, k, n, p).value == pytest.approx(chance, abs=1e-6)


def test_many_states_are_simulated_and_say_so():
    found = chance_of_firing(20, 10, 20, 0.5)

    assert found.is_simulated
    assert found.value == chance_of_firing(20, 10, 20, 0.5).value
    assert found.value == pytest.approx(chance_of_k_of_n(10, 20, 0.5), abs=0.02)


def test_luck_adds_up_over_agents():
    assert expected_by_luck([5, 12], 2, 5, 0.1) == pytest.approx(0.081460 + 0.241818, abs=1e-6)


def test_impossible_rules_are_refused():
    for k, n in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="k of n"):
            firings([], k, n)


START = datetime(2026, 1, 1, tzinfo=UTC)
HISTORIES = st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=25)


@given(HISTORIES, st.integers(1, 4), st.integers(4, 8), st.randoms())
def test_evidence_is_used_once_whatever_the_order(history, k, n, chance):
    rows = [
        Outcome(START + timedelta(days=day), number, failed)
        for number, (day, failed) in enumerate(history)
    ]
    found = firings(rows, k, n)
    chance.shuffle(rows)

    assert firings(rows, k, n) == found
    used = [pk for one in found for pk in one.evidence]
    assert len(used) == len(set(used))
    assert all(k <= len(one.evidence) <= n for one in found)
    assert all(b.at >= a.at + timedelta(days=30) for a, b in pairwise(found))
