"""Alignment with the gold answers: the vectors of docs/algorithms/alignment.md."""

from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from quality.alignment import Weighed, alignment, is_flagged, points_of, spread, weighed
from quality.scoring import compile_version, score

CRITERIA = {"a": Weighed(F(10), F(50)), "b": Weighed(F(10), F(30)), "c": Weighed(F(10), F(20))}


def points(*values):
    return {key: None if v is None else F(v) for key, v in zip("abc", values, strict=True)}


@pytest.mark.parametrize(
    ("name", "gold", "rater", "zeroed", "expected"),
    [
        ("V41", (10, 5, 0), (5, 5, 0), False, "75.00"),
        ("V42", (10, None, None), (10, None, 5), False, "71.43"),
        ("V43", (10, 5, 0), (5, 5, 0), True, "0.00"),
        ("equal", (10, 5, 0), (10, 5, 0), False, "100.00"),
        ("opposite", (10, 10, 10), (0, 0, 0), False, "0.00"),
        ("nothing applied", (None, None, None), (None, None, None), False, None),
    ],
)
def test_alignment_vectors(name, gold, rater, zeroed, expected):
    found = alignment(points(*rater), points(*gold), CRITERIA, is_zeroed=zeroed)

    assert found == (None if expected is None else D(expected))


@pytest.mark.parametrize(("threshold", "flagged"), [(10, False), (9, True)])
def test_v44_spread_is_flagged_above_the_threshold_only(threshold, flagged):
    width = spread([F(1), F(9, 10), F(1)])

    assert width == D("10.00")
    assert is_flagged(width, D(threshold)) is flagged


def test_spread_needs_two_raters():
    assert spread([F(1)]) is None


def document(mode, **criterion):
    options = [{"key": "yes", "points": 4}, {"key": "no", "points": 0}]
    first = {"key": "a", "weight": 30, "options": options, **criterion}
    second = {"key": "b", "weight": 70, "options": options}
    return {
        "weight_mode": mode,
        "sections": [{"key": "s", "weight": 3, "criteria": [first, second]}],
    }


@pytest.mark.parametrize(
    ("mode", "weights"),
    [
        ("criterion_percent", (30, 70)),
        ("points", (4, 4)),
        ("scaled_points", (12, 12)),
        ("section_percent", (F(3, 2), F(3, 2))),
    ],
)
def test_weights_follow_the_mode(mode, weights):
    found = weighed(compile_version(document(mode)))

    assert tuple(found[key].weight for key in "ab") == weights


def test_points_leave_out_what_did_not_apply():
    card = compile_version(document("points"))

    found = points_of(score(card, {"a": {"option": "yes"}, "b": {"na": True}}))

    assert found == {"a": F(4), "b": None}
