"""`score_many` gives the figures of `score`, only sooner."""

import random

import pytest

from quality.scoring import Answer, Row, compile_version, read_row, score, score_many
from quality.scoring.bulk import is_plain
from tests.quality.random_scorecards import random_answers, random_card, random_facts

PLAIN_MODES = ["criterion_percent", "category", "points", "scaled_points"]


def plain_card(rng, mode):
    """A version without the rules that take the slow way."""
    while True:
        version = random_card(rng, weight_mode=mode, na_policy="proportional")
        if is_plain(compile_version(version)):
            return version


def compare(rng, version, count):
    card = compile_version(version)
    cases = [(random_answers(rng, version), random_facts(rng)) for _ in range(count)]
    rows = [read_row(card, answers, facts) for answers, facts in cases]

    found = [figures.result() for figures in score_many(card, rows)]

    assert found == [score(card, *case).result() for case in cases]


@pytest.mark.parametrize("seed", range(60))
def test_score_many_equals_score_on_any_version(seed):
    rng = random.Random(seed)

    compare(rng, random_card(rng), 20)


@pytest.mark.parametrize("mode", PLAIN_MODES)
@pytest.mark.parametrize("seed", range(20))
def test_score_many_equals_score_where_it_takes_the_quick_way(mode, seed):
    rng = random.Random(seed)

    compare(rng, plain_card(rng, mode), 50)


def test_a_row_may_name_picked_options_alone():
    version = {
        "weight_mode": "points",
        "sections": [
            {"key": "s", "criteria": [{"key": "a", "options": [{"key": "yes", "points": 1}]}]}
        ],
    }
    card = compile_version(version)

    found = list(score_many(card, [Row(["yes"]), Row([Answer(is_na=True)]), Row([None])]))

    assert [figures.outcome for figures in found] == ["no_pass_mark", "not_scored", "not_scored"]
    assert [figures.missing for figures in found] == [(), (), ("a",)]
