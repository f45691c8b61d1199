"""The truth table of conditions, paths, publish checks, and 10,000 random surveys."""

from copy import deepcopy
from random import Random

import pytest
from django.http import QueryDict

from feedback import answering, building, logic, survey_checks
from feedback.answering import Tampered
from feedback.questionnaire import KINDS, Question, read
from feedback.survey_templates import TEMPLATES
from lib.refusals import Invalid


def holds(op, value=None, answers=None):
    return logic.holds({"of": "q", "op": op, "value": value}, answers or {})


@pytest.mark.parametrize(
    ("op", "wanted", "answer", "is_true"),
    [
        ("eq", 0, 0, True),
        ("lt", 7, 0, True),
        ("answered", None, 0, True),
        ("in", [], 0, False),
        ("ne", 3, None, False),
        ("none_of", ["a"], None, False),
        ("not_contains_text", "x", None, False),
        ("not_answered", None, None, True),
        ("not_answered", None, 0, False),
        ("ne", 3, 4, True),
        ("lte", 4, 4, True),
        ("gt", 4, 4, False),
        ("gte", 4, "4.0", True),
        ("between", [0, 6], 6, True),
        ("between", [0, 6], 7, False),
        ("between", "x", 7, False),
        ("in", ["a", "b"], "B ", True),
        ("not_in", ["a"], "b", True),
        ("any_of", ["a", "c"], ["b", "c"], True),
        ("all_of", ["a", "c"], ["c"], False),
        ("all_of", ["a", "c"], ["c", "a"], True),
        ("none_of", ["a"], ["b"], True),
        ("contains_text", "late", "Too LATE!", True),
        ("not_contains_text", "late", "fine", True),
        ("lt", 7, "seven", False),
    ],
)
def test_operators(op, wanted, answer, is_true):
    assert holds(op, wanted, {"q": answer}) is is_true


def test_groups_nest_three_deep_and_no_deeper():
    leaf = {"of": "q", "op": "eq", "value": 1}
    three = {"all": [{"any": [{"all": [leaf]}]}]}

    assert logic.fault_of(three) == ""
    assert logic.holds(three, {"q": 1})
    assert "deep" in logic.fault_of({"all": [three]})
    assert logic.fault_of({"of": "q", "op": "explode"})
    assert logic.fault_of("x")
    assert logic.fault_of({"all": []})
    assert logic.fault_of({"op": "eq"})
    assert logic.sentence(three) == "q is 1"
    assert logic.sentence({"of": "q", "op": "between", "value": [0, 6]}) == "q is between 0 and 6"


def survey(rules, variables=()):
    sections = [
        {
            "code": code,
            "words": {"en": code},
            "questions": [
                {
                    "code": f"q{number}",
                    "kind": "nps" if number == 1 else "csat",
                    "words": {"en": "?"},
                }
            ],
            "rules": rules if number == 1 else [],
        }
        for number, code in enumerate(("one", "two", "three"), 1)
    ]
    endings = [
        {"code": "thanks", "words": {"en": "Thanks"}},
        {"code": "sorry", "words": {"en": "Sorry"}},
    ]
    return read(
        {
            "languages": ["en"],
            "sections": sections,
            "endings": endings,
            "variables": list(variables),
            "title": {"en": "T"},
        }
    )


def test_the_first_true_jump_wins_and_leads_forward_only():
    rules = [
        {"when": {"of": "q1", "op": "lte", "value": 6}, "jump": "sorry"},
        {"when": {"of": "q1", "op": "gte", "value": 0}, "jump": "three"},
    ]

    assert logic.path(survey(rules), {"q1": 3}).ending == "sorry"
    assert logic.path(survey(rules), {"q1": 9}).sections == ["one", "three"]
    backwards = [{"when": {"of": "q1", "op": "answered"}, "jump": "one"}]
    assert logic.path(survey(backwards), {"q1": 9}).sections == ["one", "two", "three"]


