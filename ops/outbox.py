"""Which facts the outside may hear, and the messages that are committed with them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from lib import events
from lib.events import Event
from ops import webhooks
from ops.actions_webhooks import queue_attempt
from ops.event_codec import as_json
from ops.models import WebhookEndpoint, WebhookMessage

TEST_EVENT = "webhook.test"
_names: dict[type[Event], str] = {}


def announce(fact: type[Event], name: str) -> None:
    """Let webhooks tell about `fact` under `name` (noun.verb_past)."""
    _names[fact] = name
    events.record_with(fact, record)


def catalog() -> list[tuple[str, str]]:
    """Every event by name, with the sentence that says when it is told."""
    found = [
        (name, " ".join((inspect.getdoc(fact) or "").split("\n\n")[0].split()))
        for fact, name in _names.items()
    ]
    return sorted(found)


def record(facts: Sequence[Event]) -> None:
    """Keep facts of one class for every endpoint that wants them, in their own transaction."""
    name = _names[type(facts[0])]
    endpoints = WebhookEndpoint.objects.listening_to(name)
    if not endpoints:
        return
    for event in facts:
        message = WebhookMessage.objects.create(
            id=webhooks.mint_message_id(),
            event=name,
            payload=webhooks.payload_of(name, as_json(event)),
            occurred_at=event.at,
        )
        for endpoint in endpoints:
            queue_attempt(endpoint, message, number=1, due_at=event.at)
