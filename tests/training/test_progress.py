"""The vectors of docs/algorithms/progress.md."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import progress
from training.progress import Step


def test_percent_of_a_path():
    steps = [
        Step(2, [Fraction(1)]),
        Step(1, [Fraction(1, 2)]),
        Step(3, [Fraction(1), Fraction(2, 5), Fraction(0)], k=2),
    ]

    assert progress.path_percent(steps) == 76  # P1
    assert not progress.is_path_complete(steps)
    assert progress.is_path_complete([Step(1, [Fraction(1), Fraction(0)])])
    assert progress.path_percent([]) == 0


def test_a_group_asks_for_no_more_than_it_has():
    with pytest.raises(ValueError, match="1 to all"):
        progress.path_percent([Step(1, [Fraction(1)], k=2)])


def test_percent_of_a_course():
    assert progress.course_percent([(1, True), (1, True), (1, False)]) == 66  # P2
    assert progress.course_percent([(Decimal("99.99"), True), (Decimal("0.01"), False)]) == 99
    assert progress.course_percent([(1, True)]) == 100
    assert progress.course_percent([]) == 0


def test_seconds_of_a_video_count_once():
    assert progress.joined([(10, 20), (0, 10), (15, 30), (40, 40)]) == [(0, 30)]
    assert progress.is_watched([(0, 90)], 100)
    assert not progress.is_watched([(0, 89)], 100)
    assert not progress.is_watched([(0, 10)], 0)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_joined_spans_hold_the_same_seconds(spans):
    seconds = {second for start, end in spans for second in range(start, end)}

    assert progress.watched_seconds(spans) == len(seconds)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_loops_of_courses_are_found(length):
    needs = {n: [(n + 1) % length] for n in range(length)}

    assert progress.loop_through(0, needs) == [*range(length), 0]
    assert progress.loop_through(0, {0: [1], 1: [2], 3: [0]}) == []