def test_rules_require_and_set():
    rules = [
        {"when": {"of": "q1", "op": "answered"}, "require": "q2"},
        {"when": {"of": "q1", "op": "answered"}, "set": "v", "how": "mean", "of": ["q1", "q9"]},
        {"when": {"of": "v", "op": "eq", "value": 9}, "jump": "three"},
    ]

    path = logic.path(survey(rules, ["v"]), {"q1": 9})

    assert path.required == {"q2"}
    assert path.variables == {"v": 9}
    assert path.sections == ["one", "three"]


@pytest.mark.parametrize(("how", "value"), [("sum", 9), ("count", 1), ("constant", "x")])
def test_variables_are_computed(how, value):
    rule = {
        "when": {"of": "q1", "op": "answered"},
        "set": "v",
        "how": how,
        "of": ["q1"],
        "value": "x",
    }

    assert logic.path(survey([rule], ["v"]), {"q1": 9}).variables == {"v": value}


def random_condition(rng, deep=1):
    if deep < 3 and rng.random() < 0.3:
        parts = [random_condition(rng, deep + 1) for _ in range(rng.randrange(1, 4))]
        return {rng.choice(["all", "any"]): parts}
    value = rng.choice([0, 7, "a", ["a", "b"], [0, 6], None])
    return {
        "of": rng.choice(["q1", "q2", "q9", "v"]),
        "op": rng.choice(list(logic.OPERATORS)),
        "value": value,
    }


def test_ten_thousand_random_surveys_always_end():
    rng = Random(4)
    for _ in range(10_000):
        rules = [
            {
                "when": random_condition(rng),
                "jump": rng.choice(["one", "three", "sorry", "nowhere"]),
            },
            {
                "when": random_condition(rng),
                "set": "v",
                "how": rng.choice(["sum", "mean", "count"]),
                "of": ["q1"],
            },
        ]
        answers = {"q1": rng.choice([None, 0, 9, "a", ["a"]]), "q2": rng.choice([None, 3])}

        assert logic.path(survey(rules), answers).ending in ("thanks", "sorry")


# --- Publish checks ------------------------------------------------------------------------------


def content(**changes):
    return deepcopy(TEMPLATES["csat"].content) | changes


def checks_of(document, **options):
    return {found.check for found in survey_checks.findings(read(document), **options)}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_may_be_published(name):
    is_anonymous = TEMPLATES[name].kind == "pulse"

    assert survey_checks.findings(read(TEMPLATES[name].content), is_anonymous=is_anonymous) == []


def changed(change):
    document = content()
    change(document["sections"][0], document)
    return document


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("key", lambda s, d: s["questions"].reverse()),
        ("key", lambda s, d: s["questions"].pop(0)),
        ("reach", lambda s, d: d["endings"].append({"code": "sorry", "words": d["title"]})),
        (
            "logic",
            lambda s, d: s["rules"].append({"when": {"of": "csat", "op": "answered"}, "jump": "x"}),
        ),
        (
            "logic",
            lambda s, d: s["rules"].append(
                {"when": {"of": "later", "op": "answered"}, "jump": "thanks"}
            ),
        ),
        (
            "logic",
            lambda s, d: s["rules"].append({"when": {"of": "csat", "op": "?"}, "jump": "thanks"}),
        ),
        (
            "logic",
            lambda s, d: s["rules"].append({"when": {"of": "csat", "op": "answered"}, "set": "v"}),
        ),
        (
            "logic",
            lambda s, d: s["rules"].append(
                {"when": {"of": "csat", "op": "answered"}, "require": "v"}
            ),
        ),
        ("wordings", lambda s, d: s["questions"][0]["words"].pop("es")),
        ("question", lambda s, d: s["questions"][0].update(satisfied=[9])),
        ("question", lambda s, d: s["questions"][1]["options"].clear()),
        ("contrast", lambda s, d: d.update(theme={"accent": "#777777"})),
        ("contrast", lambda s, d: d.update(theme={"accent": "red"})),
        (
            "names",
            lambda s, d: (
                s["questions"][0]["help"].update(en="{who}")
                if "help" in s["questions"][0]
                else s["questions"][0].update(help={"en": "{who}", "es": "x"})
            ),
        ),
        ("names", lambda s, d: d["endings"][0]["text"].update(en="{who}")),
        ("codes", lambda s, d: s["questions"][1].update(code="csat")),
        ("endings", lambda s, d: d["endings"].clear()),
        ("empty", lambda s, d: d["sections"].append({"code": "two", "questions": []})),
        (
            "weight",
            lambda s, d: s["questions"][1]["options"].extend(
                {"code": f"o{n}", "words": d["title"]} for n in range(220)
            ),
        ),
    ],
)
def test_each_fault_is_found(check, change):
    assert check in checks_of(changed(change))


