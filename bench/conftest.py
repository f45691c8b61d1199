"""The fixtures of the tests, for rounds that are too slow for them, and the figures' options.

pytest bench/chaos --figure 5 --rounds 100 --seed 7
"""

import random

import pytest
from django.db import connection

from bench.figures import FIGURES, measure
from tests.conftest import *  # noqa: F403


def pytest_addoption(parser):
    parser.addoption("--figure", type=int, action="append", help="only this figure; repeatable")
    parser.addoption("--rounds", type=int, help="how many rounds, kills, requests or seconds")
    parser.addoption("--seed", type=int, help="the seed of chance; a fresh one is printed")


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--figure")
    if not wanted:
        return
    chosen = [item for item in items if set(numbers_of(item)) & set(wanted)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def numbers_of(item):
    return [mark.args[0] for mark in item.iter_markers("figure")]


@pytest.fixture
def figure(request):
    """`figure(work)` measures the figure of the test and fails where the goal is missed.

    `work(rounds, chance)` returns a Reading; `chance` is a seeded random.Random.
    """
    number = request.node.get_closest_marker("figure").args[0]
    rounds = request.config.getoption("--rounds") or FIGURES[number].rounds
    seed = request.config.getoption("--seed")
    seed = random.randrange(10**6) if seed is None else seed

    def run(work):
        found = measure(
            number,
            lambda: work(rounds, random.Random(seed)),
            engine=connection.vendor,
            rounds=rounds,
            seed=seed,
        )
        print(f"figure {number}, seed {seed}: {found.value}")
        assert found.passed, found

    return run
