"""How long the rows of ops are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from lib import form_keys
from ops import clock
from ops.form_keys import SCOPE
from ops.idempotency import KEPT_FOR
from ops.models import (
    OPEN_STATES,
    Bucket,
    EventRecord,
    IdempotencyKey,
    JobRun,
    JobState,
    ScheduleSlot,
    WebhookAttempt,
    WebhookMessage,
)

CHUNK = 500
CANARIES = ("ops.canary", "ops.canary_slow")
CANARY_AGE = timedelta(days=1)
DONE_AGE = timedelta(days=30)
DEAD_AGE = timedelta(days=365)
SLOT_AGE = timedelta(days=400)
BUCKET_AGE = timedelta(days=1)  # Every allowance is full again long before.


def remove_outdated() -> Iterator[int]:
    """Delete outdated rows in chunks; yields the size of each chunk."""
    for rows in outdated(clock.read()):
        while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
            rows.model._base_manager.filter(pk__in=ids).delete()
            yield len(ids)


def outdated(now: datetime) -> list[QuerySet[Any]]:
    ended = JobRun.objects.order_by("finished_at")
    wishes = IdempotencyKey.objects.exclude(scope__startswith=SCOPE)
    well = ended.filter(state__in=[JobState.DONE, JobState.CANCELLED])
    return [
        well.filter(job__in=CANARIES, finished_at__lt=now - CANARY_AGE),
        well.filter(finished_at__lt=now - DONE_AGE),
        ended.filter(state=JobState.DEAD, finished_at__lt=now - DEAD_AGE),
        ScheduleSlot.objects.filter(slot_at__lt=now - SLOT_AGE),
        finished_facts(now - DONE_AGE),
        WebhookAttempt.objects.filter(message__occurred_at__lt=now - DONE_AGE),
        WebhookMessage.objects.filter(occurred_at__lt=now - DONE_AGE, attempts__isnull=True),
        IdempotencyKey.objects.filter(created_at__lt=now - form_keys.KEPT_FOR),
        wishes.filter(created_at__lt=now - KEPT_FOR),
        Bucket.objects.filter(updated_at__lt=now - BUCKET_AGE),
        Session.objects.filter(expire_date__lt=now),
    ]


def finished_facts(before: datetime) -> QuerySet[EventRecord]:
    """Facts that no handler can ask for any more, not even by the retry of a dead run."""
    open_runs = JobRun.objects.filter(
        job="ops.handle_event", state__in=[*OPEN_STATES, JobState.DEAD]
    )
    wanted = [args["event_id"] for args in open_runs.values_list("args", flat=True)]
    return EventRecord.objects.filter(created_at__lt=before).exclude(pk__in=wanted)
