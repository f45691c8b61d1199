"""Tokens of programs that use the API on somebody's behalf."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from accounts import permissions
from accounts.models.people import User
from lib.constraints import texts_fit
from lib.models import Stamped


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """All tokens for those who manage them; for everyone else the own ones."""
        reach = permissions.scope(user, "accounts.manage_tokens")
        return self if reach == "all" else self.filter(owner=user)

    def in_force(self, at: datetime) -> ApiTokenQuerySet:
        return self.filter(revoked_at__isnull=True, expires_at__gt=at, owner__is_active=True)


class ApiToken(Stamped):
    """What it may: the owner's rights of now, its scopes, and only from its networks."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    public_id = models.CharField(max_length=8, unique=True, editable=False)
    secret_sha256 = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=list)
    networks = models.JSONField(default=list, blank=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(name=80, public_id=8, secret_sha256=64),
                name="accounts_token_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (att_{self.public_id}…)"

    def is_in_force(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at and self.owner.is_active
