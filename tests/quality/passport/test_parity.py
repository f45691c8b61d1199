"""Parity: results of the old system against the imported version."""

import pytest

from quality.passport import parity
from quality.scoring import InvalidRequest, score
from tests.quality.worlds import DOCUMENT

CARD = {**DOCUMENT, "name": "Calls"}
SOLVED = ("full", "part", "none")


def result(number, **changes):
    """What the old system told of one call; right, until something is changed."""
    answers = {
        "greet": {"option": "yes" if number % 3 else "no"},
        "verify": {"option": "yes"},
        "solve": {"option": SOLVED[number % 3]},
    }
    found = score(CARD, answers)
    criteria = {
        key: None if figures.percent is None else str(figures.percent)
        for key, figures in found.criteria.items()
    }
    told = {"id": f"r{number}", "form": "Calls", "score_percent": str(found.score_percent)}
    return {**told, "answers": answers, "criteria": criteria, **changes}


def test_two_planted_errors_among_fifty_are_found():
    results = [result(number) for number in range(50)]
    results[7]["criteria"] = results[7]["criteria"] | {"solve": "11.00"}
    results[31]["score_percent"] = "12.34"

    rows = parity.compare(CARD, {"results": results})

    assert parity.counts(rows) == {"equal": 48, "different": 2, "not_comparable": 0}
    assert [(row.id, row.first_difference) for row in rows if row.outcome == "different"] == [
        ("r7", "solve"),
        ("r31", "the score"),
    ]


@pytest.mark.parametrize(("shift", "outcome"), [("0.01", "equal"), ("0.0101", "different")])
def test_a_hundredth_of_a_point_is_equal(shift, outcome):
    told = result(1)
    told["score_percent"] = f"{float(told['score_percent']) + float(shift):.4f}"

    assert parity.compare(CARD, {"results": [told]})[0].outcome == outcome


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"form": "Chats"}, "It was made with the form “Chats”."),
        ({"answers": {"other": {"option": "yes"}}}, "answers.other"),
        ({"score_percent": None}, "score_percent"),
        ({"score_percent": "much"}, "score_percent"),
        ({"answers": {}}, "Nothing that counts was answered."),
    ],
)
def test_result_that_cannot_be_compared_says_why(changes, reason):
    row = parity.compare(CARD, {"results": [result(1, **changes)]})[0]

    assert row.outcome == "not_comparable"
    assert reason in row.reason


@pytest.mark.parametrize("data", [None, [], {}, {"results": 7}, {"results": [], "more": 1}])
def test_list_that_is_none_is_refused(data):
    with pytest.raises(InvalidRequest):
        parity.compare(CARD, data)


def test_item_that_is_no_object_is_not_comparable():
    assert parity.compare(CARD, {"results": [7]})[0].outcome == "not_comparable"
