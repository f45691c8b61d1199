"""What agents were doing between and during contacts, as a switch or a file tells it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.permissions import has
from lib.models import Stamped


class AgentState(models.TextChoices):
    AVAILABLE = "available", pgettext_lazy("agent state", "Available")
    HANDLING = "handling", pgettext_lazy("agent state", "Handling")
    WRAP_UP = "wrap_up", pgettext_lazy("agent state", "Wrap-up")
    BREAK = "break", pgettext_lazy("agent state", "Break")
    TRAINING = "training", pgettext_lazy("agent state", "Training")
    MEETING = "meeting", pgettext_lazy("agent state", "Meeting")
    OFFLINE = "offline", pgettext_lazy("agent state", "Offline")
    OTHER = "other", pgettext_lazy("agent state", "Other")


class AgentStateSpanQuerySet(models.QuerySet["AgentStateSpan"]):
    def visible_to(self, user: User) -> AgentStateSpanQuerySet:
        """One's own, and those of people whom one may see in the teams."""
        seen = User.objects.visible_to(user) if has(user, "accounts.view_team") else None
        return self.filter(agent=user) if seen is None else self.filter(agent__in=seen)


class AgentStateSpan(Stamped):
    """An agent was in one state in [started_at, ended_at); still is while ended_at is null.

    `slots` is how many contacts could be handled at once. Spans of one agent may overlap, for
    several sources may tell of one day: readers take the union.
    """

    agent = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="state_spans",
        db_index=False,  # The unique triple serves as well.
    )
    state = models.CharField(max_length=10, choices=AgentState)
    slots = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    import_run = models.ForeignKey(
        "crm.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = AgentStateSpanQuerySet.as_manager()

    class Meta:
        ordering = ["agent", "started_at", "id"]
        indexes = [models.Index(fields=["started_at"], name="crm_agent_state_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "source", "started_at"],
                name="crm_agent_state_once_per_moment_and_source",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")),
                name="crm_agent_state_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} from {self.started_at:%Y-%m-%d %H:%M}"
