"""Attune's own format: out and in again is the same tree, and nothing unknown comes in."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.actions.samples import sample_documents
from quality.passport import attune, reading
from quality.scoring import InvalidRequest
from tests.quality.random_scorecards import random_card
from tests.quality.worlds import DOCUMENT


def taken_in(document):
    return attune.read(reading.parse(attune.dump(document).encode()))


def problems(data):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(InvalidRequest) as caught:
        attune.read(reading.parse(body))
    return [(problem.path, problem.code) for problem in caught.value.problems]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=200)
def test_what_goes_out_comes_in_unchanged(seed):
    document = random_card(random.Random(seed)) | {"format": attune.FORMAT, "name": "Any"}

    imported = taken_in(document)

    assert imported.document == document
    assert imported.losses.is_exact


@pytest.mark.parametrize("document", sample_documents(), ids=lambda document: document["name"])
def test_every_sample_travels_whole(document):
    assert taken_in(document).document == {**document, "format": attune.FORMAT}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": "attune.scorecard/2"}, ("format", "out_of_limits")),
        ({"more": 1}, ("more", "unknown_field")),
        ({"name": "x" * 201}, ("name", "out_of_limits")),
        ({"release_mode": "soon"}, ("release_mode", "out_of_limits")),
        ({"dispute_rounds": 6}, ("dispute_rounds", "out_of_limits")),
        ({"dispute_window_hours": 1.5}, ("dispute_window_hours", "out_of_limits")),
        ({"channels": ["telepathy"]}, ("channels[0]", "out_of_limits")),
        ({"weights_hidden": "yes"}, ("weights_hidden", "wrong_kind")),
        ({"na_fixed_percent": "5"}, ("na_fixed_percent", "out_of_limits")),
        ({"cap_percent": "5000"}, ("cap_percent", "out_of_limits")),
        ({"sections": "none"}, ("sections", "wrong_kind")),
    ],
)
def test_bad_switch_is_refused_at_its_path(change, problem):
    assert problem in problems({**DOCUMENT, "format": attune.FORMAT} | change)


@pytest.mark.parametrize(
    ("change", "name", "code"),
    [
        ({"color": "red"}, "color", "unknown_field"),
        ({"help": "x" * 4001}, "help", "out_of_limits"),
        ({"comment_rule": "never"}, "comment_rule", "out_of_limits"),
        ({"texts": {"de": {"text": 7}}}, "texts.de.text", "wrong_kind"),
        ({"tags": ["x" * 81]}, "tags[0]", "wrong_kind"),
    ],
)
def test_bad_criterion_is_refused_at_its_path(change, name, code):
    document = json.loads(json.dumps({**DOCUMENT, "format": attune.FORMAT}))
    document["sections"][0]["criteria"][1] |= change

    assert (f"sections[0].criteria[1].{name}", code) in problems(document)


def test_form_over_two_megabytes_is_too_large():
    assert problems(b" " * (2 * 1024 * 1024 + 1)) == [("", "too_large")]


def test_form_deeper_than_twenty_levels_is_refused():
    assert problems(b"[" * 20 + b"1" + b"]" * 20) == [("format", "out_of_limits")]
    assert problems(b"[" * 21 + b"1" + b"]" * 21) == [("", "too_deep")]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ("", "bad_json")),
        (b'{"a": 1, "a": 2}', ("a", "duplicate_key")),
        (b'{"a": NaN}', ("a", "not_a_number")),
        (b'{"a": 1e400}', ("a", "out_of_limits")),
        (b'{"a": "x\\u0000y"}', ("a", "bad_json")),
    ],
)
def test_unreadable_form_is_told(body, problem):
    assert problems(body) == [problem]
