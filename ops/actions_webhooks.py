"""What is done to webhook endpoints, and how each try to tell them ends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from lib import encryption, events
from ops import audit, mail, webhooks
from ops.events import WebhookDisabled
from ops.jobs import enqueue
from ops.models import (
    AttemptState,
    EndpointState,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)

OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
GIVE_UP_AFTER = timedelta(days=5)
GONE = 410


class ChangedMeanwhile(Exception):
    def __str__(self) -> str:
        return "Somebody changed this endpoint in the meantime. Look at it again."


@transaction.atomic
def add_endpoint(
    *, url: str, description: str, events: Sequence[str], by: Any, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is shown this once."""
    secret = webhooks.mint_secret()
    endpoint = WebhookEndpoint.objects.create(
        url=url,
        description=description,
        events=sorted(events),
        secrets=[{"secret": encryption.encrypt(secret), "until": None}],
        created_by_id=by.pk,
    )
    after = {"url": url, "events": endpoint.events}
    audit.record(verb="add_webhook", record=endpoint, by=by, at=at, after=after)
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    version: int,
    url: str,
    description: str,
    events: Sequence[str],
    by: Any,
    at: datetime,
) -> WebhookEndpoint:
    """Raises ChangedMeanwhile."""
    new = {"url": url, "description": description, "events": sorted(events)}
    before = {name: getattr(endpoint, name) for name in new}
    _change(endpoint, version, new, at)
    audit.record(verb="change_webhook", record=endpoint, by=by, at=at, before=before, after=new)
    return endpoint


@transaction.atomic
def rotate_secret(
    *, endpoint: WebhookEndpoint, version: int, by: Any, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """A new secret; the one before signs beside it for a day. Raises ChangedMeanwhile."""
    secret = webhooks.mint_secret()
    old = endpoint.secrets[0] | {"until": (at + OLD_SECRET_SIGNS_FOR).isoformat()}
    kept = [{"secret": encryption.encrypt(secret), "until": None}, old]
    _change(endpoint, version, {"secrets": kept}, at)
    audit.record(verb="rotate_webhook_secret", record=endpoint, by=by, at=at)
    return endpoint, secret


@transaction.atomic
def set_endpoint_state(
    *, endpoint: WebhookEndpoint, version: int, state: EndpointState, by: Any, at: datetime
) -> WebhookEndpoint:
    """Pause, or let it hear again. Raises ChangedMeanwhile."""
    before = {"state": endpoint.state}
    changes = {"state": state, "failing_since": None}
    _change(endpoint, version, changes, at)
    after = {"state": str(state)}
    audit.record(
        verb="set_webhook_state", record=endpoint, by=by, at=at, before=before, after=after
    )
    return endpoint


def _change(endpoint: WebhookEndpoint, version: int, values: dict[str, Any], at: datetime) -> None:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, version=version)
    if not rows.update(version=version + 1, updated_at=at, **values):
        raise ChangedMeanwhile
    endpoint.refresh_from_db()


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, by: Any, at: datetime) -> WebhookAttempt:
    """Tell the endpoint an event that says nothing."""
    fields = {"at": at.isoformat(), "endpoint_id": endpoint.pk}
    message = WebhookMessage.objects.create(
        id=webhooks.mint_message_id(),
        event="webhook.test",
        payload=webhooks.payload_of("webhook.test", fields),
        occurred_at=at,
    )
    audit.record(verb="test_webhook", record=endpoint, by=by, at=at)
    return queue_attempt(endpoint, message, number=1, due_at=at)


@transaction.atomic
def resend(*, attempt: WebhookAttempt, by: Any, at: datetime) -> WebhookAttempt:
    """Tell the same message once more, with the same id."""
    tries = WebhookAttempt.objects.filter(endpoint=attempt.endpoint, message=attempt.message)
    last = tries.select_for_update().order_by("-number").first()
    assert last is not None
    audit.record(verb="resend_webhook", record=attempt.endpoint, by=by, at=at)
    return queue_attempt(attempt.endpoint, attempt.message, number=last.number + 1, due_at=at)


def queue_attempt(
    endpoint: WebhookEndpoint, message: WebhookMessage, *, number: int, due_at: datetime
) -> WebhookAttempt:
    """One more try, committed with its job."""
    attempt, is_new = WebhookAttempt.objects.get_or_create(
        endpoint=endpoint, message=message, number=number, defaults={"due_at": due_at}
    )
    if is_new:
        key = f"{endpoint.pk}:{message.pk}:{number}"
        enqueue("ops.deliver_webhook", key=key, at=due_at, attempt_id=attempt.pk)
    return attempt


def note_sent(attempt: WebhookAttempt, *, status: int, duration_ms: int, answer: str) -> None:
    """The endpoint took the message."""
    _end(attempt, AttemptState.SENT, status, duration_ms, answer)
    WebhookEndpoint.objects.filter(pk=attempt.endpoint_id, failing_since__isnull=False).update(
        failing_since=None
    )


def note_refused(
    attempt: WebhookAttempt,
    *,
    status: int | None,
    duration_ms: int,
    answer: str,
    retry_after: int,
    at: datetime,
) -> None:
    """It did not: another try later, or none where nobody has listened for five days."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=attempt.endpoint_id)
    is_last = attempt.number >= webhooks.MOST_TRIES
    state = AttemptState.GIVEN_UP if is_last or status == GONE else AttemptState.REFUSED
    _end(attempt, state, status, duration_ms, answer)
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        endpoint.save(update_fields=["failing_since"])
    if status == GONE or at - endpoint.failing_since >= GIVE_UP_AFTER:
        disable(endpoint, at=at)
    elif not is_last:
        spread = random.uniform(-1, 1)  # noqa: S311 - Not a secret.
        seconds = webhooks.delay_before(attempt.number + 1, retry_after, spread)
        due_at = at + timedelta(seconds=seconds)
        queue_attempt(endpoint, attempt.message, number=attempt.number + 1, due_at=due_at)


def note_unheard(attempt: WebhookAttempt) -> None:
    """Nobody may hear it now; a person may send the message again later."""
    WebhookAttempt.objects.filter(pk=attempt.pk).update(state=AttemptState.GIVEN_UP)


def _end(
    attempt: WebhookAttempt, state: AttemptState, status: int | None, duration_ms: int, answer: str
) -> None:
    WebhookAttempt.objects.filter(pk=attempt.pk).update(
        state=state, status=status, duration_ms=duration_ms, answer=answer[:500]
    )


def disable(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Tell it nothing more, and its creator why."""
    still_on = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ACTIVE)
    if still_on.update(state=EndpointState.DISABLED, version=endpoint.version + 1, updated_at=at):
        audit.record(verb="disable_webhook", record=endpoint, by=None, at=at)
        events.publish(WebhookDisabled(endpoint_id=endpoint.pk, at=at, by_id=None))
        key = f"{endpoint.pk}:{at:%Y%m%d%H%M%S}"
        mail.send("ops.webhook_disabled", key=key, endpoint_id=endpoint.pk)
