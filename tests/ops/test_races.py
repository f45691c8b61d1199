"""Jobs among many workers: one run, one claim, one effect, one slot. Each race has its twin."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from ops import jobs
from ops.firing import Clockwork
from ops.jobs import Step, enqueue, leases
from ops.jobs.giving_way import Turns
from ops.models import JobRun, JobState, ScheduleSlot, StoredFile
from ops.schedules import Schedule
from ops.sweeping import sweep
from tests.factories.ops import StoredFileFactory
from tests.races import (
    drop_constraint,
    ended,
    in_child,
    stopped,
    together,
    wait_until,
)

pytestmark = pytest.mark.race
SLOT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def effects() -> int:
    return StoredFile.objects.filter(kind="effect").count()


def new_run(job: str = "ops.canary") -> JobRun:
    with transaction.atomic():
        return enqueue(job, key=uuid4().hex)


@pytest.fixture
def effect(job):
    """A job whose one effect can be counted."""

    @job("ops.test")
    def make_effect():
        StoredFileFactory(kind="effect", path=uuid4().hex)


# --- one run -------------------------------------------------------------------------------------


def enqueue_all_at_once() -> list:
    def one(number):
        with transaction.atomic():
            return enqueue("ops.canary", key="same").pk

    return together(one, 50)


def test_fifty_parallel_enqueues_make_one_run(race_database):
    runs = enqueue_all_at_once()

    assert len(set(runs)) == 1
    assert (JobRun.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_twin_without_the_unique_key_makes_many_runs(race_database):
    drop_constraint(JobRun, "ops_job_once_per_key")

    enqueue_all_at_once()

    assert JobRun.objects.count() > 1


# --- one claim -----------------------------------------------------------------------------------


def claims_of(runs: list[JobRun]) -> list[int]:
    """How many workers got each run when eight reach for it at once."""
    taken = []
    for run in runs:
        answers = together(lambda _, run=run: leases.claim(str(run.pk)), 8, threads=8)
        taken.append(sum(isinstance(answer, leases.Claim) for answer in answers))
    return taken


def test_one_of_many_workers_claims_a_run(race_database):
    runs = [new_run() for _ in range(10)]

    assert claims_of(runs) == [1] * 10


def test_twin_without_compare_and_set_claims_twice(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "claim")
    runs = [new_run() for _ in range(10)]

    assert max(claims_of(runs)) > 1


# --- one effect ----------------------------------------------------------------------------------


def stop_a_worker_past_its_lease(settings, guards_off: str = "") -> None:
    """A worker stops after its claim, another one takes over, the first one wakes up."""
    settings.JOB_TIMERS = {"lease": 0.3, "retry": 0.01}
    run = new_run("ops.test")
    late = in_child(
        lambda: jobs.run(str(run.pk)),
        ATTUNE_TEST_FAILPOINT="run.claimed:stop",
        ATTUNE_TEST_GUARDS_OFF=guards_off,
    )
    assert stopped(late)
    wait_until(lambda: sweep() or JobRun.objects.get(pk=run.pk).state == JobState.WAITING)
    wait_until(lambda: jobs.run(str(run.pk)) or JobRun.objects.get(pk=run.pk).is_finished)
    os.kill(late, signal.SIGCONT)
    assert ended(late) == 0


def test_a_worker_that_lost_its_lease_leaves_no_second_effect(race_database, effect, settings):
    stop_a_worker_past_its_lease(settings)

    assert effects() == 1
    assert JobRun.objects.get().state == JobState.DONE


def test_twin_without_the_fence_has_two_effects(race_database, effect, settings):
    stop_a_worker_past_its_lease(settings, guards_off="fence")

    assert effects() == 2


def test_two_bells_for_one_run_have_one_effect(race_database, effect):
    run = new_run("ops.test")

    together(lambda _: jobs.run(str(run.pk)), 8, threads=8)

    assert effects() == 1


# --- killed in the middle ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [("enqueue.before_bell", False), ("enqueue.after_bell", False), ("committed", True)],
)
def test_a_killed_caller_leaves_the_job_exactly_with_its_data(
    race_database, effect, point, is_kept
):
    def change_and_enqueue():
        with transaction.atomic():
            StoredFileFactory(kind="data", path=uuid4().hex)
            enqueue("ops.test", key="a")
        if point == "committed":
            os.kill(os.getpid(), signal.SIGKILL)

    child = in_child(change_and_enqueue, ATTUNE_TEST_FAILPOINT=f"{point}:kill")

    assert ended(child) == -signal.SIGKILL
    there = [StoredFile.objects.exists(), JobRun.objects.exists(), OrmQ.objects.exists()]
    assert there == [is_kept] * 3


@pytest.mark.parametrize("point", ["run.claimed", "run.before_done", "run.after_done"])
def test_a_killed_worker_costs_an_attempt_and_no_effect(race_database, effect, point, settings):
    settings.JOB_TIMERS = {"lease": 0.2, "retry": 0.01}
    run = new_run("ops.test")

    child = in_child(lambda: jobs.run(str(run.pk)), ATTUNE_TEST_FAILPOINT=f"{point}:kill")
    assert ended(child) == -signal.SIGKILL
    wait_until(
        lambda: sweep() or jobs.run(str(run.pk)) or JobRun.objects.get(pk=run.pk).is_finished
    )

    run.refresh_from_db()
    assert (effects(), run.state) == (1, JobState.DONE)
    assert run.attempts == (1 if point == "run.after_done" else 2)


# --- one slot ------------------------------------------------------------------------------------


def three_supervisors(rounds: int) -> None:
    schedule = Schedule(name="each", job="ops.canary", every_seconds=60)
    for number in range(rounds):
        now = SLOT + timedelta(minutes=number)
        together(lambda _, now=now: Clockwork([schedule]).fire_due(now), 3, threads=3)


def test_three_supervisors_fire_each_slot_once(race_database):
    three_supervisors(rounds=30)

    assert (ScheduleSlot.objects.count(), JobRun.objects.count()) == (30, 30)


def test_twin_without_the_unique_slot_fires_twice(race_database):
    drop_constraint(ScheduleSlot, "ops_schedule_slot_fires_once")

    three_supervisors(rounds=30)

    assert ScheduleSlot.objects.count() > 30


# --- the database's word -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "leased_until = NULL",
        "state = 'done'",
        "attempts = 4",
        "interruptions = 11",
        "queue = 'fast'",
        "progress_percent = 101",
        f"error_class = '{'x' * 121}'",
    ],
    ids=lambda change: change[:20],
)
def test_the_database_itself_refuses_an_impossible_run(race_database, change):
    run = new_run()
    leases.claim(str(run.pk))

    with pytest.raises(Exception, match=r"(?i)check|too long"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE ops_jobrun SET {change}")


# --- one writer at a time ------------------------------------------------------------------------
CHUNKS = 8


@pytest.fixture
def long_job(job):
    """A job of chunks that each keep SQLite's only place to write for more than half a second."""

    @job("ops.test", style="steps")
    def keep_writing(cursor):
        for number in range(CHUNKS):
            StoredFileFactory(kind="effect", path=uuid4().hex)
            time.sleep(0.6)
            yield Step({"next": number + 1})


def chunks_a_writer_waited_for() -> int:
    """Run the long job, and write beside it as soon as its first chunk is under way."""
    run = new_run("ops.test")

    def one(number):
        if number == 0:
            return jobs.run(str(run.pk))
        time.sleep(0.2)
        with transaction.atomic():
            StoredFileFactory(kind="beside", path=uuid4().hex)
            return effects()

    return together(one, 2)[1]


@pytest.mark.usefixtures("race_database", "long_job")
def test_long_job_lets_others_write_between_its_chunks():
    assert chunks_a_writer_waited_for() <= 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Others write beside one another.")
@pytest.mark.usefixtures("race_database", "long_job")
def test_without_giving_way_the_others_wait_for_the_whole_job(monkeypatch):
    monkeypatch.setattr(Turns, "give_way", lambda self: None)

    assert any(chunks_a_writer_waited_for() > 3 for _ in range(3))
