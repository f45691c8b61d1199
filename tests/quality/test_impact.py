"""The impact of a draft: vector V55 of docs/algorithms/impact.md, and what stops mattering."""

import pytest

from quality.impact import Case, as_data, compare
from quality.scoring import compile_version

OPTIONS = [{"key": "ten", "points": 10}, {"key": "five", "points": 5}, {"key": "nil", "points": 0}]
WORDS = {10: "ten", 5: "five", 0: "nil"}


def card(*weights, options=OPTIONS, **switches):
    criteria = [
        {"key": key, "weight": weight, "options": options}
        for key, weight in zip("abcd", weights, strict=False)
    ]
    document = {
        "weight_mode": "criterion_percent",
        "pass_percent": 75,
        "sections": [{"key": "s", "criteria": criteria}],
        **switches,
    }
    return compile_version(document)


def case(number, *points, agent=1):
    answers = {
        key: {"na": True} if p is None else {"option": WORDS[p]}
        for key, p in zip("abcd", points, strict=False)
    }
    return Case(number, agent, answers, {})


V55 = [
    case(1, 10, 5, 5, 0),
    case(2, 10, 10, 10, 0),
    case(3, 0, 10, 10, 10),
    case(4, 10, 10, 5, None),
]


def test_v55_before_and_after():
    before, after = card(40, 20, 20, 20), card(25, 25, 25, 25)

    found = compare(before, after, V55)
    data = as_data(found, after)

    assert [str(pair.before.score_percent) for pair in found.pairs] == [
        "60.00",
        "80.00",
        "60.00",
        "87.50",
    ]
    assert [str(pair.after.score_percent) for pair in found.pairs] == [
        "50.00",
        "75.00",
        "75.00",
        "83.33",
    ]
    assert (data["before"]["passed"], data["after"]["passed"]) == (2, 3)
    assert [flip["id"] for flip in data["flips"]] == [3]
    assert data["is_too_few"]
    assert data["histogram"] == [[-10, 1], [-5, 2], [0, 0], [5, 0], [10, 0], [15, 1]]


def test_removed_option_is_refused_and_counted():
    before = card(40, 20, 20, 20)
    after = card(40, 20, 20, 20, options=OPTIONS[:2])

    data = as_data(compare(before, after, V55), after)

    assert (data["n"], data["refused"]) == (1, 3)
    assert data["reasons"][0][0] == "d has no option nil."


def test_new_criterion_counts_as_unanswered_and_a_removed_one_drops_out():
    before, more, fewer = card(50, 50), card(40, 30, 30), card(100)
    cases = [case(1, 10, 0)]

    assert str(compare(before, more, cases).pairs[0].after.score_percent) == "57.14"
    assert str(compare(before, fewer, cases).pairs[0].after.score_percent) == "100.00"


@pytest.mark.parametrize(
    ("weights", "third", "idle"),
    [((45, 45, 10), 10, ["c"]), ((50, 50, 0), 0, ["c"]), ((40, 30, 30), None, [])],
    ids=["one option", "no weight", "it matters"],
)
def test_criteria_that_stop_mattering(weights, third, idle):
    before = after = card(*weights)
    cases = [
        case(n, (10, 0)[n % 2], (0, 10)[n % 3 == 0], (0, 5)[n % 2] if third is None else third)
        for n in range(40)
    ]

    data = as_data(compare(before, after, cases), after)

    assert [one["key"] for one in data["idle"]] == idle


def test_agents_flip_only_with_five_evaluations():
    before, after = card(40, 20, 20, 20), card(25, 25, 25, 25)
    cases = [case(n, 0, 10, 10, 10, agent=1) for n in range(5)]
    cases += [case(10 + n, 0, 10, 10, 10, agent=2) for n in range(4)]

    data = as_data(compare(before, after, cases), after)

    assert data["agents"] == [{"agent_id": 1, "n": 5, "before": "60.00", "after": "75.00"}]
