"""Prepared work: macros of several acts, and replies that are often given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, TeamMembership, User
from lib.models import Versioned

LONGEST_REPLY = 5_000


class SharingScope(models.TextChoices):
    PERSONAL = "personal", _("Only me")
    TEAM = "team", _("My team")
    SHARED = "shared", _("Everybody")


class SharedQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> SharedQuerySet:
        """One's own, those of one's teams, and those for everybody; retired ones are left out."""
        mine = TeamMembership.objects.in_force(timezone.now()).filter(user=user)
        return self.filter(
            Q(scope=SharingScope.PERSONAL, owner=user)
            | Q(scope=SharingScope.TEAM, team__in=mine.values("team_id"))
            | Q(scope=SharingScope.SHARED)
        )

    def unused_since(self, moment: datetime) -> SharedQuerySet:
        """Made before the moment and not used from then on."""
        idle = Q(last_used_at__isnull=True) | Q(last_used_at__lt=moment)
        return self.filter(idle, created_at__lt=moment)

    def in_use(self) -> SharedQuerySet:
        return self.filter(retired_at__isnull=True)


class Sharable(Versioned):
    """Something a person keeps for themselves, a team or everybody."""

    scope = models.CharField(max_length=8, choices=SharingScope, default=SharingScope.PERSONAL)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    use_count = models.PositiveIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SharedQuerySet.as_manager()

    class Meta:
        abstract = True


class Macro(Sharable):
    """Several acts on a case in one: all of them or none.

    `actions` is a list of {"do": name, "value": …}; crm.macros knows the names.
    """

    name = models.CharField(max_length=80)
    actions: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class CannedReply(Sharable):
    """A text for customers, called by its shortcut, such as /refund."""

    name = models.CharField(max_length=80)
    shortcut = models.CharField(max_length=40)
    body = models.TextField(max_length=LONGEST_REPLY)

    class Meta:
        ordering = ["shortcut", "id"]
        verbose_name_plural = "canned replies"
        constraints = [
            models.UniqueConstraint(
                fields=["shortcut"],
                condition=Q(scope="shared"),
                name="crm_reply_shortcut_unique_for_everybody",
            ),
            models.UniqueConstraint(
                fields=["shortcut", "team"],
                condition=Q(scope="team"),
                name="crm_reply_shortcut_unique_in_a_team",
            ),
            models.UniqueConstraint(
                fields=["shortcut", "owner"],
                condition=Q(scope="personal"),
                name="crm_reply_shortcut_unique_for_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.shortcut
