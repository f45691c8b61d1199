"""Queues that interactions wait in, and the skills of people."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from accounts.models import Team
from lib.models import Versioned


class Queue(Versioned):
    name = models.CharField(max_length=80)
    channels = models.JSONField(default=list, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    wrap_needs_disposition = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="routing_queue_name_unique_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name
