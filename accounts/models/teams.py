"""Teams, who was in them when, and how telephony names an agent."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts import permissions, teams
from accounts.models.people import User
from lib.models import Stamped, Versioned


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User) -> TeamQuerySet:
        """Everybody sees the teams they are in now; with reach `all`, every team."""
        reach = permissions.scope(user, "accounts.view_team")
        if reach == "all":
            return self
        if reach is None:
            return self.none()
        mine = TeamMembership.objects.in_force(timezone.now()).filter(user=user)
        return self.filter(id__in=mine.values("team_id"))


class Team(Versioned):
    name = models.CharField(max_length=80, unique=True)
    description = models.TextField(max_length=500, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipKind(models.TextChoices):
    AGENT = "agent", "Agent"
    SUPERVISOR = "supervisor", "Supervisor"
    EVALUATOR = "evaluator", "Evaluator"
    TRAINER = "trainer", "Trainer"


class MembershipQuerySet(models.QuerySet["TeamMembership"]):
    def visible_to(self, user: User) -> MembershipQuerySet:
        """Memberships of the people this person may see."""
        return self.filter(user__in=User.objects.visible_to(user))

    def in_force(self, at: datetime) -> MembershipQuerySet:
        """Memberships whose half-open span holds the moment `at`."""
        return self.filter(teams.spans_holding(at))

    def agents(self) -> MembershipQuerySet:
        return self.filter(kind=MembershipKind.AGENT)


class TeamMembership(Stamped):
    """One person in one team for the span [starts_at, ends_at); open while ends_at is null.

    No two `agent` memberships of one person overlap: held by an exclusion constraint on
    PostgreSQL and by accounts.actions under a lock on SQLite.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    kind = models.CharField(max_length=10, choices=MembershipKind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["user", "kind", "starts_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="accounts_membership_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team} as {self.kind}"


class AgentKeyQuerySet(models.QuerySet["AgentKey"]):
    def visible_to(self, user: User) -> AgentKeyQuerySet:
        return self.filter(user__in=User.objects.visible_to(user))

    def in_force(self, at: datetime) -> AgentKeyQuerySet:
        return self.filter(teams.spans_holding(at))


class AgentKey(Stamped):
    """How a telephony source names an agent, for the span [starts_at, ends_at)."""

    source = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="agent_keys")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = AgentKeyQuerySet.as_manager()

    class Meta:
        ordering = ["source", "key", "starts_at"]
        indexes = [models.Index(fields=["source", "key"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="accounts_agent_key_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.key}"
