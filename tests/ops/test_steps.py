"""Jobs that work chunk by chunk, each chunk with its cursor in one transaction."""

import threading
from functools import partial

import pytest

from ops import jobs
from ops.jobs import Step, enqueue, leases, running
from ops.models import JobRun, JobState, StoredFile
from tests.factories.ops import StoredFileFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


def effects() -> list[str]:
    return list(StoredFile.objects.order_by("id").values_list("name", flat=True))


@pytest.fixture
def counting(job):
    """A job that makes one row a chunk up to `until`, and breaks at the numbers in the list."""
    breaking: list[int] = []

    @job("ops.count", style="steps")
    def count(cursor, *, until):
        for number in range(cursor.get("next", 0), until):
            StoredFileFactory(name=str(number))
            if number in breaking:
                breaking.remove(number)
                raise ZeroDivisionError
            yield Step({"next": number + 1}, percent=number * 10, text=f"{number} of {until}")
        return {"made": until}

    return breaking


def test_steps_run_to_the_end(counting):
    run = enqueue("ops.count", key="a", until=4)

    run_waiting_jobs()

    run.refresh_from_db()
    assert sorted(effects()) == ["0", "1", "2", "3"]
    assert (run.state, run.result, run.progress_percent) == (JobState.DONE, {"made": 4}, 100)
    assert run.progress_text == "3 of 4"


def test_steps_go_on_from_the_cursor_after_an_error(counting):
    counting.append(2)
    run = enqueue("ops.count", key="a", until=4)

    jobs.run(str(run.pk))
    JobRun.objects.update(available_at=run.created_at)
    run.refresh_from_db()
    broken = (run.state, run.cursor, sorted(effects()))
    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert broken == (JobState.WAITING, {"next": 2}, ["0", "1"])
    assert (run.state, sorted(effects())) == (JobState.DONE, ["0", "1", "2", "3"])


def test_steps_that_advance_get_their_attempts_back(counting):
    counting += [1, 2, 3, 4]
    run = enqueue("ops.count", key="a", until=6)

    for _ in range(5):
        jobs.run(str(run.pk))
        JobRun.objects.update(available_at=run.created_at)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (JobState.DONE, 1)


def test_steps_that_never_advance_die_at_the_third_error(counting):
    counting += [0, 0, 0]
    run = enqueue("ops.count", key="a", until=6)

    for _ in range(3):
        jobs.run(str(run.pk))
        JobRun.objects.filter(state=JobState.WAITING).update(available_at=run.created_at)

    run.refresh_from_db()
    assert (run.state, run.attempts, effects()) == (JobState.DEAD, 3, [])


def test_steps_put_themselves_back_before_their_time_is_over(counting, monkeypatch):
    monkeypatch.setattr(running, "SHARE_OF_TIMEOUT", 0)
    run = enqueue("ops.count", key="a", until=3)

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.attempts, run.cursor) == (JobState.WAITING, 0, {"next": 1})
    run_waiting_jobs()
    run.refresh_from_db()
    assert (run.state, sorted(effects())) == (JobState.DONE, ["0", "1", "2"])


def test_steps_without_progress_in_their_whole_time_have_failed(job, monkeypatch):
    monkeypatch.setattr(running, "SHARE_OF_TIMEOUT", 0)

    @job("ops.stand_still", style="steps")
    def stand_still(cursor):
        while True:
            yield Step(cursor)

    run = enqueue("ops.stand_still", key="a")

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.attempts, run.error_class) == (JobState.WAITING, 1, "TooSlow")


def test_each_step_renews_the_lease_and_shows_life(counting):
    run = enqueue("ops.count", key="a", until=2)
    claim = leases.claim(str(run.pk))
    JobRun.objects.update(leased_until=run.created_at)

    claim.renew()

    run.refresh_from_db()
    assert run.leased_until > run.created_at
    assert run.last_sign_at >= run.created_at


def test_work_outside_gets_its_result_back_with_no_transaction_open(job, transactional_db):
    from django.db import connection, transaction

    seen = []

    def convert(text):
        seen.append(connection.in_atomic_block)
        return text.upper()

    @job("ops.convert", style="steps")
    def convert_file(cursor):
        text = yield Step({"at": "conversion"}, percent=10, outside=partial(convert, "pdf"))
        return {"text": text}

    with transaction.atomic():
        run = enqueue("ops.convert", key="a")
    threads = set(threading.enumerate())
    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (seen, run.result) == ([False], {"text": "PDF"})
    assert set(threading.enumerate()) <= threads


def test_a_cursor_that_is_too_long_fails_the_attempt(job):
    @job("ops.long", style="steps")
    def long(cursor):
        yield Step({"text": "x" * 2048})

    run = enqueue("ops.long", key="a")

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error_class, run.cursor) == (JobState.WAITING, "BadResult", {})
