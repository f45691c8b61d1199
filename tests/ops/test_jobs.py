"""Enqueue, run, retry and end jobs, one process at a time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone, translation
from django_q.models import OrmQ
from django_q.tasks import async_task

from ops import jobs
from ops.jobs import bells, enqueue, registry
from ops.models import JobRun, JobState, StoredFile
from tests.factories.ops import StoredFileFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


def effects() -> list[str]:
    return list(StoredFile.objects.order_by("name").values_list("name", flat=True))


# --- enqueue -------------------------------------------------------------------------------------


def test_enqueue_writes_the_run_and_its_bell():
    run = enqueue("ops.canary", key="a", requested_by_id=7)

    bell = OrmQ.objects.get()
    assert (run.state, run.queue, run.requested_by_id) == (JobState.WAITING, "default", 7)
    assert (bell.key, bell.task["func"], bell.task["args"]) == (
        "default",
        "ops.jobs.run",
        (str(run.pk),),
    )


def test_enqueue_takes_two_inserts_and_one_select(django_assert_num_queries):
    with django_assert_num_queries(3) as seen:
        enqueue("ops.canary", key="a")

    assert sum(query["sql"].startswith("INSERT") for query in seen.captured_queries) == 2


def test_enqueue_later_rings_the_bell_later():
    at = timezone.now() + timedelta(hours=3)

    enqueue("ops.canary", key="a", at=at)

    assert OrmQ.objects.get().lock == at


def test_enqueue_again_returns_the_same_run_and_rings_no_bell():
    first = enqueue("ops.handle_event", key="a", event_id="1", handler="x")

    second = enqueue("ops.handle_event", key="a", event_id="1", handler="x")

    assert (first, OrmQ.objects.count()) == (second, 1)


def test_enqueue_refuses_other_arguments_under_the_same_key():
    enqueue("ops.handle_event", key="a", event_id="1", handler="x")

    with pytest.raises(jobs.KeyReused):
        enqueue("ops.handle_event", key="a", event_id="2", handler="x")


@pytest.mark.django_db(transaction=True)
def test_enqueue_outside_a_transaction_is_refused():
    with pytest.raises(jobs.NotInTransaction):
        enqueue("ops.canary", key="a")

    assert not JobRun.objects.exists()


def test_enqueue_leaves_nothing_behind_when_the_change_rolls_back():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("ops.canary", key="a")
        raise ZeroDivisionError

    assert not JobRun.objects.exists()
    assert not OrmQ.objects.exists()


def test_enqueue_refuses_an_unknown_job():
    with pytest.raises(jobs.UnknownJob):
        enqueue("ops.no_such_job", key="a")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (date(2026, 3, 2), TypeError),
        ([1], TypeError),
        ({"a": 1}, TypeError),
        (b"bytes", TypeError),
        (JobRun(), TypeError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        ("x" * 2048, ValueError),
        ("\x00", ValueError),
        ("\ud800", ValueError),
    ],
)
def test_enqueue_refuses_arguments_that_are_no_small_scalars(value, error):
    with pytest.raises(error):
        enqueue("ops.canary", key="a", value=value)

    assert not JobRun.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "a\x00b", 7])
def test_enqueue_refuses_a_key_that_is_no_short_text(key):
    with pytest.raises(ValueError, match="key"):
        enqueue("ops.canary", key=key)


def test_nothing_but_our_run_enters_the_queue():
    with pytest.raises(bells.ForeignTask):
        async_task("os.system", "true")
    with pytest.raises(bells.ForeignTask):
        async_task("ops.jobs.run", "11111111-1111-1111-1111-111111111111", hook="os.system")

    assert not OrmQ.objects.exists()


# --- the registry --------------------------------------------------------------------------------


def nothing() -> None:
    """A job that does nothing."""


@pytest.mark.parametrize(
    ("declaration", "sentence"),
    [
        ({"name": "Canary"}, "Name it app.verb_noun"),
        ({"queue": "fast"}, "default or slow"),
        ({"style": "magic"}, "atomic, steps or deliver"),
        ({"timeout_seconds": 0}, "positive"),
        ({"timeout_seconds": 61}, "60 s at most"),
        ({"style": "steps"}, "generator"),
        ({"style": "deliver"}, "names the kind"),
        ({"delivers": "mail"}, "names the kind"),
        ({"name": "ops.canary"}, "already has a job of that name"),
    ],
)
def test_a_job_that_cannot_work_is_refused_where_it_is_declared(job, declaration, sentence):
    arguments = {"name": "ops.test"} | declaration

    with pytest.raises(jobs.BadJob, match=sentence):
        job(arguments.pop("name"), **arguments)(nothing)


def test_a_job_longer_than_its_queue_allows_stops_the_start(job):
    def chunks(cursor):
        yield jobs.Step()

    job("ops.test", style="steps", timeout_seconds=61)(chunks)

    with pytest.raises(jobs.BadJob, match="allows 60 s"):
        jobs.discover()


# --- atomic --------------------------------------------------------------------------------------


def test_run_does_an_atomic_job_once(job):
    @job("ops.test")
    def effect(*, number):
        StoredFileFactory(name=str(number))
        return {"number": number}

    run = enqueue("ops.test", key="a", number=7)

    jobs.run(str(run.pk))
    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert effects() == ["7"]
    assert (run.state, run.attempts, run.result) == (JobState.DONE, 1, {"number": 7})
    assert (run.leased_until, run.progress_percent) == (None, 100)
    assert run.finished_at is not None


def test_a_job_speaks_english_wherever_the_center_is(job):
    heard = []

    @job("ops.test")
    def effect():
        heard.append(translation.get_language())

    run = enqueue("ops.test", key="a")
    with translation.override("es"):
        jobs.run(str(run.pk))

    assert heard == ["en"]


def test_run_claims_with_two_queries(django_assert_num_queries):
    from ops.jobs import leases

    run = enqueue("ops.canary", key="a")

    with django_assert_num_queries(2):
        leases.claim(str(run.pk))


def test_run_ignores_a_run_that_is_gone_or_not_yet_due():
    later = enqueue("ops.canary", key="a", at=timezone.now() + timedelta(minutes=1))

    jobs.run("11111111-1111-1111-1111-111111111111")
    jobs.run(str(later.pk))

    later.refresh_from_db()
    assert later.state == JobState.WAITING


@pytest.mark.parametrize("error", [ZeroDivisionError("by 0"), SystemExit("timeout")])
def test_an_error_rolls_back_waits_and_is_told(job, error):
    @job("ops.test")
    def effect():
        StoredFileFactory()
        raise error

    run = enqueue("ops.test", key="a")
    before = timezone.now()

    jobs.run(str(run.pk))

    run.refresh_from_db()
    wait = (run.available_at - before).total_seconds()
    assert (run.state, run.attempts, effects()) == (JobState.WAITING, 1, [])
    assert (run.error_class, run.error_text) == (type(error).__name__, str(error))
    assert 24 <= wait <= 37
    assert OrmQ.objects.latest("pk").lock == run.available_at


def test_the_third_failure_is_the_last(job, caplog):
    @job("ops.test")
    def fails():
        raise ZeroDivisionError

    run = enqueue("ops.test", key="a")

    for _ in range(4):
        JobRun.objects.update(available_at=timezone.now())
        jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.attempts) == (JobState.DEAD, 3)
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        f"job_died ops.test {run.pk} ZeroDivisionError"
    ]


def test_an_error_text_is_kept_without_personal_data(job):
    @job("ops.test")
    def fails():
        raise ValueError("ann@example.com called +1 (555) 010-2030 about case 4711\x1b[31m")

    run = enqueue("ops.test", key="a")

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert run.error_text == "[e-mail] called [number] about case 4711?[31m"


def test_a_job_that_is_gone_from_the_house_dies_after_its_attempts(job):
    job("ops.test")(nothing)
    run = enqueue("ops.test", key="a")
    registry._jobs.pop("ops.test")

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error_class) == (JobState.WAITING, "UnknownJob")


def test_a_result_that_cannot_be_kept_fails_the_attempt(job):
    @job("ops.test")
    def effect():
        StoredFileFactory()
        return {"at": datetime(2026, 3, 2, tzinfo=UTC)}

    run = enqueue("ops.test", key="a")

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error_class, effects()) == (JobState.WAITING, "TypeError", [])


# --- running jobs in tests -----------------------------------------------------------------------


def test_run_waiting_jobs_follows_what_jobs_enqueue(job):
    @job("ops.first")
    def first():
        enqueue("ops.second", key="b")

    job("ops.second")(nothing)
    enqueue("ops.first", key="a")

    done = run_waiting_jobs()

    assert [run.job for run in done] == ["ops.first", "ops.second"]


def test_run_waiting_jobs_lets_errors_through(job):
    @job("ops.test")
    def fails():
        raise ZeroDivisionError

    enqueue("ops.test", key="a")

    with pytest.raises(ZeroDivisionError):
        run_waiting_jobs()
