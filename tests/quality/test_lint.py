"""One fixture per code: what raises it, and the same scorecard mended."""

import copy

import pytest

from quality.lint import apply_fix, lint
from tests.quality.scorecards import card, criterion, section


def good():
    """A version without findings: weights 40/30/30, bands, a pass mark, one critical criterion."""
    verify = criterion("verify", 30, critical_family="compliance", fail_trigger="option")
    verify["options"][1]["critical_scope"] = "evaluation"
    return card(
        section("opening", criterion("greet", 40), verify),
        section("solving", criterion("solve", 30)),
        pass_percent=80,
        bands=[{"label": "Low", "from_percent": 0}, {"label": "High", "from_percent": 80}],
    )


def codes(version, previous=()):
    return [finding.code for finding in lint(version, previous)]


def opening(version):
    return version["sections"][0]


def greet(version):
    return opening(version)["criteria"][0]


def verify(version):
    return opening(version)["criteria"][1]


def make_bonus(criterion, version):
    """A critical bonus; the others take over its weight."""
    criterion.update(is_bonus=True, critical_family="business")
    verify(version)["weight"] = version["sections"][1]["criteria"][0]["weight"] = 50


def number(*ranges, step=None):
    options = [
        {"key": f"r{index}", "points": 1, "range_from": low, "range_to": high}
        for index, (low, high) in enumerate(ranges)
    ]
    return {"kind": "number", "options": options, "step": step}


def points_mode(version):
    version["weight_mode"] = "points"


def test_a_sound_version_has_no_findings():
    assert lint(good()) == []


CASES = [
    ("E01", lambda v: v["sections"].append(section("empty"))),
    ("E02", lambda v: greet(v).update(options=[{"key": "yes", "points": 1}])),
    ("E02", lambda v: greet(v).update(kind="number", options=[])),
    ("E03", lambda v: greet(v).update(weight=39)),
    ("E03", lambda v: greet(v).update(weight="40.0001")),
    ("E04", lambda v: (points_mode(v), v.update(na_policy="equal"))),
    ("E04", lambda v: v.update(na_policy="fixed")),
    ("E04", lambda v: v.update(na_fixed_percent=50)),
    ("E05", lambda v: verify(v)["options"][1].update(critical_scope=None)),
    ("E05", lambda v: verify(v).update(fail_trigger="none")),
    ("E05", lambda v: verify(v).update(fail_scope="outcome")),
    ("E05", lambda v: greet(v).update(fail_trigger="not_highest", critical_family="customer")),
    ("E05", lambda v: opening(v).update(fail_below_percent=50)),
    ("E05", lambda v: make_bonus(greet(v), v)),
    ("E06", lambda v: greet(v).update(number((0, 4), (4, 9)))),
    ("E06", lambda v: greet(v).update(number((0, 4), (6, 9)))),
    ("E06", lambda v: greet(v).update(number((4, 0)))),
    ("E06", lambda v: greet(v).update(number((None, 4), (None, 9)))),
    ("E06", lambda v: greet(v).update(number((0, 4), (5, 9), step="0.5"))),
    ("E07", lambda v: greet(v)["options"][1].update(points=2)),
    ("E08", lambda v: greet(v)["options"][1].update(points=-1)),
    ("E09", lambda v: greet(v).update(condition=asks("greet"))),
    ("E09", lambda v: greet(v).update(condition=asks("solve"))),
    ("E09", lambda v: greet(v).update(condition=asks("nobody"))),
    ("E09", lambda v: verify(v).update(condition=asks("greet", "maybe"))),
    ("E09", lambda v: opening(v).update(condition=asks("greet"))),
    ("E09", lambda v: greet(v).update(condition={"fact": "mood", "op": "eq", "value": 1})),
    ("E09", lambda v: greet(v).update(condition={"all": []})),
    ("E10", lambda v: greet(v).update(default_rule="na", allow_na=False)),
    ("E10", lambda v: greet(v).update(default_rule="option", default_option="maybe")),
    ("E11", lambda v: v["bands"].append({"label": "Top", "from_percent": 80})),
    ("E11", lambda v: v["bands"].reverse()),
    ("E11", lambda v: v["bands"].pop(0)),
    ("E11", lambda v: greet(v).update(bands=[{"label": "Any", "from_percent": 10}])),
    ("E12", lambda v: v.update(pass_percent=101)),
    ("W01", lambda v: verify(v).update(critical_family=None)),
    ("W02", lambda v: greet(v).update(max_points=2)),
    ("W04", lambda v: opening(v).update(title="Opening", texts={"de": {}})),
    ("W05", lambda v: verify(v)["options"][1].update(critical_scope="section")),
    ("W06", lambda v: (greet(v).update(text="Says hello"), verify(v).update(text="says  HELLO"))),
    ("W07", lambda v: verify(v).update(default_rule="highest")),
    ("W08", lambda v: (greet(v).update(weight=60), verify(v).update(weight=10))),
]