def test_anonymous_surveys_ask_nobody_who_they_are():
    document = changed(
        lambda s, d: s["questions"].append({"code": "who", "kind": "contact", "words": d["title"]})
    )

    assert "anonymous" in checks_of(document, is_anonymous=True)
    assert checks_of(document) == set()
    assert "topic" in checks_of(document, topic="")


# --- Building ------------------------------------------------------------------------------------


def test_every_kind_can_be_added_moved_copied_and_deleted():
    document = content()
    for kind in KINDS:
        document, code = building.add_question(document, "main", kind)
        document, copy = building.duplicate_question(document, code)
        document = building.move(document, copy, -1)
        document = building.delete_question(document, copy)

    assert len(read(document).questions) == len(KINDS) + 4
    document, section = building.add_section(document, "main")
    document = building.move(document, code, 1)
    assert read(document).section(section).questions[0].code == code
    document = building.delete_section(document, section)
    with pytest.raises(Invalid):
        building.delete_section(document, "main")


def test_a_renamed_question_is_followed_by_its_rules():
    document = content()
    document["sections"][0]["rules"] = [
        {"when": {"of": "csat", "op": "answered"}, "jump": "thanks"}
    ]

    made = building.change_question(document, "csat", {"code": "rating"})

    assert made["sections"][0]["rules"][0]["when"]["of"] == "rating"
    with pytest.raises(Invalid):
        building.change_question(document, "csat", {"code": "driver"})


def test_texts_are_translated_side_by_side():
    made = building.translate(content(), "es", {"csat": "¿Qué tal?", "csat.low": "Mal"})

    assert read(made).questions["csat"].words["es"] == "¿Qué tal?"
    assert read(made).language("es-MX") == "es"
    assert read(made).language("fr", "") == "en"


@pytest.mark.parametrize("pattern", ["(a+)+$", "x" * 201, "(", "(a|b*)*"])
def test_patterns_that_never_end_are_refused(pattern):
    assert answering.rule_fault({"kind": "regex", "value": pattern})


# --- Judging one answer --------------------------------------------------------------------------


def given(kind, body, **fields):
    document = {
        "code": "q",
        "kind": kind,
        "options": [{"code": "a"}, {"code": "b", "kind": "other"}, {"code": "c", "kind": "none"}],
        "rows": [{"code": "r"}],
    } | fields
    question = read({"sections": [{"code": "s", "questions": [document]}]}).questions["q"]
    return question, answering.read_answer(question, QueryDict(body))


def judged(kind, body, *, required=False, **fields):
    question, answer = given(kind, body, **fields)
    return answering.fault_of(question, answer, is_required=required, language="en")


