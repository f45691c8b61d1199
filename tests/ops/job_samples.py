"""One sample of every job: what it finds, and the ids it is given.

A sample makes the rows its job works on and returns the job's arguments. `tests/<area>/` adds its
own in a module of this name:

    @sample("crm.run_import")
    def run_import():
        return {"run_id": ImportRunFactory().pk}
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.mail import EmailMessage
from django.utils import timezone

import tests
from lib import events
from ops import event_codec, mail
from ops.events import JobDied
from ops.models import EventRecord, JobState
from tests.factories.ops import (
    DeliveryFactory,
    JobRunFactory,
    WebhookAttemptFactory,
    WebhookEndpointFactory,
)

Sample = Callable[[], dict[str, Any]]
SAMPLES: dict[str, Sample] = {}


def sample(name: str) -> Callable[[Sample], Sample]:
    """Register the sample of the job `name`."""

    def register(function: Sample) -> Sample:
        SAMPLES[name] = function
        return function

    return register


def load_all() -> dict[str, Sample]:
    """Every sample of every area."""
    for area in pkgutil.iter_modules(tests.__path__):
        if area.ispkg and find_spec(f"tests.{area.name}.job_samples"):
            import_module(f"tests.{area.name}.job_samples")
    return SAMPLES


@sample("ops.canary")
@sample("ops.canary_slow")
def canary() -> dict[str, Any]:
    return {}


@sample("ops.handle_event")
def handle_event() -> dict[str, Any]:
    fact = JobDied(at=timezone.now(), by_id=None, run_id="1", job="ops.canary")
    events.subscribe(JobDied, note_death, durable=True)
    EventRecord.objects.create(
        event_id=fact.event_id, name="ops.events.JobDied", fields=event_codec.as_json(fact)
    )
    return {"event_id": fact.event_id, "handler": events.handler_name(note_death)}


def note_death(fact: JobDied) -> None:
    """A handler that changes one row, the same each time."""
    EventRecord.objects.filter(pk=fact.event_id).update(name="handled")


@sample("ops.send_mail")
def send_mail() -> dict[str, Any]:
    mail.register("greeting", lambda number: EmailMessage(f"Hello {number}", to=["a@example.com"]))
    return {"letter": "greeting", "number": 7}


@sample("ops.deliver_webhook")
def deliver_webhook() -> dict[str, Any]:
    """A receiver at a closed address, so that nothing leaves the test."""
    endpoint = WebhookEndpointFactory(url="https://127.0.0.1/hooks")
    return {"attempt_id": WebhookAttemptFactory(endpoint=endpoint).pk}


@sample("ops.settle_deliveries")
def settle_deliveries() -> dict[str, Any]:
    DeliveryFactory(claimed_at=timezone.now() - timedelta(hours=1))
    return {}


@sample("ops.purge")
def purge() -> dict[str, Any]:
    for days in (1, 31, 400):
        JobRunFactory(state=JobState.DONE, finished_at=timezone.now() - timedelta(days=days))
    return {}


@sample("ops.check_integrity")
@sample("ops.renew_statistics")
@sample("ops.backup")
def whole_database() -> dict[str, Any]:
    return {}


@sample("ops.sweep_files")
def sweep_files() -> dict[str, Any]:
    return {}
