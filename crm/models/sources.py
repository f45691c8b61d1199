"""Systems that push interactions under a signature instead of a token."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from accounts.models import User
from accounts.permissions import has
from lib import encryption
from lib.constraints import texts_fit
from lib.models import Stamped


class PushSourceQuerySet(models.QuerySet["PushSource"]):
    def visible_to(self, user: User) -> PushSourceQuerySet:
        return self if has(user, "accounts.manage_tokens") else self.none()


class PushSource(Stamped):
    """One source of interactions: as whom it writes, and the secrets that sign what it sends."""

    name = models.CharField(max_length=80, unique=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="push_sources")
    secrets = models.JSONField(default=list, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    seals_secrets = True  # For rotate_keys.

    objects = PushSourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=texts_fit(name=80), name="crm_push_source_texts_fit"),
        ]

    def __str__(self) -> str:
        return self.name

    def secrets_at(self, at: datetime) -> list[str]:
        """The secrets that hold now, the newest first; an old one holds for a day longer."""
        valid = [
            item
            for item in self.secrets
            if item["until"] is None or datetime.fromisoformat(item["until"]) > at
        ]
        return [encryption.decrypt(item["secret"]) for item in valid]
