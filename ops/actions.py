"""What people, and the house itself, do to runs and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ops import audit, clock
from ops.jobs import bells, enqueue
from ops.models import Delivery, DeliveryState, JobRun, JobState
from ops.timers import timers


class NotDead(Exception):
    """The run is not dead, so there is nothing to try again."""

    def __str__(self) -> str:
        return "Only a dead job can be tried again; this one is not dead (any more)."


class NotWaiting(Exception):
    """The run does not wait, so there is nothing to cancel."""

    def __str__(self) -> str:
        return "Only a waiting job can be cancelled; this one has started or ended."


class NotUnclear(Exception):
    """The delivery's fate is known."""

    def __str__(self) -> str:
        return "This delivery is not unclear (any more); somebody else may have decided."


def retry_job(*, run: JobRun, by: Any, at: datetime) -> JobRun:
    """Put a dead run back in line with all its attempts; raises NotDead."""
    with transaction.atomic():
        changed = JobRun.objects.filter(pk=run.pk, state=JobState.DEAD).update(
            state=JobState.WAITING,
            attempts=0,
            interruptions=0,
            finished_at=None,
            available_at=clock.now(),
            rung_at=clock.now(),
        )
        if not changed:
            raise NotDead
        run.refresh_from_db()
        bells.ring(run)
        record_state("ops.retry_job", run, by, at, JobState.DEAD)
    return run


def cancel_job(*, run: JobRun, by: Any, at: datetime) -> JobRun:
    """Take a waiting run out of the line for good; raises NotWaiting."""
    with transaction.atomic():
        changed = JobRun.objects.filter(pk=run.pk, state=JobState.WAITING).update(
            state=JobState.CANCELLED, finished_at=clock.now()
        )
        if not changed:
            raise NotWaiting
        run.refresh_from_db()
        record_state("ops.cancel_job", run, by, at, JobState.WAITING)
    return run


def record_state(verb: str, run: JobRun, by: Any, at: datetime, before: JobState) -> None:
    audit.record(
        verb=verb,
        record=run,
        by=by,
        at=at,
        before={"state": str(before)},
        after={"state": str(run.state)},
    )


def settle_delivery(*, delivery: Delivery, was_sent: bool, by: Any, at: datetime) -> Delivery:
    """Decide what became of an unclear delivery: it was sent, or it is sent again.

    Raises NotUnclear.
    """
    state = DeliveryState.SENT if was_sent else DeliveryState.FAILED
    with transaction.atomic():
        changed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.UNCLEAR).update(
            state=state, sent_at=at if was_sent else None
        )
        if not changed:
            raise NotUnclear
        delivery.refresh_from_db()
        if not was_sent:
            send_again(delivery, by, at)
        audit.record(
            verb="ops.settle_delivery",
            record=delivery,
            by=by,
            at=at,
            before={"state": str(DeliveryState.UNCLEAR)},
            after={"state": str(state)},
        )
    return delivery


def send_again(delivery: Delivery, by: Any, at: datetime) -> None:
    """Enqueue a second run for a delivery that a person found unsent."""
    if delivery.run is None:
        raise NotUnclear
    enqueue(
        delivery.run.job,
        key=f"{delivery.key} again {at:%Y%m%d%H%M%S%f}",
        requested_by_id=by.pk,
        **delivery.run.args,
    )


def mark_silent_deliveries() -> int:
    """Turn deliveries claimed long ago without a word into unclear ones; returns how many."""
    silent = Delivery.objects.filter(
        state=DeliveryState.CLAIMED, claimed_at__lt=clock.ahead(-timers().unclear)
    )
    return silent.update(state=DeliveryState.UNCLEAR)