@pytest.mark.parametrize(
    ("kind", "body", "fields", "is_fine"),
    [
        ("csat", "q-q=4", {}, True),
        ("csat", "", {"allows_na": True}, True),
        ("rating", "q-q=10", {"scale_max": 10}, True),
        ("ces", "q-q=7", {}, True),
        ("multi", "q-q=a&q-q=c", {}, False),
        ("multi", "q-q=a", {}, True),
        ("single", "q-q=b", {}, False),
        ("single", "q-q=b&q-q-other=x", {}, True),
        ("single", "q-q=b&q-q-other=" + "x" * 201, {}, False),
        ("ranking", "q-q-a=1&q-q-b=1", {}, False),
        ("ranking", "q-q-a=1&q-q-b=2", {}, True),
        ("matrix", "q-q-r=a", {"required": True}, True),
        ("matrix", "", {"required": True}, False),
        ("text", "q-q=a@b.c", {"text_kind": "email"}, True),
        ("text", "q-q=a@b", {"text_kind": "email"}, False),
        ("text", "q-q=https://a.example", {"text_kind": "url"}, True),
        ("text", "q-q=javascript:x", {"text_kind": "url"}, False),
        ("text", "q-q=%2B1 212 555 0147", {"text_kind": "phone"}, True),
        ("text", "q-q=call me", {"text_kind": "phone"}, False),
        ("text", "q-q=3,5", {"text_kind": "number"}, True),
        ("text", "q-q=NaN", {"text_kind": "number"}, False),
        ("text", "q-q=" + "x" * 501, {}, False),
        ("text", "q-q=" + "x" * 5000, {"text_kind": "long"}, True),
        ("date", "q-q=2026-02-30", {}, False),
        ("date", "q-q=2026-02-28", {}, True),
        ("contact", "q-q-email=nobody", {}, False),
        ("contact", "q-q-email=a@b.c&q-q-name=A", {}, True),
        ("text", "q-q=abc", {"validation": {"rules": [{"kind": "min_length", "value": 4}]}}, False),
        ("text", "q-q=abc", {"validation": {"rules": [{"kind": "max_length", "value": 3}]}}, True),
        ("text", "q-q=abc", {"validation": {"rules": [{"kind": "regex", "value": "^b"}]}}, False),
        ("text", "q-q=abc", {"validation": {"rules": [{"kind": "contains", "value": "B"}]}}, True),
        (
            "text",
            "q-q=abc",
            {"validation": {"rules": [{"kind": "not_contains", "value": "B"}]}},
            False,
        ),
        (
            "text",
            "q-q=5",
            {"text_kind": "number", "validation": {"rules": [{"kind": "min", "value": 6}]}},
            False,
        ),
        (
            "text",
            "q-q=5",
            {"text_kind": "number", "validation": {"rules": [{"kind": "max", "value": 6}]}},
            True,
        ),
        ("multi", "q-q=a", {"validation": {"rules": [{"kind": "min_choices", "value": 2}]}}, False),
        ("multi", "q-q=a", {"validation": {"rules": [{"kind": "max_choices", "value": 1}]}}, True),
        (
            "date",
            "q-q=2026-02-28",
            {"validation": {"rules": [{"kind": "min_date", "value": "2026-03-01"}]}},
            False,
        ),
        (
            "date",
            "q-q=2026-02-28",
            {"validation": {"rules": [{"kind": "max_date", "value": "2026-03-01"}]}},
            True,
        ),
        (
            "text",
            "q-q=abc",
            {
                "validation": {
                    "join": "any",
                    "rules": [
                        {"kind": "min_length", "value": 9},
                        {"kind": "contains", "value": "a"},
                    ],
                }
            },
            True,
        ),
        (
            "text",
            "q-q=abc",
            {
                "validation": {
                    "join": "any",
                    "rules": [
                        {"kind": "min_length", "value": 9},
                        {"kind": "contains", "value": "z"},
                    ],
                }
            },
            False,
        ),
    ],
)
def test_answers_are_judged(kind, body, fields, is_fine):
    assert (judged(kind, body, **fields) == "") is is_fine


def test_a_required_answer_is_asked_for_in_its_own_words():
    rules = {"rules": [{"kind": "min_length", "value": 9}], "message": {"en": "Write more."}}

    assert judged("text", "q-q=x", validation=rules) == "Write more."
    assert judged("consent", "", required=True) == "Tick the box to go on."
    assert judged("csat", "", required=True) == "Answer this question."


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("csat", "q-q=6"),
        ("multi", "q-q=z"),
        ("matrix", "q-q-r=z"),
        ("ranking", "q-q-a=9"),
        ("csat", "q-q=٣"),
    ],
)
def test_what_the_page_never_offers_is_a_forgery(kind, body):
    with pytest.raises(Tampered):
        given(kind, body)


def test_every_field_name_is_known():
    with pytest.raises(Tampered):
        answering.check_names([Question("a", "csat")], ["q-b"])
    answering.check_names([Question("a", "contact")], ["q-a-email", "f", "go"])