def asks(key, value="yes"):
    return {"criterion": key, "op": "eq", "value": value}


@pytest.mark.parametrize(("code", "spoil"), CASES)
def test_each_fault_has_its_code(code, spoil):
    version = good()
    spoil(version)

    assert codes(version) == [code]


def test_a_version_in_which_nothing_is_scored_is_refused():
    version = card(section("s", {"key": "why", "kind": "text"}))

    assert codes(version) == ["E02"]
    assert codes(card()) == ["E02"]


def test_a_key_keeps_its_kind_over_versions():
    version = good()
    greet(version).update(number((0, 9)))

    assert codes(version, [good()]) == ["E13"]
    assert codes(good(), [good()]) == []


def test_over_thirty_criteria_are_many():
    version = good()
    points_mode(version)
    version["sections"][1]["criteria"] += [criterion(f"c{n}") for n in range(27)]

    assert codes(version) == []
    version["sections"][1]["criteria"] += [criterion("last")]
    assert codes(version) == ["W03"]


def test_what_scoring_cannot_read_is_an_error_too():
    version = good()
    greet(version)["key"] = "verify"

    (finding,) = lint(version)

    assert finding.code == "E02"
    assert "used twice" in finding.message


def test_a_number_may_have_open_ends_and_steps():
    version = good()
    greet(version).update(number((None, "4.5"), (5, 9), ("9.5", None), step="0.5"))

    assert codes(version) == []


def test_findings_come_with_their_place():
    version = good()
    verify(version)["critical_family"] = None

    (finding,) = lint(version)

    assert finding.as_dict() == {
        "code": "W01",
        "severity": "warning",
        "path": "sections[0].criteria[1]",
        "key": "verify",
        "message": "verify is critical, but counts in no family of critical errors.",
        "can_fix": False,
    }


@pytest.mark.parametrize(("code", "spoil"), CASES)
def test_a_fix_takes_its_finding_away(code, spoil):
    version = good()
    spoil(version)
    before = copy.deepcopy(version)

    for finding in lint(version):
        if finding.edits:
            assert code not in codes(apply_fix(version, finding))

    assert version == before


def test_mended_weights_total_one_hundred_in_proportion():
    version = good()
    greet(version)["weight"] = 10

    (finding,) = lint(version)
    fixed = apply_fix(version, finding)

    weights = [c["weight"] for s in fixed["sections"] for c in s["criteria"]]
    assert weights == ["14.2857", "42.8572", "42.8571"]


def test_sections_carry_the_weights_in_section_percent():
    version = good() | {"weight_mode": "section_percent"}
    version["sections"][0]["weight"] = 50
    version["sections"][1]["weight"] = 49

    assert codes(version) == ["E03"]


@pytest.mark.parametrize("junk", [{}, {"sections": 3}, {"sections": [None, {"criteria": "x"}]}])
def test_junk_gives_findings_and_no_exception(junk):
    assert all(finding.is_error for finding in lint(junk))
    assert lint(junk)
