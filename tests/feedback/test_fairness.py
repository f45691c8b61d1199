"""Vectors of fair play, boards and equity."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import fairness
from feedback.fairness import cycles, has_burst, mean_board, share_board, similarity
from lib.statistics import newcombe, wilson

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLOSE = pytest.approx


def test_reciprocity_of_pairs():
    assert fairness.reciprocity(10, 2) == CLOSE(0.333333, abs=1e-6)
    assert fairness.reciprocity(3, 3) == 1.0


def test_concentration_of_giving():
    assert fairness.concentration([4, 3, 2, 1]) == CLOSE(0.30)
    assert fairness.concentration([6, 2, 2]) == CLOSE(0.44)


def test_ring_is_told_once_from_its_smallest_id():
    edges = {(1, 2): 4, (2, 3): 3, (3, 1): 5, (3, 4): 3, (4, 1): 2}

    assert cycles(edges, 3, 4) == [(1, 2, 3)]


def test_both_directions_are_two_rings_and_pairs_are_none():
    both = dict.fromkeys(((1, 2), (2, 3), (3, 1), (2, 1), (3, 2), (1, 3)), 3)

    assert cycles(both, 3, 4) == [(1, 2, 3), (1, 3, 2)]


def test_rings_of_five_are_not_looked_for():
    five = {(a, a % 5 + 1): 3 for a in range(1, 6)}

    assert cycles(five, 3, 4) == []


def test_near_duplicates_of_texts():
    friday = "Thank you for covering my shift on Friday"

    assert similarity(friday, friday.replace("Friday", "Monday")) == CLOSE(34 / 44)
    case = "Great help with the billing case"
    assert similarity(case, case.replace("case", "cases")) == CLOSE(30 / 31)
    assert similarity("Ça va!", "ca VA") == 1.0
    assert similarity("a", "b") == 0.0


@pytest.mark.parametrize(
    ("seconds", "burst"), [((0, 120, 300, 450, 600), True), ((0, 120, 300, 450, 601), False)]
)
def test_burst_is_five_in_ten_minutes(seconds, burst):
    instants = [START + timedelta(seconds=one) for one in reversed(seconds)]

    assert has_burst(instants) is burst


def test_dump_needs_share_and_points():
    assert fairness.is_month_end_dump(100, 60)
    assert not fairness.is_month_end_dump(100, 59)
    assert not fairness.is_month_end_dump(49, 49)


def test_equity_vectors():
    assert wilson(9, 20) == CLOSE((0.258198, 0.657915), abs=1e-6)
    assert newcombe(9, 20, 12, 60) == CLOSE((0.25, 0.024902, 0.473396), abs=1e-6)
    assert fairness.gini([1, 2, 3, 4]) == CLOSE(0.25)
    assert fairness.gini([0, 1, 1, 2, 6]) == CLOSE(0.52)
    assert fairness.gini([0, 0]) is None


# --- Boards -----------------------------------------------------------------------------------

PRIOR = (17, 3)


def one(k, n):
    (row,) = share_board([("x", k, n)], 20, 0, PRIOR)
    return row.mean, row.lower, row.upper


def test_share_is_pulled_to_the_prior():
    assert one(45, 50) == CLOSE((0.885714, 0.817882, 0.940984), abs=1e-6)
    assert one(12, 12) == CLOSE((0.906250, 0.810536, 0.973100), abs=1e-6)
    assert one(78, 80) == CLOSE((0.950000, 0.909926, 0.979891), abs=1e-6)


def test_board_of_shares_places_by_the_lower_bound():
    counts = [(45, 50), (170, 200), (12, 12), (60, 80), (3, 3), (27, 30)]

    rows = {
        row.key: row for row in share_board([(i, k, n) for i, (k, n) in enumerate(counts)], 20, 10)
    }

    lower = [rows[key].lower for key in (0, 1, 2, 3, 5)]
    assert lower == CLOSE([0.816248, 0.808281, 0.806496, 0.697105, 0.795002], abs=1e-6)
    assert [rows[key].place for key in range(6)] == [1, 2, 3, 5, None, 4]
    assert all(rows[key].is_not_clearly_behind for key in (0, 1, 2, 5))


def test_equal_bounds_share_a_place_and_some_are_clearly_behind():
    counts = [(190, 200), (57, 60), (170, 200), (17, 20), (17, 20), (140, 200)]

    rows = {
        row.key: row
        for row in share_board([(i, k, n) for i, (k, n) in enumerate(counts)], 20, 10, PRIOR)
    }

    assert [rows[key].place for key in range(6)] == [1, 2, 3, 4, 4, 6]
    assert [key for key, row in rows.items() if not row.is_not_clearly_behind] == [2, 5]
    assert rows[0].lower == CLOSE(0.912732, abs=1e-6)
    assert (rows[2].upper, rows[5].upper) == CLOSE((0.887627, 0.762540), abs=1e-6)


def test_board_of_means():
    values = [("A", [90, 94, 98, 86, 92]), ("B", [70, 88, 96, 82, 84, 80]), ("C", [91, 93, 92, 90])]

    rows = {row.key: row for row in mean_board(values, 20, 0)}

    assert (rows["A"].mean, rows["A"].lower) == CLOSE((89.12, 87.086907), abs=1e-6)
    assert (rows["B"].mean, rows["B"].lower) == CLOSE((87.230769, 85.237157), abs=1e-6)
    assert (rows["C"].mean, rows["C"].lower) == CLOSE((88.916667, 86.841649), abs=1e-6)
    assert [rows[key].place for key in "ABC"] == [1, 3, 2]


def test_boards_without_anybody_are_empty():
    assert share_board([], 20, 10) == []
    assert mean_board([("A", [])], 20, 10) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=1, max_size=6))
def test_nobody_below_the_least_n_is_placed(counts):
    rows = share_board([(i, min(k, n), n) for i, (k, n) in enumerate(counts)], 20, 10)

    assert all((row.place is None) == (row.n < 10) for row in rows)
