"""A slice of the figures that `make chaos` and `make load` measure in full, and their table."""

import json
import random

import pytest
from django.db import connection

from bench import figures
from bench.chaos.test_faults import cut_backends, cut_commits, kill_everything
from bench.chaos.test_many_hands import doubles, lost_updates
from bench.figures import Reading, measure, percentile
from bench.load.test_load import submits
from tests.ops.clusters import environ, samples, start

__all__ = ["environ", "samples", "start"]
SEED = 20260316
needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="not run: SQLite has no server to cut off"
)


@pytest.mark.race
@pytest.mark.slow
def test_kills_lose_nothing(start, environ, tmp_path):
    found = kill_everything(start, environ, tmp_path, 3, random.Random(SEED))

    assert found.is_good, found


@pytest.mark.race
@needs_postgresql
@pytest.mark.parametrize("cut", [cut_backends, lambda *given: cut_commits(*given[:3])])
def test_cut_connections_lose_nothing(environ, tmp_path, cut):
    found = cut(environ, tmp_path, 5, random.Random(SEED))

    assert found.is_good, found


@pytest.mark.race
@pytest.mark.parametrize(("work", "rounds"), [(lost_updates, 100), (doubles, 16)])
def test_many_hands_lose_and_double_nothing(race_database, work, rounds):
    found = work(rounds)

    assert found.is_good, found


@pytest.mark.race
def test_submits_of_many_clients_all_arrive(environ, tmp_path):
    found = submits(environ, tmp_path, 16)

    assert (found.value["lost"], found.value["not 2xx or 3xx"]) == (0, 0)


def test_figure_is_kept_and_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "RESULTS", tmp_path)

    measure(11, lambda: Reading({"lost": 0}, True), engine="sqlite", rounds=7, seed=1)

    kept = json.loads((tmp_path / "11-sqlite.json").read_text(encoding="utf-8"))
    wanted = "figure goal value pass engine rounds seed commit machine started_at duration notes"
    assert set(kept) == set(wanted.split())
    assert "| 11 | Lost updates | 0 lost, every conflict told | sqlite | lost 0 | yes | 7 |" in (
        figures.table()
    )
    assert "| 12 | Double claim, spend, submit | 0 doubles | – | not run |" in figures.table()


def test_percentile_is_a_value_that_was_seen():
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([1.0], 0.99) == 1.0
