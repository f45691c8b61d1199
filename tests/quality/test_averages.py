"""Q-701: averages say how good their evidence is, and ranks hold only good evidence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import statistics
from quality.averages import Sums, average, average_from, ranked, rate, sums_of

SCORES = st.lists(st.floats(0, 100), min_size=5, max_size=40)
EIGHT = [88, 92, 75, 81, 95, 90, 67, 84]


@pytest.mark.parametrize(
    ("vector", "scores", "mean", "low", "high", "grade"),
    [
        ("V27", [100, 9.91, 63.96, 90.99, 0], "52.97", None, None, "thin"),
        ("V28", EIGHT, "84.00", 76.16, 91.84, "fair"),
        ("V29", [100] * 5, "100.00", 97.52, 100.0, "strong"),
    ],
)
def test_average_follows_the_vectors(vector, scores, mean, low, high, grade):
    result = average(scores)

    assert (str(result.mean), result.n, result.grade) == (mean, len(scores), grade), vector
    if low is not None:
        assert (result.low, result.high) == (low, high), vector


def test_average_does_not_depend_on_the_order_in_which_scores_are_added():
    scores = [6.13, 61.92, 32.83, 56.84, 16.22, 33.71, 93.94, 70.93]
    forward, back = sums_of(scores), sums_of(reversed(scores))

    assert forward.total != back.total
    assert average_from(forward).mean == average_from(back).mean


@pytest.mark.parametrize(("k", "n", "low", "high"), [(4, 5, 37.55, 96.38), (17, 20, 63.96, 94.76)])
def test_rate_has_the_wilson_interval_of_v30(k, n, low, high):
    result = rate(k, n)

    assert (result.low, result.high) == (low, high)


def test_how_many_follows_v30():
    assert statistics.needed_for_share(0.5, 0.05) == 385
    assert statistics.needed_for_mean(12, 5) == 23


def test_how_many_more_is_counted_from_what_there_is():
    spread_12 = Sums(n=10, total=800, squares=64_000 + 9 * 144)

    assert spread_12.deviation == pytest.approx(12)
    assert average_from(spread_12).more == 13
    assert average([80, 81, 82, 83, 84]).more == 0


@pytest.mark.parametrize("n", range(5))
def test_fewer_than_five_are_no_evidence(n):
    result = average([90.0] * n)

    assert (result.grade, result.mean, result.low, result.high) == ("none", None, None, None)
    assert (result.n, result.more) == (n, 5 - n)
    assert rate(0, n).percent is None


def test_a_bonus_cap_lets_the_interval_rise_above_100():
    assert average([108, 110, 112, 109, 111], cap=120).high > 110


def test_ranks_hold_fair_and_strong_evidence_by_lower_bound():
    agents = [
        ("few", average([99] * 4)),
        ("steady", average([90] * 10)),
        ("twin", average([90] * 10)),
        ("fair", average(EIGHT)),
        ("scattered", average([100, 9.91, 63.96, 90.99, 0])),
        ("best", average([97] * 10)),
    ]

    places, others = ranked(agents)

    assert [(place.number, place.item) for place in places] == [
        (1, "best"),
        (2, "steady"),
        (2, "twin"),
        (4, "fair"),
    ]
    assert [name for name, _average in others] == ["scattered", "few"]


@given(SCORES, SCORES)
def test_sums_of_parts_give_the_average_of_the_whole(first, second):
    whole = average(first + second)
    parts = average_from(sums_of(first) + sums_of(second))

    assert abs(whole.mean - parts.mean) <= Decimal("0.01")
    assert whole.low == pytest.approx(parts.low, abs=0.02)


@given(SCORES)
def test_the_interval_holds_the_mean_within_the_scale(scores):
    result = average(scores)

    assert 0 <= result.low <= float(result.mean) + 0.01
    assert float(result.mean) - 0.01 <= result.high <= 100
