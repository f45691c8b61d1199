"""What is removed after how long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ops.jobs import enqueue
from ops.models import EventRecord, JobRun, JobState, ScheduleSlot
from tests.factories.ops import EventRecordFactory, JobRunFactory, ScheduleSlotFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


def ended(state, days, job="ops.purge", **fields):
    return JobRunFactory(
        job=job, state=state, finished_at=timezone.now() - timedelta(days=days), **fields
    )


@pytest.mark.parametrize(
    ("state", "job", "kept_days"),
    [
        (JobState.DONE, "ops.canary", 1),
        (JobState.DONE, "ops.canary_slow", 1),
        (JobState.DONE, "ops.purge", 30),
        (JobState.CANCELLED, "ops.purge", 30),
        (JobState.DEAD, "ops.purge", 365),
    ],
)
def test_purge_removes_runs_a_day_after_their_time(state, job, kept_days):
    young = ended(state, kept_days - 0.1, job)
    ended(state, kept_days + 0.1, job)
    purge = enqueue("ops.purge", key="now")

    run_waiting_jobs()

    assert set(JobRun.objects.all()) == {young, purge}
    purge.refresh_from_db()
    assert purge.cursor == {"removed": 1}


def test_purge_leaves_waiting_runs_however_old():
    old = JobRunFactory(available_at=timezone.now() - timedelta(days=900), job="ops.purge")
    enqueue("ops.purge", key="now")

    run_waiting_jobs()

    assert JobRun.objects.filter(pk=old.pk).exists()


def test_purge_removes_slots_after_400_days_and_keeps_those_of_removed_runs():
    run = ended(JobState.DONE, 31)
    kept = ScheduleSlotFactory(slot_at=timezone.now() - timedelta(days=31), run=run)
    ScheduleSlotFactory(slot_at=timezone.now() - timedelta(days=401))
    enqueue("ops.purge", key="now")

    run_waiting_jobs()

    assert [(slot.pk, slot.run) for slot in ScheduleSlot.objects.all()] == [(kept.pk, None)]


def test_purge_keeps_facts_that_a_handler_still_needs():
    gone, needed, young = EventRecordFactory(), EventRecordFactory(), EventRecordFactory()
    EventRecord.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=31))
    ended(JobState.DEAD, 31, "ops.handle_event", args={"event_id": needed.pk, "handler": "x"})
    enqueue("ops.purge", key="now")

    run_waiting_jobs()

    assert set(EventRecord.objects.all()) == {needed, young}
    assert gone.pk not in EventRecord.objects.values_list("pk", flat=True)
