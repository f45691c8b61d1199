"""Two workers on one run: the later one has it, and nothing is stored or counted twice."""

import pytest

from crm.actions import imports
from crm.importing import work as working
from crm.importing.work import work
from crm.models import ImportRun, Interaction
from tests.crm.runs import AT, call, clock, staged

pytestmark = pytest.mark.django_db
CALLS = 6


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    run = staged([call(number) for number in range(CALLS)])
    return imports.start_import(run=run, by=None, at=AT, in_background=False)


def take_turns(run):
    """A second worker begins after the first one's first chunk; both go on by turns to the end."""
    first = work(run, clock)
    next(first)  # the file is read through
    next(first)  # the first chunk is stored
    workers = [first, work(ImportRun.objects.get(pk=run.pk), clock)]
    while workers:
        for worker in list(workers):
            if next(worker, None) is None:
                workers.remove(worker)
    run.refresh_from_db()
    return run


def test_the_earlier_of_two_workers_stops(run):
    run = take_turns(run)

    assert run.state == "finished"
    assert list(run.counters.values()) == [CALLS, CALLS, 0, 0, 0]
    assert Interaction.objects.count() == CALLS


def test_without_the_hold_two_workers_count_rows_twice(run, monkeypatch):
    monkeypatch.setattr(working, "hold", lambda run: None)

    run = take_turns(run)

    assert list(run.counters.values()) != [CALLS, CALLS, 0, 0, 0]


@pytest.mark.parametrize("verb", [imports.pause_import, imports.cancel_import])
def test_a_stopped_run_keeps_its_chunks_and_takes_no_more(run, verb):
    worker = work(run, clock)
    next(worker)
    next(worker)

    verb(run=run, by=None, at=AT)

    assert list(worker) == []
    run.refresh_from_db()
    assert list(run.counters.values()) == [2, 2, 0, 0, 0]
    assert Interaction.objects.count() == 2


def test_a_paused_run_goes_on_at_its_checkpoint(run):
    worker = work(run, clock)
    next(worker)
    next(worker)
    imports.pause_import(run=run, by=None, at=AT)
    list(worker)

    run = imports.resume_import(run=run, by=None, at=AT)
    list(work(run, clock))

    run.refresh_from_db()
    assert list(run.counters.values()) == [CALLS, CALLS, 0, 0, 0]
