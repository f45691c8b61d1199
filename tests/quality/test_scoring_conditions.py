"""When criteria show and hide, and which conditions are refused."""

import pytest

from quality.scoring import InvalidRequest, score
from tests.quality.scorecards import card, criterion, picks, section

NUMBER = {
    "key": "count",
    "kind": "number",
    "options": [{"key": "any", "points": 1, "range_from": 0, "range_to": 99}],
}
MULTI = criterion("topics", points={"bill": 1, "line": 1, "none": 0}, kind="multi")


def version(condition):
    asked = criterion("asked", 50, condition=condition)
    return card(section("s", criterion("hold", 50), NUMBER, MULTI, asked, criterion("later", 10)))


def is_shown(condition, answers=None, facts=None):
    found = score(version(condition), answers or {}, facts)
    return found.criteria["asked"].state != "hidden"


def leaf(name, operator, value):
    return {"fact" if name in ("channel", "hold_seconds") else "criterion": name} | {
        "op": operator,
        "value": value,
    }


VOICE = {"fact": "channel", "op": "eq", "value": "voice"}
CHAT = {"fact": "channel", "op": "eq", "value": "chat"}


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", 60, True),
        ("eq", "60.0", True),
        ("lt", 60, False),
        ("lte", 60, True),
        ("gt", "59.9", True),
        ("gte", 61, False),
        ("in", [1, 60], True),
        ("not_in", [1, 60], False),
    ],
)
def test_numbers_are_compared_exactly(operator, value, expected):
    assert is_shown(leaf("hold_seconds", operator, value), facts={"hold_seconds": 60}) is expected
    assert is_shown(leaf("count", operator, value), {"count": {"number": 60}}) is expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("in", ["bill"], True),
        ("in", ["none"], False),
        ("not_in", ["none"], True),
        ("not_in", ["line"], False),
        ("eq", "bill", False),
    ],
)
def test_several_picked_options_are_compared_as_a_set(operator, value, expected):
    answers = {"topics": {"options": ["line", "bill"]}}

    assert is_shown(leaf("topics", operator, value), answers) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"all": [VOICE, VOICE]}, True),
        ({"all": [VOICE, CHAT]}, False),
        ({"any": [CHAT, VOICE]}, True),
        ({"any": [CHAT, CHAT]}, False),
        ({"not": CHAT}, True),
        ({"not": {"any": [CHAT, {"not": CHAT}]}}, False),
    ],
)
def test_groups_join_their_parts(condition, expected):
    assert is_shown(condition, facts={"channel": "voice"}) is expected


@pytest.mark.parametrize("operator", ["in", "not_in", "eq"])
@pytest.mark.parametrize("answers", ["", "hold=-"])
def test_a_leaf_over_nothing_is_false(operator, answers):
    value = "yes" if operator == "eq" else ["yes"]

    assert not is_shown(leaf("hold", operator, value), picks(answers))
    assert is_shown({"not": leaf("hold", operator, value)}, picks(answers))


def test_na_asks_whether_a_criterion_did_not_apply():
    asked = {"criterion": "hold", "op": "na"}

    assert is_shown(asked, picks("hold=-"))
    assert not is_shown(asked, picks("hold=yes"))
    assert not is_shown(asked)


def test_what_hangs_on_a_hidden_answer_is_hidden_too():
    first = {"criterion": "hold", "op": "eq", "value": "yes"}
    second = {"criterion": "why", "op": "eq", "value": "yes"}
    chain = card(
        section(
            "s",
            criterion("hold", 10),
            criterion("why", 10, condition=first),
            criterion("who", 10, condition=second),
        )
    )

    found = score(chain, picks("hold=no why=yes who=yes"))

    assert [figures.state for figures in found.criteria.values()] == ["scored", "hidden", "hidden"]


def test_a_hidden_section_hides_all_that_it_holds():
    inner = section("inner", criterion("b", 10))
    outer = section("outer", criterion("a", 10), sections=[inner], condition=VOICE)

    found = score(card(outer), picks("a=yes b=yes"), {"channel": "chat"})

    assert found.receipt.steps[0] == {"rule": "visible", "hidden": ["a", "b"]}
    assert found.missing == ()


@pytest.mark.parametrize(("value", "expected"), [("gold", True), ("silver", False), (7, False)])
def test_custom_facts_are_texts_or_numbers(value, expected):
    asked = {"fact": "custom.plan", "op": "eq", "value": "gold"}

    assert is_shown(asked, facts={"custom.plan": value}) is expected


def test_a_custom_number_may_come_as_text():
    asked = {"fact": "signal.csat", "op": "lte", "value": 2}

    assert is_shown(asked, facts={"signal.csat": "1.50"})
    assert not is_shown(asked, facts={"signal.csat": "unknown"})


# --- Refused -------------------------------------------------------------------------------------


def code_of(condition):
    with pytest.raises(InvalidRequest) as caught:
        score(version(condition), {})
    (problem,) = caught.value.problems
    assert problem.path == "scorecard.sections[0].criteria[3].condition"
    return problem.code


@pytest.mark.parametrize(
    "condition",
    [
        "hold",
        {},
        {"all": []},
        {"all": [VOICE], "any": [VOICE]},
        {"all": VOICE},
        leaf("later", "eq", "yes"),
        leaf("asked", "eq", "yes"),
        leaf("missing", "eq", "yes"),
        leaf("hold", "eq", "maybe"),
        leaf("hold", "gt", "yes"),
        leaf("hold", "matches", "yes"),
        leaf("hold", "in", "yes"),
        leaf("hold", "in", []),
        leaf("channel", "gt", "voice"),
        {"fact": "mood", "op": "eq", "value": 1},
        {"fact": "custom.", "op": "eq", "value": 1},
        {"fact": "channel", "op": "na", "value": 1},
        {"fact": "channel", "op": "eq"},
    ],
)
def test_a_condition_that_means_nothing_is_refused(condition):
    assert code_of(condition) == "bad_condition"


def nested(levels):
    condition = VOICE
    for _ in range(levels):
        condition = {"not": condition}
    return condition


def test_conditions_nest_five_levels_deep():
    assert not is_shown(nested(5), facts={"channel": "voice"})
    assert code_of(nested(6)) == "too_deep"


def test_a_condition_has_fifty_tests():
    assert is_shown({"any": [VOICE] * 50}, facts={"channel": "voice"})
    assert code_of({"any": [VOICE] * 51}) == "too_large"
    assert code_of({"any": [{"all": [VOICE] * 26}] * 2}) == "too_large"
