"""Requests that cannot be scored: every problem has its path, a code and a sentence."""

import copy
import json
import random
from pathlib import Path

import pytest

from quality.scoring import InvalidRequest, parse_request, score
from tests.quality.scorecards import card, criterion, section

EXAMPLE = json.loads((Path(__file__).parent / "example" / "request.json").read_text())
CODES = {
    "bad_json",
    "duplicate_key",
    "unknown_field",
    "unknown_criterion",
    "unknown_option",
    "wrong_kind",
    "no_range",
    "not_a_number",
    "out_of_limits",
    "bad_condition",
    "too_deep",
    "too_large",
}


def problems(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(InvalidRequest) as caught:
        parse_request(raw)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def changed(change):
    """The printed example with one change."""
    request = copy.deepcopy(EXAMPLE)
    change(request)
    return request


def verify(request):
    """The critical criterion of the example."""
    return request["scorecard"]["sections"][0]["criteria"][1]


VERIFY = "scorecard.sections[0].criteria[1]"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\xff", "bad_json"),
        (b"[1,2", "bad_json"),
        (b'{"a":"\\ud800"}', "bad_json"),
        (b"[" * 100_000, "too_deep"),
        (b"[" * 100 + b"]" * 100, "too_deep"),
        (b'{"answers":1,"answers":2}', "duplicate_key"),
        (b" " * 300_000, "too_large"),
        (b"null", "wrong_kind"),
        (b"[]", "wrong_kind"),
        (b"{}", "wrong_kind"),
    ],
)
def test_a_body_that_is_no_request_is_refused(body, code):
    assert code in [found for _, found in problems(body)]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "true", '"x"'])
def test_what_is_no_number_is_named_with_its_path(value):
    body = json.dumps(changed(lambda request: verify(request)["options"][1].update(points="@")))

    found = problems(body.replace('"@"', value).encode())

    assert found == [(f"{VERIFY}.options[1].points", "not_a_number")]


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (lambda r: verify(r).update(colour="red"), f"{VERIFY}.colour", "unknown_field"),
        (lambda r: verify(r).update(key="greet"), f"{VERIFY}.key", "duplicate_key"),
        (lambda r: verify(r).update(key="no spaces"), f"{VERIFY}.key", "out_of_limits"),
        (lambda r: verify(r).update(weight=-1), f"{VERIFY}.weight", "out_of_limits"),
        (lambda r: verify(r).update(weight=1_000_001), f"{VERIFY}.weight", "out_of_limits"),
        (lambda r: verify(r).update(weight="0.00001"), f"{VERIFY}.weight", "out_of_limits"),
        (lambda r: verify(r).update(weight="1e5"), f"{VERIFY}.weight", "not_a_number"),
        (lambda r: verify(r).update(kind="slider"), f"{VERIFY}.kind", "out_of_limits"),
        (lambda r: verify(r).update(is_bonus=1), f"{VERIFY}.is_bonus", "wrong_kind"),
        (lambda r: verify(r).update(options="yes"), f"{VERIFY}.options", "wrong_kind"),
        (lambda r: r["scorecard"].update(decimals=5), "scorecard.decimals", "out_of_limits"),
        (lambda r: r["scorecard"].update(cap_percent=99), "scorecard.cap_percent", "out_of_limits"),
        (lambda r: r["scorecard"].pop("weight_mode"), "scorecard.weight_mode", "wrong_kind"),
        (
            lambda r: r["scorecard"].update(na_policy="fixed"),
            "scorecard.na_fixed_percent",
            "not_a_number",
        ),
        (lambda r: r["answers"].update(nobody={"na": True}), "answers.nobody", "unknown_criterion"),
        (lambda r: r["answers"].update(wow={"option": "maybe"}), "answers.wow", "unknown_option"),
        (lambda r: r["answers"].update(wow={"number": 1}), "answers.wow", "wrong_kind"),
        (lambda r: r["answers"].update(wow={"options": ["yes"]}), "answers.wow", "wrong_kind"),
        (lambda r: r["answers"].update(wow={}), "answers.wow", "wrong_kind"),
        (lambda r: r["answers"].update(wow=None), "answers.wow", "wrong_kind"),
        (
            lambda r: r["answers"]["hold"].update(fault_owner="boss"),
            "answers.hold.fault_owner",
            "out_of_limits",
        ),
        (lambda r: r["facts"].update(mood=1), "facts.mood", "unknown_field"),
        (lambda r: r["facts"].update(hold_seconds="long"), "facts.hold_seconds", "not_a_number"),
        (lambda r: r["facts"].update(channel=""), "facts.channel", "wrong_kind"),
        (lambda r: r.update(extra=1), "extra", "unknown_field"),
    ],
)
def test_each_fault_is_named_with_its_path(change, path, code):
    assert (path, code) in problems(changed(change))


