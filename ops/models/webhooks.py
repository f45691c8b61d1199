"""Whom we tell about facts, what we told, and how each try ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from lib import encryption
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Versioned
from ops import access


class EndpointState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISABLED = "disabled", "Disabled"


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, user: Any) -> WebhookEndpointQuerySet:
        return self if access.reach(user, "ops.manage_webhooks") == "all" else self.none()

    def listening_to(self, event: str) -> list[WebhookEndpoint]:
        """Active endpoints that want this event; there are few endpoints, so one query."""
        active = self.filter(state=EndpointState.ACTIVE)
        return [endpoint for endpoint in active if event in endpoint.events]


class WebhookEndpoint(Versioned):
    """An address that is told about facts, and the secrets that sign what it is told."""

    url = models.URLField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list)
    secrets = models.JSONField(default=list, editable=False)
    state = models.CharField(
        max_length=8, choices=EndpointState, default=EndpointState.ACTIVE, editable=False
    )
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_by_id = models.BigIntegerField(editable=False)

    seals_secrets = True  # For rotate_keys.

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(url=500, description=200), name="ops_webhook_texts_fit"
            ),
            models.CheckConstraint(
                condition=Q(url__startswith="https://"), name="ops_webhook_url_is_https"
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    def secrets_at(self, at: datetime) -> list[str]:
        """The secrets that sign now, the newest first; an old one signs for a day longer."""
        valid = [
            item
            for item in self.secrets
            if item["until"] is None or datetime.fromisoformat(item["until"]) > at
        ]
        return [encryption.decrypt(item["secret"]) for item in valid]


class WebhookMessage(models.Model):
    """One fact as told to the outside; committed together with the fact."""

    id = models.CharField(max_length=30, primary_key=True)
    event = models.CharField(max_length=80)
    payload = models.JSONField()
    occurred_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-occurred_at"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(id=30, event=80), name="ops_webhook_message_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class AttemptState(models.TextChoices):
    DUE = "due", "Due"
    SENT = "sent", "Sent"
    REFUSED = "refused", "Refused"
    GIVEN_UP = "given_up", "Given up"


class WebhookAttempt(models.Model):
    """One try to tell one endpoint one message."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    message = models.ForeignKey(WebhookMessage, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=AttemptState, default=AttemptState.DUE)
    due_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    answer = MaskedCharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        indexes = [
            models.Index(fields=["endpoint", "-due_at", "-id"], name="ops_attempts_of_endpoint")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "message", "number"], name="ops_webhook_attempt_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="ops_webhook_attempt_counts"),
            models.CheckConstraint(condition=texts_fit(answer=500), name="ops_webhook_answer_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.endpoint_id}, try {self.number}"
