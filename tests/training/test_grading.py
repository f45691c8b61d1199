"""The vectors of docs/algorithms/grading.md, and what always holds."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import answering, grading
from training.item_analysis import item_analysis
from training.question_text import BadQuestion, Written, parse

RIGHT, WRONG = "abc", "de"


@pytest.mark.parametrize(
    ("name", "chosen", "mode", "penalty", "score"),
    [
        ("G1", "abd", "balanced", 0, "0.1667"),
        ("G2", "abcde", "balanced", 0, "0.0000"),
        ("G2", "abcde", "right_minus_wrong", 0, "0.3333"),
        ("G2", "de", "right_minus_wrong", 0, "0.0000"),
        ("G3", "abd", "right_minus_wrong", 0, "0.3333"),
        ("G3", "abd", "all_or_nothing", Decimal("0.25"), "-0.2500"),
        ("blank", "", "all_or_nothing", Decimal("0.25"), "0.0000"),
    ],
)
def test_several_options(name, chosen, mode, penalty, score):
    mark = grading.multiple(chosen, RIGHT, WRONG, mode, penalty)

    assert grading.item_score(1, mark) == Decimal(score), name


def test_one_option():
    assert grading.single("a", "a") == 1
    assert grading.single("b", "a", Fraction(1, 3)) == Fraction(-1, 3)
    assert grading.single(None, "a", 1) == 0


@pytest.mark.parametrize(
    ("text", "value", "absolute", "relative", "mark"),
    [
        ("20.5", 20, Decimal("0.5"), None, 1),
        ("20.51", 20, Decimal("0.5"), None, 0),
        ("-4.2", -4, None, 5, 1),
        ("-4.21", -4, None, 5, 0),
        ("2.05e1", 20, Decimal("0.5"), None, 1),
        ("", 0, None, None, 0),
    ],
)
def test_numbers(text, value, absolute, relative, mark):
    assert grading.numeric(text, value, absolute, relative) == mark


@pytest.mark.parametrize("text", ["20,5", "1 500", "abc", "1e9999", "nan", "٣"])
def test_unreadable_numbers_are_refused(text):
    with pytest.raises(grading.UnreadableNumber, match=r"Write 1500\.5 without separators"):
        grading.numeric(text, 20)


@pytest.mark.parametrize(
    ("given_order", "key", "mode", "mark"),
    [
        ("1324", "1234", "pairs", Fraction(5, 6)),
        ("1324", "1234", "position", Fraction(1, 2)),
        ("12354", "12345", "pairs", Fraction(9, 10)),
        ("54321", "12345", "pairs", 0),
        ("1234", "1234", "exact", 1),
        ("", "1234", "pairs", 0),
    ],
)
def test_orders(given_order, key, mode, mark):
    assert grading.order(given_order, key, mode) == mark


def test_text_is_compared_after_cleaning():
    variants = [("Straße", 1), ("street", Decimal("0.5"))]

    assert grading.short_text("  STRASSE ", variants) == 1
    assert grading.short_text("Street", variants) == Fraction(1, 2)
    assert grading.short_text("road", variants) == 0
    assert grading.short_text("cafe", [("café", 1)]) == 0
    assert grading.short_text("cafe", [("café", 1)], ignore_accents=True) == 1


def test_gaps_and_pairs():
    assert grading.gap_fill([1, 0, Fraction(1, 2)], [2, 1, 1]) == Fraction(5, 8)
    assert grading.match({"a": "1", "b": "3"}, {"a": "1", "b": "2"}) == Fraction(1, 2)


def test_percents_of_attempts():
    marks = [Fraction(1), Fraction(1, 2), Fraction(-1, 4)]
    scores = [grading.item_score(p, f) for p, f in zip([1, 2, 3], marks, strict=True)]
    assert grading.attempt_percent(scores, [1, 2, 3]) == Decimal("20.83")  # G7

    wrong = [-Fraction(1, 3)] * 4
    assert grading.attempt_percent(wrong, [1] * 4) == Decimal("0.00")  # G8
    assert grading.attempt_percent(wrong, [1] * 4, floor_at_zero=False) == Decimal("-33.33")
    assert grading.attempt_percent([1, None], [1, 1]) is None
    assert grading.attempt_percent([], []) is None
    assert grading.is_passed(Decimal("80.00"), 80)


def test_grades_over_attempts():
    percents = [Decimal(60), Decimal(90), None, Decimal(75)]

    grades = [grading.grade(percents, by) for by in grading.GRADES]

    assert grades == [Decimal(90), Decimal("56.25"), Decimal(60), Decimal(75)]  # G9
    thirds = [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert grading.grade(thirds, "mean") == Decimal("33.33")
    assert grading.grade([]) is None


def test_draws_repeat_themselves():
    assert grading.draw("a1", range(1, 11), 4) == [7, 6, 5, 3]  # G10
    assert grading.option_order("a1", 7, ["31", "32", "33", "34"]) == ["31", "34", "32", "33"]


def test_guessing_is_worth_nothing_at_its_penalty():
    assert grading.guessing_penalty(4) == Fraction(1, 3)


def test_items_of_a_quiz():
    rows = [[int(mark) for mark in row] for row in ("1110", "1100", "1111", "0100", "1000")]

    found = item_analysis(rows)

    assert [one.facility for one in found.items] == pytest.approx([0.8, 0.8, 0.4, 0.2])
    discriminations = [one.discrimination for one in found.items]
    assert discriminations == pytest.approx([0.196116, 0.196116, 0.763763, 0.559017], abs=1e-6)
    assert found.variance == pytest.approx(1.36)
    assert found.reliability == pytest.approx(0.627451, abs=1e-6)
    assert found.standard_error == pytest.approx(0.711805, abs=1e-6)
    assert item_analysis([]).reliability is None
    assert item_analysis([[1], [0]]).reliability is None


# --- From the author's text to a mark ------------------------------------------------------------


def mark(kind, written, response):
    parsed = parse(kind, written)
    return answering.fraction(kind, parsed.body, parsed.key, response)


@pytest.mark.parametrize(
    ("kind", "written", "response", "expected"),
    [
        ("single", Written("* a\nb\nc", penalty=Decimal("0.5")), {"option": "o2"}, -0.5),
        ("true_false", Written(value="True"), {"option": "true"}, 1),
        ("multiple", Written("*a\n*b\nc\nd"), {"options": ["o1", "o2", "o3"]}, 0.5),
        ("short_text", Written("two weeks\n14 days = 0.5"), {"text": "14 DAYS"}, 0.5),
        ("numeric", Written(value="20", absolute=Decimal("0.5")), {"text": "20.4"}, 1),
        ("match", Written("a = 1\nb = 2"), {"pairs": {"l1": "r1", "l2": "r1"}}, 0.5),
        ("order", Written("first\nsecond\nthird"), {"order": ["o1", "o3", "o2"]}, 2 / 3),
        ("gap_fill", Written("In [five|5]{3} days, not [six]."), {"gaps": ["5", "9"]}, 0.75),
        ("essay", Written(), {"text": "…"}, None),
        ("essay", Written(), {}, 0),
    ],
)
def test_written_questions_are_marked(kind, written, response, expected):
    found = mark(kind, written, response)

    assert found == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("kind", "written", "sentence"),
    [
        ("single", Written("a\nb"), "Put a \\* before the right option"),
        ("single", Written("*a\n*b\nc"), "Only one option"),
        ("multiple", Written("*a\n*b"), "Every option is right"),
        ("single", Written("*a\nA"), "twice"),
        ("single", Written("*x\n" + "\n".join(map(str, range(30)))), "At most 30"),
        ("single", Written("*a\nb", penalty=Decimal(2)), "penalty"),
        ("short_text", Written("a = 0.5"), "full mark"),
        ("short_text", Written("\n".join(map(str, range(21)))), "At most 20"),
        ("numeric", Written(value="1,5"), "without separators"),
        ("numeric", Written(value="1", absolute=Decimal(-1)), "not below 0"),
        ("match", Written("a = 1"), "two pairs"),
        ("order", Written("a"), "two items"),
        ("gap_fill", Written("no gap"), "brackets"),
        ("essai", Written(), "No kind"),
    ],
)
def test_impossible_questions_are_refused(kind, written, sentence):
    with pytest.raises(BadQuestion, match=sentence):
        parse(kind, written)


@pytest.mark.parametrize(
    ("kind", "written", "response"),
    [
        ("single", Written("*a\nb"), {"option": "o9"}),
        ("single", Written("*a\nb"), {"text": "a"}),
        ("single", Written("*a\nb"), ["o1"]),
        ("multiple", Written("*a\nb"), {"options": "o1"}),
        ("order", Written("a\nb"), {"order": ["o1", "o1"]}),
        ("match", Written("a = 1\nb = 2"), {"pairs": {"l1": "x"}}),
        ("gap_fill", Written("[a] [b]"), {"gaps": ["a"]}),
        ("short_text", Written("a"), {"text": "x" * 1001}),
        ("essay", Written(), {"text": None}),
    ],
)
def test_responses_of_another_shape_are_refused(kind, written, response):
    parsed = parse(kind, written)

    with pytest.raises(answering.BadResponse):
        answering.checked(kind, parsed.body, response)


@given(
    st.lists(st.sampled_from("abcde"), unique=True),
    st.sampled_from(["balanced", "right_minus_wrong"]),
)
def test_marks_stay_between_nothing_and_all(chosen, mode):
    assert 0 <= grading.multiple(chosen, RIGHT, WRONG, mode) <= 1


@given(st.permutations("12345"))
def test_only_the_right_order_gives_everything(given_order):
    assert (grading.order(given_order, "12345") == 1) == (list(given_order) == list("12345"))
