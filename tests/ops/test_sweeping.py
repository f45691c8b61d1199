"""Runs that dead or late workers leave behind."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from ops.jobs import enqueue, leases, outcomes
from ops.jobs.leases import LeaseLost
from ops.models import JobRun, JobState
from ops.sweeping import sweep

pytestmark = pytest.mark.django_db


def let_the_lease_lapse():
    JobRun.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_a_lapsed_lease_costs_the_attempt_and_shows_no_life():
    run = enqueue("ops.canary", key="a")
    leases.claim(str(run.pk))
    let_the_lease_lapse()

    sweep()

    run.refresh_from_db()
    assert (run.state, run.attempts, run.error_class) == (JobState.WAITING, 1, "LeaseLapsed")
    assert run.available_at > timezone.now()
    assert run.last_sign_at is None


def test_a_living_lease_is_left_alone():
    run = enqueue("ops.canary", key="a")
    leases.claim(str(run.pk))

    sweep()

    run.refresh_from_db()
    assert run.state == JobState.RUNNING


def test_a_run_that_kills_its_worker_three_times_is_dead():
    run = enqueue("ops.canary", key="a")

    for _ in range(4):
        JobRun.objects.filter(state=JobState.WAITING).update(available_at=run.created_at)
        leases.claim(str(run.pk))
        JobRun.objects.filter(state=JobState.RUNNING).update(leased_until=run.created_at)
        sweep()

    run.refresh_from_db()
    assert (run.state, run.attempts, run.claim_no) == (JobState.DEAD, 3, 3)


def test_whoever_lost_the_lease_cannot_write():
    run = enqueue("ops.canary", key="a")
    late = leases.claim(str(run.pk))
    let_the_lease_lapse()
    sweep()
    JobRun.objects.update(available_at=run.created_at)
    successor = leases.claim(str(run.pk))

    with pytest.raises(LeaseLost):
        outcomes.finish(late, None)

    outcomes.finish(successor, None)
    run.refresh_from_db()
    assert (run.state, run.claim_no) == (JobState.DONE, 2)


def test_a_due_run_without_a_bell_is_rung_for_again():
    run = enqueue("ops.canary", key="a")
    OrmQ.objects.all().delete()
    past = timezone.now() - timedelta(seconds=21)
    JobRun.objects.update(available_at=past, rung_at=past)

    sweep()
    sweep()

    assert [bell.task["args"] for bell in OrmQ.objects.all()] == [(str(run.pk),)]


def test_a_busy_queue_is_not_rung_for_again():
    enqueue("ops.canary", key="a")
    past = timezone.now() - timedelta(seconds=21)
    JobRun.objects.update(available_at=past, rung_at=past)

    sweep()

    assert OrmQ.objects.count() == 1


def test_at_most_fifty_bells_are_rung_in_one_sweep():
    for number in range(51):
        enqueue("ops.canary", key=str(number))
    OrmQ.objects.all().delete()
    past = timezone.now() - timedelta(seconds=21)
    JobRun.objects.update(available_at=past, rung_at=past)

    sweep()

    assert OrmQ.objects.count() == 50


def test_an_interruption_gives_the_attempt_back():
    run = enqueue("ops.canary", key="a")
    claim = leases.claim(str(run.pk))

    outcomes.interrupt(claim)

    run.refresh_from_db()
    assert (run.state, run.attempts, run.interruptions) == (JobState.WAITING, 0, 1)


def test_the_tenth_interruption_is_the_last():
    run = enqueue("ops.canary", key="a")

    for _ in range(10):
        JobRun.objects.update(available_at=run.created_at)
        outcomes.interrupt(leases.claim(str(run.pk)))

    run.refresh_from_db()
    assert (run.state, run.attempts, run.interruptions) == (JobState.DEAD, 0, 10)
