"""Distributions, intervals and sample sizes against reference values and their own laws."""

from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import statistics

PROBABILITIES = st.floats(min_value=1e-6, max_value=1 - 1e-6)
TOTALS = st.integers(min_value=1, max_value=5000)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (-8, 6.22096057427174e-16),
        (-1.5, 0.06680720126885807),
        (0.3, 0.6179114221889526),
        (2, 0.9772498680518208),
    ],
)
def test_normal_cdf_matches_reference(x, expected):
    assert statistics.normal_cdf(x) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("p", "expected"),
    [(1e-10, -6.361340902404056), (0.3, -0.5244005127080409), (0.975, statistics.Z95)],
)
def test_normal_quantile_matches_reference(p, expected):
    assert statistics.normal_quantile(p) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("x", "df", "expected"),
    [
        (1, 1, 0.75),
        (-2.5, 3, 0.04385332350403278),
        (2, 7.25, 0.957894458710374),
        (1.96, 1e6, 0.9750019662073651),
        (-40, 2, 0.0003122073360923703),
        (0, 5, 0.5),
    ],
)
def test_t_cdf_matches_reference(x, df, expected):
    assert statistics.t_cdf(x, df) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "df", "expected"),
    [
        (0.975, 1, 12.706204736174694),
        (0.975, 4, 2.7764451051977934),
        (0.975, 7, 2.364624251592784),
        (0.975, 9.5, 2.2441374614922958),
        (0.01, 3, -4.5407028585681335),
        (0.975, 1e6, 1.959966356814107),
        (1e-8, 2, -7071.067705799458),
        (0.5, 3, 0.0),
    ],
)
def test_t_quantile_matches_reference(p, df, expected):
    assert statistics.t_quantile(p, df) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "a", "b", "expected"),
    [
        (0.05, 2, 8, 0.041023167506996534),
        (0.5, 0.5, 0.5, 0.5),
        (0.975, 400, 100, 0.833860984608352),
        (0.025, 1, 1, 0.025),
        (0.1, 0.1, 5, 1.3321008722540561e-11),
        (0, 2, 3, 0.0),
        (1, 2, 3, 1.0),
    ],
)
def test_beta_quantile_matches_reference(p, a, b, expected):
    assert statistics.beta_quantile(p, a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "p", "expected"),
    [
        (2, 5, 0.1, 0.08146),
        (3, 10, 0.1, 0.0701908264),
        (3, 5, 0.1, 0.00856),
        (2, 5, 0.2, 0.26272),
        (500, 1000, 0.5, 0.5126125090891802),
        (990, 1000, 0.98, 0.010236548159763346),
        (0, 5, 0.1, 1.0),
        (6, 5, 0.1, 0.0),
        (2, 5, 0, 0.0),
        (2, 5, 1, 1.0),
        (0, 0, 0.5, 1.0),
    ],
)
def test_binomial_tail_matches_reference(k, n, p, expected):
    assert statistics.binomial_tail(k, n, p) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (4, 5, 0.375535, 0.963776),
        (17, 20, 0.639581, 0.947631),
        (82, 100, 0.733326, 0.882998),
        (41, 50, 0.692039, 0.902298),
        (10, 10, 0.722467, 1),
        (1, 3, 0.061492, 0.792340),
        (850, 1000, 0.826531, 0.870790),
        (160, 200, 0.739145, 0.849548),
        (0, 8, 0, 0.324408),
        (0.615385 * 4.121951, 4.121951, 0.217273, 0.902176),
    ],
)
def test_wilson_matches_worked_examples(k, n, low, high):
    assert statistics.wilson(k, n) == pytest.approx((low, high), abs=1.5e-6)


def test_wilson_ends_are_exact_at_the_borders():
    none, every = statistics.wilson(0, 8), statistics.wilson(10, 10)

    assert none is not None and none[0] == 0
    assert every is not None and every[1] == 1


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((41, 50, 82, 120), (0.136667, -0.012386, 0.257016)),
        ((90, 100, 80, 100), (0.1, 0.000149, 0.199474)),
        ((15, 20, 15, 20), (0, -0.258674, 0.258674)),
        ((170, 200, 150, 200), (0.1, 0.021525, 0.177312)),
        ((46, 50, 172, 215), (0.12, 0.001468, 0.195976)),
    ],
)
def test_newcombe_matches_worked_examples(counts, expected):
    assert statistics.newcombe(*counts) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([88, 92, 75, 81, 95, 90, 67, 84], 76.16, 91.84),
        ([84, 91.5, 77, 88, 95, 69.5, 90, 82], 77.6348, 91.6152),
        ([6, 6, 5, 7, 6, 5, 4, 6], 4.8591, 6.3909),
        ([300, 420, 180, 240, 600, 360], 193.6376, 506.3624),
    ],
)
def test_t_interval_matches_worked_examples(values, low, high):
    interval = statistics.t_interval(mean(values), stdev(values), len(values))

    assert interval == pytest.approx((low, high), abs=0.005 if low == 76.16 else 5e-5)


