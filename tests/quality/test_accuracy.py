"""Q-702: critical-error accuracy of one family, against its target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.accuracy import accuracy


@pytest.mark.parametrize(
    ("vector", "n", "errors", "target", "percent", "status"),
    [
        ("V37 customer", 3, 1, 95, 66.67, "below"),
        ("V37 business", 4, 1, 90, 75.0, "below"),
        ("V37 compliance", 4, 1, 99.5, 75.0, "below"),
        ("V38", 180, 9, 95, 95.0, "on_target"),
        ("V39", 200, 3, 99.5, 98.5, "at_risk"),
        ("V40", 0, 0, 95, None, "not_configured"),
    ],
)
def test_accuracy_follows_the_vectors(vector, n, errors, target, percent, status):
    result = accuracy(n, errors, target=target)

    assert (result.percent, result.status) == (percent, status), vector


def test_accuracy_has_the_wilson_interval_of_v38():
    result = accuracy(180, 9, target=95)

    assert (result.low, result.high) == (90.77, 97.35)


@pytest.mark.parametrize(("percent", "status"), [(93, "at_risk"), (92, "below")])
def test_two_points_below_the_target_are_at_risk(percent, status):
    assert accuracy(100, 100 - percent, target=95).status == status


@given(st.integers(1, 10_000), st.data())
def test_one_more_error_never_helps(n, data):
    errors = data.draw(st.integers(0, n - 1))

    better, worse = accuracy(n, errors, target=95), accuracy(n, errors + 1, target=95)

    assert better.percent >= worse.percent
    assert better.low <= better.percent <= better.high
