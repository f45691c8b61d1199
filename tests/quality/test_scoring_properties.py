"""What holds of every score, whatever the scorecard."""

import ast
import copy
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quality.scoring
from quality.scoring import compile_version, score, verify_receipt
from quality.scoring.numbers import rounded
from tests.quality.random_scorecards import (
    criteria_of,
    random_answers,
    random_card,
    random_facts,
)

CASES = settings(max_examples=80, deadline=None)
seeds = st.integers(0, 10**9).map(random.Random)


def make_case(rng, **fixed):
    version = random_card(rng, **fixed)
    return version, random_answers(rng, version), random_facts(rng)


def plain_case(rng, **fixed):
    """A case without triggers, conditions and negative points."""
    version, answers, _ = make_case(rng, **fixed)
    for top in version["sections"]:
        for home in (top, *top.get("sections", ())):
            home |= {"fail_below_percent": None, "fail_scope": None, "condition": None}
    for criterion in criteria_of(version):
        criterion |= {"fail_trigger": "none", "fail_scope": None, "condition": None}
        for option in criterion.get("options", ()):
            option["critical_scope"] = None
            option["points"] = str(abs(Decimal(option["points"])))
    return version, answers


@CASES
@given(seeds)
def test_a_score_lies_between_zero_and_the_cap(rng):
    version, answers, facts = make_case(rng)

    found = score(version, answers, facts)

    cap = compile_version(version).cap_percent
    highest = Decimal("Infinity") if cap is None else rounded(cap, version["decimals"])
    for percent in (found.score_percent, found.raw_percent, found.interaction_percent):
        assert percent is None or 0 <= percent <= highest


@CASES
@given(seeds)
def test_the_order_of_answers_and_options_never_matters(rng):
    version, answers, facts = make_case(rng)
    turned = copy.deepcopy(version)
    for criterion in criteria_of(turned):
        if criterion["kind"] != "number":
            criterion.get("options", []).reverse()
    shuffled = dict(rng.sample(list(answers.items()), len(answers)))

    assert score(turned, shuffled, facts).result() == score(version, answers, facts).result()


@CASES
@given(seeds)
def test_not_applicable_is_like_taking_the_criterion_out(rng):
    version, answers = plain_case(rng, na_policy="proportional")
    gone = rng.choice(list(criteria_of(version)))["key"]
    if not any(c["key"] == gone and c["kind"] != "label" for c in criteria_of(version)):
        return
    without = copy.deepcopy(version)
    for top in without["sections"]:
        for home in (top, *top.get("sections", ())):
            home["criteria"] = [c for c in home["criteria"] if c["key"] != gone]
    rest = {key: answer for key, answer in answers.items() if key != gone}

    assert (
        score(version, rest | {gone: {"na": True}}).score_percent
        == score(without, rest).score_percent
    )


@CASES
@given(seeds)
def test_excusing_is_like_not_applicable(rng):
    version, answers = plain_case(rng, na_policy="proportional")
    failed = [key for key, found in score(version, answers).criteria.items() if found.is_failed]
    excused = {key: answers[key] | {"fault_owner": "process"} for key in failed}
    not_applicable = {key: {"na": True} for key in failed}

    assert (
        score(version, answers | excused).score_percent
        == score(version, answers | not_applicable).score_percent
    )


@CASES
@given(seeds)
def test_a_better_answer_never_lowers_the_score(rng):
    version, answers = plain_case(rng)
    singles = [
        c
        for c in criteria_of(version)
        if c["kind"] == "single" and "option" in answers.get(c["key"], {})
    ]
    for criterion in singles:
        by_points = sorted(criterion["options"], key=lambda option: Decimal(option["points"]))
        percents = [
            score(version, answers | {criterion["key"]: {"option": option["key"]}}).score_percent
            for option in by_points
        ]
        assert percents == sorted(percents, key=lambda percent: percent or 0)


@CASES
@given(seeds)
def test_nobody_excused_means_one_score_for_all(rng):
    version, answers, facts = make_case(rng)
    for answer in answers.values():
        answer.pop("fault_owner", None)

    found = score(version, answers, facts)

    assert found.interaction_percent == found.score_percent


@CASES
@given(seeds)
def test_weights_total_one_hundred_and_contributions_the_sum(rng):
    found = score(*make_case(rng))
    steps = {step["rule"]: step for step in found.receipt.steps}
    weights = [Fraction(weight) for weight in steps["weights"]["criteria"].values()]

    assert not weights or sum(weights) == 100
    if steps["sum"]["percent"] is None:
        assert not weights
        assert found.score_percent in (None, 0)


@CASES
@given(seeds)
def test_every_receipt_verifies(rng):
    version, answers, facts = make_case(rng)
    found = score(version, answers, facts)

    request = {"scorecard": version, "answers": answers, "facts": facts}
    assert verify_receipt(request, found.as_dict()) is None


@CASES
@given(seeds)
def test_every_figure_is_an_exact_decimal(rng):
    version, answers, facts = make_case(rng)

    found = score(version, answers, facts)

    figures = [found, *found.sections.values(), *found.criteria.values()]
    for name in ("score_percent", "raw_percent", "percent", "weight_percent", "earned"):
        assert {type(getattr(part, name, None)) for part in figures} <= {Decimal, type(None)}


@pytest.mark.parametrize(
    "path", sorted(Path(quality.scoring.__file__).parent.glob("*.py")), ids=lambda path: path.name
)
def test_no_float_stands_in_the_code(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not (isinstance(node, ast.Name) and node.id == "float")
