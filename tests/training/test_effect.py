"""The vectors of docs/algorithms/effect.md."""

import pytest

from training import effect

BEFORE = [62, 70, 58, 65, 72, 60, 68, 55, 64, 66]
AFTER = [70, 74, 63, 66, 80, 61, 75, 60, 70, 65]
CONTROL_BEFORE = [63, 69, 59, 66, 71, 61, 67, 56, 65, 64]
CONTROL_AFTER = [65, 68, 63, 67, 70, 64, 69, 59, 66, 64]
FOUR = (BEFORE, AFTER, CONTROL_BEFORE, CONTROL_AFTER)


def near(*values):
    return pytest.approx(values, abs=1e-6)


def test_naive_change():  # E1
    found = effect.paired_change(BEFORE, AFTER)

    assert (found.mean, found.sd, found.t, found.p) == near(4.4, 3.134042, 4.439640, 0.001624)
    assert (found.low, found.high, found.d_z, found.g) == near(
        2.158041, 6.641959, 1.403938, 1.283600
    )


def test_change_of_one_or_of_equals_has_no_interval():
    assert effect.paired_change([], []) is None
    assert effect.paired_change([1], [2]).p is None
    assert effect.paired_change([1, 2], [2, 3]).low is None
    with pytest.raises(ValueError, match="before and one after"):
        effect.paired_change([1], [])


def test_ranks_and_signs():  # E2, E3
    d = [b - a for a, b in zip(BEFORE, AFTER, strict=True)]

    assert effect.signed_rank(d) == near(2, 0.009070)
    assert effect.sign_test(9, 10) == pytest.approx(0.021484, abs=1e-6)
    assert effect.signed_rank([1, 2, 3, -4, 5, 6]) == near(4, 0.218750)
    assert effect.signed_rank([0, 0]) == (0.0, 1.0)
    assert effect.signed_rank([]) is None


def test_difference_in_differences():  # E4
    found = effect.difference_in_differences(*FOUR)

    assert (found.effect, found.se, found.df) == near(3.0, 1.129405, 13.935391)
    assert (found.p, found.low, found.high) == near(0.018856, 0.576613, 5.423387)
    assert effect.difference_in_differences([1], [2], [1, 2], [2, 3]) is None


def test_headline():  # E5
    found = effect.ancova(*FOUR)

    assert (found.effect, found.se, found.p) == near(2.991144, 1.144415, 0.018158)
    assert (found.low, found.high, found.df) == near(0.576640, 5.405649, 17)
    assert effect.ancova([1, 1], [2, 3], [1, 1], [2, 4]) is None
    assert effect.ancova([1], [2], [1, 2], [2, 3]) is None


@pytest.mark.parametrize(
    ("m", "gain"), [(1, 5.532213), (2, 3.312938), (4, 1.848881), (8, 0.983185)]
)
def test_picking_the_lowest_gains_by_luck(m, gain):  # E6
    found = effect.planned_luck(80, 8, 0.6, 70, m)

    assert found.gain == pytest.approx(gain, abs=1e-6)
    if m == 1:
        assert (found.z, found.selected_mean) == near(-1.25, 66.169467)


def test_luck_of_a_low_baseline():  # E7
    assert effect.reliability_of_mean(0.55, 5) == pytest.approx(0.859375, abs=1e-6)
    assert effect.luck_gain(82, 64, 0.55, 5) == pytest.approx(2.531250, abs=1e-6)
    assert effect.reliability_of_mean(0.35, 5) == pytest.approx(0.729167, abs=1e-6)
    assert effect.luck_gain(85, 70, 0.35, 5) == pytest.approx(4.062500, abs=1e-6)


def test_reliability_of_single_evaluations():  # E8
    found = effect.reliability([[80, 90, 85], [60, 70], [95, 90, 100, 95]])

    assert (found.n0, found.r, found.sd) == near(2.888889, 0.888412, 14.967914)
    assert effect.reliability([[1], [2]]) is None


def test_pass_and_fail():  # E9
    assert effect.mcnemar(4, 14) == near(0.030884, 4.5, 0.033895)
    assert effect.mcnemar(0, 6)[0] == pytest.approx(0.031250, abs=1e-6)
    assert effect.mcnemar(3, 3)[0] == 1
    assert effect.mcnemar(0, 0) == (1.0, 0.0, 1.0)
    adjusted = effect.holm([0.010, 0.040, 0.030, 0.005, 0.20])
    assert adjusted == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.20])


@pytest.mark.parametrize(("d", "paired", "arm"), [(0.5, 34, 64), (0.2, 199, 394), (1, 10, 17)])
def test_people_needed(d, paired, arm):  # E10
    assert effect.agents_needed(d) == (paired, arm)


def test_estimates_are_pulled_together():  # E11
    tau2, mean, estimates = effect.shrunken([5, 1, 3], [1, 1, 2])

    assert (tau2, mean) == near(4.5, 3)
    assert estimates == pytest.approx([4.636364, 1.363636, 3.0], abs=1e-6)
    assert effect.shrunken([2, 2], [1, 1])[2] == [2, 2]
    assert effect.shrunken([], []) is None


def test_words_by_rule():
    naive, headline = effect.paired_change(BEFORE, AFTER), effect.ancova(*FOUR)

    assert effect.verdict(4, None, naive, 0) == "not_enough"
    assert effect.verdict(10, headline, naive, 2.5) == "better_than_uncoached"
    assert effect.verdict(10, None, naive, 1.0) == "above_luck_no_control"
    assert effect.verdict(10, None, naive, 2.5) == "not_clear"