def test_t_interval_of_equal_scores_uses_the_least_spread_given():
    interval = statistics.t_interval(100, 2.0, 5)

    assert interval == pytest.approx((97.5167, 102.4833), abs=5e-5)


def test_welch_matches_worked_example():
    first, second = [300, 420, 180, 240, 600, 360], [280, 310, 150, 200, 420, 330, 260]

    result = statistics.welch(
        mean(first), stdev(first), len(first), mean(second), stdev(second), len(second)
    )

    expected = (
        71.428571,
        -89.011103,
        231.868246,
        1.029742891567765,
        7.864031923187365,
        0.3337578364977809,
    )
    assert result == pytest.approx(expected, rel=1e-7)


def test_sample_sizes_match_worked_examples():
    assert statistics.needed_for_share(0.5, 0.05) == 385
    assert statistics.needed_for_share(0.5, 0.05, population=400) == 197
    assert statistics.needed_for_mean(12, 5) == 23
    assert statistics.needed_for_share(0, 0.05, population=1) == 0
    assert statistics.needed_for_share(0.5, 0.05, population=0) == 0


def test_no_data_gives_none():
    assert statistics.wilson(0, 0) is None
    assert statistics.newcombe(0, 0, 1, 2) is None
    assert statistics.newcombe(1, 2, 0, 0) is None
    assert statistics.t_interval(7, 1, 1) is None
    assert statistics.t_interval(7, 0, 10) is None
    assert statistics.welch(7, 1, 1, 8, 1, 9) is None
    assert statistics.welch(7, 0, 5, 8, 0, 9) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: statistics.normal_quantile(0),
        lambda: statistics.t_quantile(1, 5),
        lambda: statistics.t_quantile(0.5, 0),
        lambda: statistics.t_cdf(1, 0),
        lambda: statistics.beta_quantile(1.1, 1, 1),
        lambda: statistics.beta_quantile(0.5, 0, 1),
        lambda: statistics.binomial_tail(1, -1, 0.5),
        lambda: statistics.wilson(3, 2),
        lambda: statistics.wilson(float("nan"), 2),
        lambda: statistics.t_interval(1, -1, 5),
        lambda: statistics.needed_for_share(0.5, 0),
    ],
)
def test_impossible_input_is_refused(call):
    with pytest.raises(ValueError):
        call()


@given(PROBABILITIES)
def test_normal_quantile_inverts_normal_cdf(p):
    assert statistics.normal_cdf(statistics.normal_quantile(p)) == pytest.approx(p, rel=1e-9)


@given(PROBABILITIES, st.floats(min_value=0.5, max_value=1e5))
def test_t_quantile_inverts_t_cdf(p, df):
    assert statistics.t_cdf(statistics.t_quantile(p, df), df) == pytest.approx(p, rel=1e-7)


@given(
    PROBABILITIES,
    st.floats(min_value=0.1, max_value=1e4),
    st.floats(min_value=0.1, max_value=1e4),
)
def test_beta_quantile_is_symmetric(p, a, b):
    assert statistics.beta_quantile(p, a, b) == pytest.approx(
        1 - statistics.beta_quantile(1 - p, b, a), abs=1e-9
    )


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
def test_binomial_tails_of_successes_and_failures_add_up(k, n, p):
    assert statistics.binomial_tail(k, n, p) + statistics.binomial_tail(
        n - k + 1, n, 1 - p
    ) == pytest.approx(1, abs=1e-9)


@given(TOTALS, st.floats(0, 1))
def test_wilson_holds_the_share_inside_and_mirrors(n, share):
    k = n * share
    low, high = statistics.wilson(k, n)
    mirrored_low, mirrored_high = statistics.wilson(n - k, n)

    assert 0 <= low <= k / n + 1e-12 and k / n - 1e-12 <= high <= 1
    assert (low, high) == pytest.approx((1 - mirrored_high, 1 - mirrored_low), abs=1e-9)


@given(TOTALS, TOTALS, st.floats(0, 1), st.floats(0, 1))
def test_newcombe_changes_sign_with_its_groups(n1, n2, share1, share2):
    difference, low, high = statistics.newcombe(n1 * share1, n1, n2 * share2, n2)
    swapped = statistics.newcombe(n2 * share2, n2, n1 * share1, n1)

    assert swapped == pytest.approx((-difference, -high, -low), abs=1e-9)
    assert low <= difference + 1e-12 and difference - 1e-12 <= high


@given(st.floats(0, 1), st.floats(0.01, 0.5), st.integers(1, 10_000))
def test_a_finite_population_never_needs_more(p, error, population):
    needed = statistics.needed_for_share(p, error, population)

    assert needed <= min(population, statistics.needed_for_share(p, error))
