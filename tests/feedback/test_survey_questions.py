"""What each kind of question found, from its counts; the examples of survey-figures.md."""

import pytest

from feedback.questionnaire import Option, Question
from feedback.survey_questions import found_of

A, B, C = (Option(code, words={"en": code.upper()}) for code in "abc")


def found(question, counts, answered, k=1):
    return dict(found_of(question, counts, answered, "en", k))


def test_choices_have_their_share_and_interval():
    shown = found(Question("q", "single", options=(A, B)), {"a": 41, "b": 9}, 50)

    assert shown == {
        "A": "82.0 % (69.2 to 90.2; 41 of 50)",
        "B": "18.0 % (9.8 to 30.8; 9 of 50)",
    }


def test_several_choices_are_shares_of_those_who_answered():
    shown = found(Question("q", "multi", options=(A, B)), {"a": 4, "b": 3}, 4)

    assert shown == {"A": "100.0 % (4 of 4)", "B": "75.0 % (3 of 4)"}


def test_a_matrix_is_told_row_by_row():
    question = Question("q", "matrix", options=(A, B), rows=(C,))

    assert found(question, {"c.a": 3, "c.b": 1}, 4) == {
        "C: A": "75.0 % (3 of 4)",
        "C: B": "25.0 % (1 of 4)",
    }


def test_a_ranking_has_mean_ranks_the_best_first():
    question = Question("q", "ranking", options=(A, B))
    counts = {"a.1": 1, "a.2": 3, "b.1": 3, "b.2": 1}

    assert found_of(question, counts, 4, "en") == [
        ("B", "mean rank 1.3; in the first place 75.0 % (3 of 4)"),
        ("A", "mean rank 1.8; in the first place 25.0 % (1 of 4)"),
    ]


def test_a_scale_has_mean_interval_and_each_value():
    question = Question("q", "rating", scale_min=1, scale_max=3)

    shown = found(question, {"1": 1, "2": 2, "3": 3, "~answered": 6}, 6)

    assert shown["Mean"] == "2.3 (1.5 to 3.0)"
    assert shown["3"] == "50.0 % (18.8 to 81.2; 3 of 6)"


@pytest.mark.parametrize(
    ("counts", "median"),
    [({"1": 1, "10": 1}, "5.5"), ({"-2": 2, "7.5": 1}, "−2.0"), ({"3": 4}, "3.0")],
)
def test_numbers_have_mean_and_median(counts, median):
    question = Question("q", "text", text_kind="number")

    assert found(question, counts, sum(counts.values()))["Median"] == median


def test_small_parts_are_hidden_with_one_more():
    shown = found(Question("q", "single", options=(A, B, C)), {"a": 12, "b": 3, "c": 20}, 35, k=5)

    assert (shown["A"], shown["B"]) == ("too few", "too few")
    assert shown["C"].startswith("57.1 %")


def test_words_and_empty_questions_have_no_figure():
    assert found(Question("q", "text"), {"~answered": 3}, 3) == {}
    assert found(Question("q", "single", options=(A,)), {}, 0) == {}
    assert found(Question("q", "text", text_kind="number"), {"4": 2}, 2, k=5) == {}
