"""Broken forms are refused with a place and a sentence, or come in; nothing else happens."""

import copy
import json
import random
from pathlib import Path

import pytest

from quality.passport.formats import FORMATS, read_form
from quality.scoring import InvalidRequest

FORMS = Path(__file__).parent / "forms"
JUNK = [None, 7, -1, 1.5, True, "x", "", [], {}, [1], {"a": 1}, "x" * 600, [[]], [{}], 10**12]
ROUNDS = 400


def places(value):
    """Every spot of a form that can be overwritten."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@pytest.mark.parametrize("name", ["connect", "genesys", "connect.document", "genesys.document"])
def test_junk_anywhere_is_refused_or_read_and_can_be_written_again(name):
    chance = random.Random(name)
    whole = json.loads((FORMS / f"{name}.json").read_text())
    outcomes = set()
    for _ in range(ROUNDS):
        form = copy.deepcopy(whole)
        home, key = chance.choice(list(places(form)))
        home[key] = chance.choice(JUNK)
        try:
            _format, found = read_form(json.dumps(form).encode())
        except InvalidRequest as invalid:
            assert all(problem.message for problem in invalid.problems)
            outcomes.add("refused")
            continue
        outcomes.add("read")
        for known in FORMATS.values():
            assert known.write(found.document).form

    assert outcomes == {"refused", "read"}


@pytest.mark.parametrize("target", [7, [], {}, ["identity"]])
def test_odd_target_of_an_automatic_fail_is_told_as_lost(target):
    form = json.loads((FORMS / "connect.json").read_text())
    below = form["Items"][0]["Section"]["Items"][1]["Section"]["Items"][0]["Question"]
    options = below["QuestionTypeProperties"]["SingleSelect"]["Options"]
    options[1]["AutomaticFailConfiguration"]["TargetSection"] = target

    _format, found = read_form(json.dumps(form).encode())

    assert "fail_target" in [row.code for row in found.losses.rows]
