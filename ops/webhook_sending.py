"""One try to tell one endpoint one message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from lib import outgoing
from lib.scrub import scrub
from ops import actions_webhooks as actions
from ops import copies, webhooks
from ops.models import AttemptState, EndpointState, WebhookAttempt


@dataclass(frozen=True)
class Outcome:
    status: int | None
    duration_ms: int
    answer: str
    retry_after: int = 0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def due(attempt_id: int) -> WebhookAttempt | None:
    """The try, if it is still to be made.

    It is given up where the endpoint hears nothing now, and in a copy of a place.
    """
    rows = WebhookAttempt.objects.select_related("endpoint", "message")
    attempt = rows.filter(pk=attempt_id, state=AttemptState.DUE).first()
    if attempt is None:
        return None
    if attempt.endpoint.state != EndpointState.ACTIVE or copies.is_copy():
        actions.note_unheard(attempt)
        return None
    return attempt


def send(attempt: WebhookAttempt) -> Outcome:
    """Send it now; outside any transaction."""
    body = json.dumps(attempt.message.payload, separators=(",", ":")).encode()
    try:
        answer = outgoing.fetch(
            attempt.endpoint.url,
            method="POST",
            body=body,
            headers=headers_of(attempt, body),
            networks=settings.WEBHOOK_NETWORKS,
        )
    except (outgoing.NoAnswer, outgoing.ClosedAddress, outgoing.BadUrl) as error:
        return Outcome(None, 0, scrub(str(error)))
    text = scrub(answer.body.decode(errors="replace").replace("\x00", ""))
    return Outcome(answer.status, int(answer.seconds * 1000), text, retry_after(answer.headers))


def headers_of(attempt: WebhookAttempt, body: bytes) -> dict[str, str]:
    now = timezone.now()
    stamp = int(now.timestamp())
    signatures = [
        webhooks.sign(secret, attempt.message_id, stamp, body)
        for secret in attempt.endpoint.secrets_at(now)
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Attune-Webhooks",
        "webhook-id": attempt.message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(signatures),
    }


def retry_after(headers: Any) -> int:
    """Seconds that the receiver asks for; a date is not read."""
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def note(attempt: WebhookAttempt, outcome: Outcome) -> dict[str, Any]:
    """Keep how the try ended, and what follows; returns the job's result."""
    told: dict[str, Any] = {"duration_ms": outcome.duration_ms, "answer": outcome.answer}
    if outcome.is_taken:
        assert outcome.status is not None
        actions.note_sent(attempt, status=outcome.status, **told)
    else:
        actions.note_refused(
            attempt,
            status=outcome.status,
            retry_after=outcome.retry_after,
            at=timezone.now(),
            **told,
        )
    return {"status": outcome.status}
