"""Durable event handlers: each (fact, handler) becomes one job in the fact's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from lib import events
from lib.events import Event
from ops.event_codec import as_json, rebuild
from ops.jobs import enqueue_all
from ops.models import EventRecord


def enqueue_handlers(event: Event, handlers: Sequence[str]) -> None:
    """The durable sink: keep the fact once, and put its handlers in line."""
    record = EventRecord(
        event_id=event.event_id,
        name=events.fact_name(type(event)),
        fields=as_json(event),
    )
    EventRecord.objects.bulk_create([record], ignore_conflicts=True)
    enqueue_all(
        "ops.handle_event",
        {
            f"{event.event_id}:{handler}": {"event_id": event.event_id, "handler": handler}
            for handler in handlers
        },
    )


def handle(event_id: str, handler: str) -> None:
    """Call a durable handler with its fact, in the job's transaction."""
    record = EventRecord.objects.get(pk=event_id)
    fact, function = events.durable_handler(handler, record.name)
    function(rebuild(fact, record.fields))
