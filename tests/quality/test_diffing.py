"""Differences of two versions: the golden file, one case per kind, and what makes none."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.diffing import diff, longest_ascending
from tests.quality.random_scorecards import random_card
from tests.quality.scorecards import card, criterion, section

GOLDEN = Path(__file__).parent / "example" / "diff.json"


def before():
    return card(
        section(
            "opening",
            criterion("greet", 40, text="Greets the customer"),
            criterion("verify", 30, critical_family="compliance"),
            title="Opening",
        ),
        section("solving", criterion("solve", 30), title="Solving"),
        pass_percent=80,
    )


def after():
    """Each kind of change once."""
    version = copy.deepcopy(before())
    opening, solving = version["sections"]
    version |= {"pass_percent": 85, "dispute_rounds": 1}
    greet = opening["criteria"][0]
    greet |= {"text": "Greets the customer by name", "weight": "35.5"}
    greet["options"][0]["points"] = 2
    opening["criteria"].pop(1)
    solving["criteria"].insert(0, opening["criteria"].pop(0))
    solving["criteria"].append(criterion("close", "34.5", fail_trigger="not_highest"))
    solving["criteria"][1]["condition"] = {"criterion": "greet", "op": "eq", "value": "yes"}
    return version


def kinds(old, new):
    return [(change.kind, change.item, change.key, change.field) for change in diff(old, new)]


def test_the_golden_file_tells_all_kinds_of_change():
    found = [change.as_dict() for change in diff(before(), after())]

    assert found == json.loads(GOLDEN.read_text())


def test_equal_versions_have_no_changes():
    assert diff(before(), before()) == []


def test_spelling_and_defaults_make_no_change():
    spelled = copy.deepcopy(before()) | {"cap_percent": "100.0", "na_policy": "proportional"}
    spelled["sections"][0]["criteria"][0] |= {"weight": "40.0000", "is_scored": True, "help": ""}
    spelled["sections"][0]["criteria"][0]["options"][0] |= {"tone": "neutral", "root_causes": []}

    assert diff(before(), spelled) == []
    assert diff(spelled, before()) == []


def test_no_cap_is_a_change_of_a_switch():
    (change,) = diff(before(), before() | {"cap_percent": None})

    assert (change.field, change.before, change.after) == ("cap_percent", "100", "none")


@pytest.mark.parametrize(
    ("field", "was", "now"), [("is_scored", True, False), ("is_bonus", None, True)]
)
def test_a_rule_tells_both_values(field, was, now):
    changed = copy.deepcopy(before())
    changed["sections"][0]["criteria"][0][field] = now

    (change,) = diff(before(), changed)

    assert (change.kind, change.field, change.before, change.after) == ("rule", field, was, now)


def test_one_move_in_a_long_list_is_one_change():
    version = card(section("s", *[criterion(f"c{n}") for n in range(10)]))
    turned = copy.deepcopy(version)
    rows = turned["sections"][0]["criteria"]
    rows.insert(0, rows.pop(7))

    assert kinds(version, turned) == [("moved", "criterion", "c7", "")]


def test_a_new_section_brings_its_criteria():
    wider = copy.deepcopy(before())
    wider["sections"].append(section("end", criterion("bye")))

    assert [change[:3] for change in kinds(before(), wider)] == [
        ("added", "section", "end"),
        ("added", "criterion", "bye"),
        ("added", "option", "bye/yes"),
        ("added", "option", "bye/no"),
    ]
    assert [change[0] for change in kinds(wider, before())] == ["removed"] * 4


def test_a_translation_is_a_rewording():
    translated = copy.deepcopy(before())
    translated["sections"][0]["texts"] = {"de": {"title": "Beginn"}}

    assert kinds(before(), translated) == [("reworded", "section", "opening", "texts")]


@pytest.mark.parametrize(
    ("ranks", "length"), [([], 0), ([1], 1), ([3, 1, 2], 2), ([9, 8, 7], 1), ([1, 2, 3], 3)]
)
def test_the_longest_ascending_run_is_kept(ranks, length):
    kept = longest_ascending(ranks)

    assert len(kept) == length
    assert [rank for rank in ranks if rank in kept] == sorted(kept)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.randoms(use_true_random=False))
def test_what_one_way_adds_the_other_way_removes(first, second):
    old, new = random_card(first), random_card(second)

    there = {c[1:3] for c in kinds(old, new) if c[0] == "added"}
    back = {c[1:3] for c in kinds(new, old) if c[0] == "removed"}

    assert there == back
    assert diff(old, old) == []
