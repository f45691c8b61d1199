"""Counts of a process: sums by name and labels, taken once."""

import pytest

from lib import counters


@pytest.fixture(autouse=True)
def begin_at_nothing():
    before = counters.take()
    yield
    counters.take()
    counters.put_back(before)


def test_counts_add_up_until_they_are_taken():
    counters.add("rows", kind="good")
    counters.add("rows", 2, kind="good")
    counters.add("rows", kind="bad")

    assert counters.take() == {("rows", '{kind="good"}'): 3, ("rows", '{kind="bad"}'): 1}
    assert counters.take() == {}


def test_what_could_not_be_kept_is_counted_again():
    counters.add("rows")
    taken = counters.take()
    counters.add("rows")

    counters.put_back(taken)

    assert counters.take() == {("rows", ""): 2}


@pytest.mark.parametrize(
    ("seconds", "ends"),
    [(0.1, ["0.1", "0.25", "0.5", "1", "2.5", "+Inf"]), (0.6, ["1", "2.5", "+Inf"]), (9, ["+Inf"])],
)
def test_duration_counts_in_every_part_that_holds_it(seconds, ends):
    counters.observe("wait", seconds, route="home")

    found = counters.take()

    parts = {("wait_bucket", f'{{route="home",le="{end}"}}'): 1 for end in ends}
    own = '{route="home"}'
    assert found == parts | {("wait_count", own): 1, ("wait_sum", own): seconds}