@pytest.mark.parametrize("value", ["1e999999999999", "9" * 5_000, "1e-50"])
def test_numbers_beyond_all_bounds_are_refused_quickly(value):
    body = json.dumps(changed(lambda request: verify(request)["options"][1].update(points="@")))

    found = problems(body.replace('"@"', value).encode())

    assert found == [(f"{VERIFY}.options[1].points", "out_of_limits")]


def test_all_problems_are_named_at_once():
    def spoil(request):
        verify(request)["weight"] = "heavy"
        request["answers"]["wow"] = {"option": "maybe"}

    assert problems(changed(spoil)) == [
        (f"{VERIFY}.weight", "not_a_number"),
        ("answers.wow", "unknown_option"),
    ]


def test_a_number_without_a_range_is_named():
    ranges = [{"key": "few", "points": 1, "range_from": 0, "range_to": 10}]
    version = card(section("s", {"key": "a", "kind": "number", "options": ranges}))

    with pytest.raises(InvalidRequest, match=r"No range covers 11\."):
        score(version, {"a": {"number": 11}})
    with pytest.raises(InvalidRequest, match=r"Give a whole number\."):
        score(version, {"a": {"number": "1.5"}})


# --- Limits --------------------------------------------------------------------------------------


def codes(version):
    with pytest.raises(InvalidRequest) as caught:
        score(version, {})
    return {problem.code for problem in caught.value.problems}


def test_a_version_has_200_criteria_and_100_sections():
    fits = card(
        *[section(f"s{s}", *[criterion(f"c{s}.{c}") for c in range(2)]) for s in range(100)]
    )

    assert score(fits, {}).outcome == "not_scored"

    fits["sections"][0]["criteria"].append(criterion("more"))
    assert codes(fits) == {"too_large"}
    assert codes(card(*[section(f"s{s}") for s in range(101)])) == {"too_large"}


def test_subsections_count_as_sections():
    inner = [section(f"i{s}") for s in range(100)]

    assert codes(card(section("s", sections=inner))) == {"too_large"}


def test_there_is_one_level_of_subsections():
    deep = section("a", sections=[section("b", sections=[section("c")])])

    assert codes(card(deep)) == {"too_deep"}


def test_a_criterion_has_50_options():
    many = {f"o{n}": n for n in range(51)}

    assert codes(card(section("s", criterion("a", points=many)))) == {"too_large"}


def test_floats_are_refused():
    assert codes(card(section("s", criterion("a", weight=0.1)))) == {"not_a_number"}


# --- Nothing breaks it ---------------------------------------------------------------------------

STRANGE = [None, True, -1, 10**30, "", "x" * 5000, "\u0000", [], {}, [[]], {"a": {}}, "1e9", 0.5]


def spoiled(rng):
    """The printed example with a few values replaced by strange ones."""
    request = copy.deepcopy(EXAMPLE)
    for _ in range(rng.randint(1, 3)):
        places = list(containers(request))
        holder = rng.choice(places)
        name = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[name] = copy.deepcopy(rng.choice(STRANGE))
    return json.dumps(request).encode()


def containers(value):
    if isinstance(value, dict | list) and value:
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)


def test_spoiled_requests_are_scored_or_refused_and_never_break():
    rng = random.Random(5)

    for _ in range(1_000):
        body = spoiled(rng)
        try:
            parse_request(body).score().as_json()
        except InvalidRequest as refused:
            assert {problem.code for problem in refused.problems} <= CODES
            assert all(problem.message for problem in refused.problems)
            json.dumps(refused.as_dict(), ensure_ascii=False).encode()


def test_cut_requests_are_refused():
    body = json.dumps(EXAMPLE).encode()

    for end in range(0, len(body), 37):
        assert problems(body[:end])[0][1] == "bad_json"
