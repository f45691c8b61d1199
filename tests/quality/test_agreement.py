"""The worked examples of docs/algorithms/agreement.md, and what holds of any ratings."""

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.agreement import (
    alpha,
    alpha_word,
    icc,
    kappa,
    kappa_word,
    percent_agreement,
    table_of,
)

FIRST = [1, 1, 1, 2, 2, 3, 3, 3, 1, 2]
SECOND = [1, 1, 2, 2, 2, 3, 3, 2, 1, 3]
PAIRS = [
    (80, 82),
    (75, 79),
    (90, 88),
    (60, 66),
    (85, 85),
    (70, 77),
    (95, 96),
    (65, 64),
    (88, 91),
    (78, 80),
]
SINGLES = [60, 70, 80, 90, 65, 75, 85, 55, 50, 88]


def four(value):
    return None if value is None else f"{value:.4f}"


def test_v31_kappa_takes_chance_out():
    assert tuple(map(four, kappa([[20, 5], [10, 15]]))) == ("0.7000", "0.5000", "0.4000")


def test_v32_kappa_can_be_negative_beside_high_agreement():
    found = kappa([[94, 3], [3, 0]])

    assert (four(found.observed), four(found.kappa)) == ("0.9400", "-0.0309")


def test_v33_alpha_of_two_raters():
    assert four(alpha([FIRST, SECOND], "nominal")) == "0.5714"
    assert four(alpha([FIRST, SECOND], "ordinal")) == "0.7856"


def test_v34_kappa_of_the_same_ratings():
    found = kappa(table_of(FIRST, SECOND))

    assert (four(found.observed), four(found.kappa)) == ("0.7000", "0.5522")
    assert four(percent_agreement([FIRST, SECOND])) == "0.7000"


def test_v35_icc_of_ten_pairs():
    assert four(icc(PAIRS)) == "0.9471"


def test_v36_a_rater_who_is_always_higher_does_not_agree_in_full():
    assert four(icc([(score, score + 10) for score in SINGLES])) == "0.7993"


# --- Gaps, too little, no variation --------------------------------------------------------------


def test_a_published_example_with_gaps():
    """Four observers, twelve units: the worked example of Krippendorff's own paper."""
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]

    assert f"{alpha(observers, 'nominal'):.3f}" == "0.743"
    assert f"{alpha(observers, 'ordinal'):.3f}" == "0.815"


def test_items_with_one_rating_are_dropped():
    gap = [[*FIRST, 1, None], [*SECOND, None, 3]]

    assert alpha(gap, "nominal") == alpha([FIRST, SECOND], "nominal")
    assert table_of(*gap) == table_of(FIRST, SECOND)
    assert icc([*PAIRS, (50, None)]) == icc(PAIRS)


def test_without_variation_there_is_no_figure():
    assert kappa([[9, 0], [0, 0]]).kappa is None
    assert alpha([[1, 1, 1], [1, 1, 1]], "nominal") is None
    assert icc([(80, 80), (80, 80)]) is None


@pytest.mark.parametrize("ratings", [[], [[1]], [[1], [1]], [[1, None], [None, 2]]])
def test_fewer_than_two_shared_items_give_none(ratings):
    assert percent_agreement(ratings) is None
    assert alpha(ratings, "nominal") is None


def test_too_little_for_kappa_and_icc_gives_none():
    assert kappa([]) is None
    assert kappa([[1]]) is None
    assert icc([(80, 90)]) is None
    assert icc([(80,), (90,)]) is None


def test_bad_input_is_refused_in_words():
    with pytest.raises(ValueError, match="place for each item"):
        alpha([[1, 2], [1]], "nominal")
    with pytest.raises(ValueError, match="nominal or ordinal"):
        alpha([[1], [1]], "interval")
    with pytest.raises(ValueError, match="square table"):
        kappa([[1, 2]])
    with pytest.raises(ValueError, match="not a number"):
        icc([("a", 1), (1, 2)])


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.01, "less than chance"),
        (0.0, "slight"),
        (0.2, "slight"),
        (0.21, "fair"),
        (0.6, "moderate"),
        (0.8, "substantial"),
        (0.81, "almost perfect"),
    ],
)
def test_kappa_has_its_customary_words(value, word):
    assert kappa_word(value) == word


@pytest.mark.parametrize(
    ("value", "word"), [(0.8, "reliable"), (0.667, "tentative"), (0.66, "not reliable")]
)
def test_alpha_has_its_customary_words(value, word):
    assert alpha_word(value) == word


# --- Of any ratings ------------------------------------------------------------------------------

grids = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.sampled_from([1, 2, 3, None]), min_size=raters, max_size=raters),
        min_size=2,
        max_size=12,
    )
)


@settings(max_examples=60, deadline=None)
@given(grids)
def test_agreement_never_exceeds_one_and_ignores_the_order_of_raters(grid):
    ratings = [list(column) for column in zip(*grid, strict=True)]

    for level in ("nominal", "ordinal"):
        found = alpha(ratings, level)
        assert found is None or found <= 1
        assert alpha(ratings[::-1], level) == found
    percent = percent_agreement(ratings)
    assert percent is None or 0 <= percent <= 1
    assert percent_agreement(ratings[::-1]) == percent


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=12))
def test_equal_raters_agree_in_full(ratings):
    assert percent_agreement([ratings, ratings]) == 1
    assert alpha([ratings, ratings], "nominal") == (1 if len(set(ratings)) > 1 else None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000))
def test_icc_does_not_change_when_all_scores_are_shifted(seed):
    rng = random.Random(seed)
    rows = [(rng.randrange(101), rng.randrange(101)) for _ in range(8)]
    shifted = [(first + 7, Decimal(second + 7)) for first, second in rows]

    assert icc(shifted) == icc(rows)
