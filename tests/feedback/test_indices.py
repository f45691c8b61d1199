"""The examples of docs/algorithms/survey-figures.md, and what must hold for all figures."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import indices
from feedback.indices import nps


def near(*values):
    return pytest.approx(values, abs=1e-4)


@pytest.mark.parametrize(
    ("k", "n", "value", "low", "high"),
    [
        (82, 100, 0.82, 0.733326, 0.882998),
        (41, 50, 0.82, 0.692039, 0.902298),
        (4, 5, 0.8, 0.375535, 0.963776),
        (10, 10, 1, 0.722467, 1),
        (1, 3, 0.333333, 0.061492, 0.792340),
        (850, 1000, 0.85, 0.826531, 0.870790),
    ],
)
def test_share_has_its_score_interval(k, n, value, low, high):
    found = indices.share(k, n)

    assert (found.value, found.low, found.high) == near(value, low, high)


def test_nothing_answered_has_no_share():
    assert indices.share(0, 0) == indices.Figure(None, 0)


@pytest.mark.parametrize(
    ("counts", "value", "low", "high", "is_clear"),
    [
        ((41, 50, 82, 120), 0.136667, -0.012386, 0.257016, False),
        ((90, 100, 80, 100), 0.1, 0.000149, 0.199474, True),
        ((15, 20, 15, 20), 0, -0.258674, 0.258674, False),
    ],
)
def test_difference_of_shares_says_whether_it_is_clear(counts, value, low, high, is_clear):
    found = indices.share_difference(*counts)

    assert (found.value, found.low, found.high) == near(value, low, high)
    assert found.is_clear is is_clear


def test_difference_with_nothing_is_not_clear():
    assert not indices.share_difference(0, 0, 1, 2).is_clear


@pytest.mark.parametrize(
    ("counts", "value", "low", "high"),
    [
        ((50, 30, 20), 30, 14.0511, 44.2013),
        ((6, 2, 2), 40, -12.5856, 74.1240),
        ((120, 60, 20), 50, 39.9883, 58.5338),
        ((45, 25, 30), 15, -1.8409, 30.9671),
        ((300, 150, 50), 50, 43.8279, 55.5757),
    ],
)
def test_nps_shows_the_raw_score_with_the_adjusted_interval(counts, value, low, high):
    found = nps(*counts)

    assert (found.value, found.low, found.high) == near(value, low, high)


def test_nps_tells_its_variance_and_errors():
    found = nps(50, 30, 20)

    assert (found.variance, found.standard_error, found.center) == near(0.61, 7.8102, 29.1262)
    assert nps(0, 0, 0).value is None


@pytest.mark.parametrize(
    ("first", "second", "value", "error", "low", "high", "is_clear"),
    [
        ((120, 60, 20), (50, 30, 20), 20, 9.137833, 2.0902, 37.9098, True),
        ((60, 25, 15), (50, 30, 20), 15, 10.758717, -6.0867, 36.0867, False),
    ],
)
def test_nps_difference_rests_on_raw_errors(first, second, value, error, low, high, is_clear):
    found = indices.nps_difference(nps(*first), nps(*second))

    assert (found.value, found.standard_error) == near(value, error)
    assert (found.low, found.high) == near(low, high)
    assert found.is_clear is is_clear


def test_nps_difference_tells_z_and_p():
    found = indices.nps_difference(nps(120, 60, 20), nps(50, 30, 20))

    assert (found.z, found.p) == near(2.188703, 0.028618)


def test_nps_difference_without_spread_takes_the_adjusted_errors():
    found = indices.nps_difference(nps(5, 0, 0), nps(0, 0, 5))

    assert found.standard_error > 0
    assert found.value < 200
    assert indices.nps_difference(nps(0, 0, 0), nps(1, 0, 0)).value is None


def test_effort_of_seven_points():
    found = indices.effort([6, 6, 5, 7, 6, 5, 4, 6], 7)

    assert (found.value, found.sd, found.low, found.high) == near(
        5.625, 0.916125, 4.859100, 6.390900
    )
    assert (found.agree, found.net_easy) == near(87.5, 87.5)


def test_effort_of_mixed_answers():
    found = indices.effort([5, 5, 6, 2, 3, 7, 7, 4, 6, 5, 1, 6], 7)

    assert (found.value, found.sd, found.low, found.high) == near(
        4.75, 1.912875, 3.534617, 5.965383
    )
    assert (found.agree, found.net_easy) == near(66.6667, 41.6667)


def test_one_effort_or_equal_ones_have_no_interval():
    assert (indices.effort([7], 7).value, indices.effort([7], 7).low) == (7, None)
    assert indices.effort([4, 4], 7).low is None
    assert indices.effort([], 7).value is None


def test_effort_of_five_points_counts_little_effort():
    found = indices.effort([1, 2, 4, 5], 5)

    assert (found.value, found.agree, found.net_easy) == (3, 50, None)


def test_planning_and_small_populations():
    assert indices.needed_answers(0.61, 0.10) == 235
    assert indices.needed_answers(1, 0.10) == 385
    assert indices.needed_answers(0.45, 0.05) == 692
    assert indices.finite_population_factor(100, 400) == pytest.approx(0.867110, abs=1e-6)
    assert indices.finite_population_factor(1, 1) == 0
    with pytest.raises(ValueError):
        indices.needed_answers(1, 0)
    with pytest.raises(ValueError):
        indices.finite_population_factor(2, 1)


@pytest.mark.parametrize(
    ("row", "rates"),
    [
        ((180, 20, 10, 650, 0, 140, 0.9), (0.18, 0.20, 0.182556, 0.202840, 0.209302)),
        ((180, 20, 10, 650, 0, 140, 1), (0.18, 0.20, 0.18, 0.20, 0.209302)),
        ((300, 0, 12, 588, 0, 100, 1), (0.30, 0.30, 0.30, 0.30, 0.333333)),
    ],
)
def test_response_rates(row, rates):
    found = indices.response_rates(*row)

    assert (found.rr1, found.rr2, found.rr3, found.rr4, found.rr5) == near(*rates)


def test_no_invitation_has_no_response_rate():
    assert indices.response_rates(0, 0, 0, 0, 0, 0).rr6 is None


@pytest.mark.parametrize(
    ("seconds", "weights"),
    [
        ([300, 200, 100], ["0.5000", "0.3333", "0.1667"]),
        ([1, 1, 1], ["0.3334", "0.3333", "0.3333"]),
        ([0, 0], ["0.5000", "0.5000"]),
        ([], []),
    ],
)
def test_credit_is_shared_by_largest_remainder(seconds, weights):
    assert indices.credit_weights(seconds) == [Decimal(weight) for weight in weights]


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=12))
def test_credit_weights_sum_to_exactly_one(seconds):
    assert sum(indices.credit_weights(seconds)) == 1


def test_weighted_share_has_an_effective_n():
    found = indices.weighted_share([(1, 1), (1, 0), (0.5, 1), (0.5, 1), (0.25, 0)])

    assert (found.value, found.n, found.low, found.high) == near(
        0.615385, 4.121951, 0.217273, 0.902176
    )
    assert indices.weighted_share([]).value is None


RATINGS = [
    *((5, "person"), (4, "person"), (2, "process"), (1, "person"), (5, "product"), (3, "person")),
    *((5, None), (4, "person"), (2, "other"), (5, "person"), (1, "person"), (5, "person")),
]


def test_an_agent_is_judged_by_what_the_person_caused():
    rows = [(value >= 4, driver, 1) for value, driver in RATINGS]

    agent = indices.agent_share(rows)
    team = indices.share(sum(hit for hit, _, _ in rows), len(rows))

    assert (agent.value, agent.low, agent.high) == near(0.625, 0.305742, 0.863156)
    assert (team.value, team.low, team.high) == near(0.583333, 0.319511, 0.806740)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"A": 12, "B": 3, "C": 20}, "AB"),
        ({"A": 12, "B": 3, "C": 4}, "BC"),
        ({"A": 12, "B": 1, "C": 2}, "ABC"),
        ({"A": 6, "B": 6}, ""),
        ({"A": 0, "B": 9}, ""),
    ],
)
def test_small_parts_hide_with_another(counts, hidden):
    assert indices.hidden_parts(counts, 5) == set(hidden)


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 30), max_size=8))
def test_no_small_part_can_be_worked_out(counts):
    hidden = indices.hidden_parts(counts, 5)
    shown = sum(n for code, n in counts.items() if code not in hidden)
    rest = sum(counts.values()) - shown

    assert all(n == 0 or n >= 5 for code, n in counts.items() if code not in hidden)
    assert not hidden or rest >= 5 or not any(n >= 5 for n in counts.values())


@pytest.mark.parametrize(
    ("metric", "before", "after", "outcome"),
    [
        ("nps", 3, 7, "recovered"),
        ("nps", 2, 5, "improved"),
        ("nps", 4, 5, "unchanged"),
        ("nps", 6, 2, "worse"),
        ("csat", 2, 3, "recovered"),
        ("csat", 1, 2, "improved"),
        ("ces1", 5, 4, "improved"),
        ("ces1", 5, 2, "recovered"),
        ("csat", 1, None, "no_answer"),
    ],
)
def test_recovery_is_measured_on_the_same_scale(metric, before, after, outcome):
    assert indices.recovery_outcome(metric, before, after) == outcome


def test_figures_are_rounded_half_away_from_zero():
    assert indices.shown(12.25) == "12.3"
    assert indices.shown(-12.25) == "−12.3"
    assert indices.shown(-0.04) == "0.0"
    assert indices.shown(Fraction(1, 3), signed=True) == "+0.3"
    assert indices.shown(None) == "–"
