"""The printed example, byte for byte, and receipts that tell when somebody changed them."""

import copy
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from quality.scoring import InvalidRequest, parse_request, score, verify_receipt
from tests.quality.scorecards import card, criterion, picks, section

EXAMPLE = Path(__file__).parent / "example"
REQUEST = json.loads((EXAMPLE / "request.json").read_text())
RULES = (
    "visible not_applicable excused points weights sum bonus critical limits rounding outcome"
).split()


def answer():
    return score(REQUEST["scorecard"], REQUEST["answers"], REQUEST["facts"])


def test_the_example_is_answered_byte_for_byte():
    expected = (EXAMPLE / "response.json").read_bytes().strip()

    assert answer().as_json() == expected
    assert parse_request((EXAMPLE / "request.json").read_bytes()).score().as_json() == expected


def test_the_input_hash_is_that_of_the_canonical_text():
    canonical = (EXAMPLE / "canonical.json").read_bytes().strip()

    assert len(canonical) == 1254
    assert answer().receipt.input_sha256 == sha256(canonical).hexdigest()


def test_the_canonical_text_is_a_request_with_the_same_answer():
    canonical = (EXAMPLE / "canonical.json").read_bytes()

    assert parse_request(canonical).score().as_json() == answer().as_json()


def test_a_receipt_has_eleven_steps_in_order():
    assert [step["rule"] for step in answer().receipt.steps] == RULES


def test_an_untouched_receipt_has_no_differing_step():
    assert verify_receipt(REQUEST, answer().receipt.as_dict()) is None
    assert verify_receipt(REQUEST, answer().as_dict()) is None


@pytest.mark.parametrize(
    ("step", "name", "value", "expected"),
    [
        (3, "criteria", {"greet": ["0", "1"]}, "points"),
        (4, "criteria", {}, "weights"),
        (7, "percent", "746/9", "critical"),
        (9, "percent", "82.79", "rounding"),
        (10, "outcome", "failed", "outcome"),
    ],
)
def test_a_changed_step_is_named(step, name, value, expected):
    receipt = copy.deepcopy(answer().receipt.as_dict())
    receipt["steps"][step][name] = value

    assert verify_receipt(REQUEST, receipt) == expected


@pytest.mark.parametrize("name", ["input_sha256", "sha256", "engine"])
def test_a_changed_hash_is_named(name):
    receipt = answer().receipt.as_dict() | {name: "0"}

    assert verify_receipt(REQUEST, receipt) == name


def test_a_changed_answer_shows_in_the_first_step_that_it_reaches():
    request = copy.deepcopy(REQUEST)
    request["answers"]["solve"]["option"] = "full"

    assert verify_receipt(request, answer().receipt.as_dict()) == "points"


def test_a_changed_result_and_missing_steps_are_named():
    changed = copy.deepcopy(answer().as_dict())
    changed["result"]["score_percent"] = "99.00"

    assert verify_receipt(REQUEST, changed) == "result"
    assert verify_receipt(REQUEST, {"steps": []}) == "visible"


# --- What enters the hash ------------------------------------------------------------------------


def hashed(version, answers, facts=None):
    return score(version, answers, facts).receipt.input_sha256


def plain_version(**more):
    return card(section("main", criterion("a", 100), {"key": "why", "kind": "text"}), **more)


def test_wording_and_policy_do_not_enter_the_hash():
    version = plain_version()
    worded = copy.deepcopy(version) | {"name": "Voice", "approval_percent": 10}
    worded["sections"][0] |= {"title": "Opening", "texts": {"de": {"title": "Beginn"}}}
    worded["sections"][0]["criteria"][0]["text"] = "Greets by name"

    assert hashed(worded, picks("a=yes")) == hashed(version, picks("a=yes"))


def test_defaults_and_spelling_of_numbers_do_not_enter_the_hash():
    version = plain_version()
    spelled = plain_version(cap_percent="100.0", decimals="2", na_policy="proportional")
    spelled["sections"][0]["criteria"][0]["weight"] = "100.00"

    assert hashed(spelled, picks("a=yes")) == hashed(version, picks("a=yes"))


def test_no_cap_is_not_the_default_cap():
    assert hashed(plain_version(cap_percent=None), {}) == hashed(
        plain_version(cap_percent="none"), {}
    )
    assert hashed(plain_version(cap_percent=None), {}) != hashed(plain_version(), {})


def test_the_words_of_an_answer_never_enter_the_hash():
    first = hashed(plain_version(), {"why": {"text": "She called twice"}})

    assert hashed(plain_version(), {"why": {"text": "erased"}}) == first
    assert hashed(plain_version(), {"why": {"answered": True}}) == first
    assert hashed(plain_version(), {}) != first


def test_a_fact_that_no_condition_asks_about_does_not_enter_the_hash():
    assert hashed(plain_version(), {}, {"hold_seconds": 5}) == hashed(plain_version(), {})


def test_a_fault_owner_stays_with_failed_answers_alone():
    kept = hashed(plain_version(), picks("a=yes/tool"))

    assert kept == hashed(plain_version(), picks("a=yes"))
    assert hashed(plain_version(), picks("a=no/tool")) != hashed(plain_version(), picks("a=no"))
    assert hashed(plain_version(), picks("a=no/agent")) == hashed(plain_version(), picks("a=no"))


# --- The command ---------------------------------------------------------------------------------


def run(body):
    return subprocess.run(
        [sys.executable, "-m", "quality.scoring"],
        input=body,
        capture_output=True,
        check=False,
        env={"PATH": ""},
        cwd=Path(__file__).parents[2],
    )


def test_the_command_gives_the_same_bytes():
    done = run((EXAMPLE / "request.json").read_bytes())

    assert (done.returncode, done.stdout, done.stderr) == (0, answer().as_json(), b"")


def test_the_command_refuses_bad_json_in_one_line():
    done = run(b"{")

    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert json.loads(done.stdout)["errors"][0]["code"] == "bad_json"


def test_nothing_but_the_standard_library_is_needed():
    code = "import quality.scoring, sys; sys.exit('django' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)

    assert done.returncode == 0


def test_a_request_that_cannot_be_scored_has_no_receipt_to_check():
    with pytest.raises(InvalidRequest):
        verify_receipt({"scorecard": {}}, {})
