import pytest

from crm import policy_rules as rules

CASE = {
    "priority": "high",
    "kind": "complaint",
    "channel": "email",
    "queue": 7,
    "team": None,
    "tag": ["Gold", "silver"],
    "organization": [],
}


def rule(field, operator, value=None):
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        (rule("priority", "is", "high"), True),
        (rule("priority", "is_not", "high"), False),
        (rule("priority", "at_least", "normal"), True),
        (rule("priority", "at_least", "urgent"), False),
        (rule("priority", "at_most", "high"), True),
        (rule("kind", "in", ["question", "complaint"]), True),
        (rule("queue", "is", "7"), True),
        (rule("queue", "is", 8), False),
        (rule("team", "empty"), True),
        (rule("team", "not_empty"), False),
        (rule("team", "is_not", 3), True),
        (rule("language", "is", "de"), False),
        (rule("tag", "is", "gold"), True),
        (rule("tag", "is_not", "gold"), False),
        (rule("tag", "in", ["x", "Silver"]), True),
        (rule("organization", "empty"), True),
        (rule("vip", "is", "yes"), False),
    ],
)
def test_one_rule(told, fits):
    assert (rules.read({"all": [told]}).failing(CASE) == ()) is fits


def test_words_of_the_subject_count_without_case():
    conditions = rules.read({"all": [rule("subject", "contains", "REFUND")]})

    assert conditions.failing({"subject": "A refund, please"}) == ()


def test_all_must_hold_and_one_of_any():
    conditions = rules.read(
        {
            "all": [rule("priority", "is", "high")],
            "any": [rule("kind", "is", "question"), rule("channel", "is", "email")],
        }
    )

    assert conditions.failing(CASE) == ()
    assert conditions.failing(CASE | {"channel": "voice"}) == conditions.some
    assert conditions.failing(CASE | {"priority": "low"}) == conditions.every


def test_no_conditions_fit_everything():
    assert rules.read({}).failing({}) == ()


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        ({"none": []}, "no part"),
        ({"all": "x"}, "list of rules"),
        ({"all": [{"field": "user__password", "operator": "is", "value": "x"}]}, "no field"),
        ({"all": [rule("kind", "at_least", "x")]}, "can be asked with"),
        ({"all": [rule("kind", "is", "")]}, "choose a value"),
        ({"all": [rule("kind", "in", [])]}, "choose a value"),
        ({"all": [rule("kind", "is", {"a": 1})]}, "cannot be used"),
        ({"all": [rule("priority", "is", "huge")]}, "Priority is one of"),
        ({"all": [rule("kind", "is", "x")] * 21}, "at most 20"),
        ({"all": ["x"]}, "A rule has"),
    ],
)
def test_conditions_that_cannot_be_are_refused(stored, sentence):
    with pytest.raises(rules.BadConditions, match=sentence):
        rules.read(stored)


def test_a_rule_in_words():
    (told,) = rules.read({"all": [rule("queue", "in", [7, 8])]}).every

    assert told.in_words({"queue": {"7": "Billing"}}) == "Queue is one of Billing or 8"


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        (rule("custom.amount", "at_least", "9.5"), True),
        (rule("custom.amount", "at_most", "9.5"), False),
        (rule("custom.due", "at_most", "2026-03-16"), True),
        (rule("custom.due", "at_least", "2026-03-16"), False),
        (rule("customer.tier", "is", "gold"), True),
        (rule("customer.tier", "in", ["silver", "gold"]), True),
        (rule("customer.kinds", "is", "b"), True),
        (rule("custom.none", "empty"), True),
        (rule("custom.none", "at_least", "1"), False),
        (rule("custom.note", "contains", "LATE"), True),
        (rule("segment", "is", "4"), True),
        (rule("segment", "is_not", 4), False),
    ],
)
def test_own_fields_and_segments(told, fits):
    facts = {
        "custom.amount": "10.00",
        "custom.due": "2026-02-28",
        "custom.note": "Much too late",
        "customer.tier": "gold",
        "customer.kinds": ["a", "b"],
        "segment": [4],
    }

    assert (rules.read({"all": [told]}).failing(facts) == ()) is fits


def test_own_fields_are_told_by_their_label():
    [told] = rules.read({"all": [rule("custom.amount", "at_least", "9.5")]}).every

    assert told.in_words({}) == "Case’s amount is at least 9.5"
    assert told.in_words({"labels": {"custom.amount": "Amount"}}) == "Amount is at least 9.5"
