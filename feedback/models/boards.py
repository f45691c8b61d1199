"""Leaderboards that rank by the lower bound, and hints that somebody should look at."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TeamMembership, User
from accounts.permissions import scope
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned


class BoardMetric(models.TextChoices):
    SURVEY = "survey", "Satisfied customers, as far as people decide it"
    QA_PASS = "qa_pass", "Share of passed evaluations"
    QA_MEAN = "qa_mean", "Mean evaluation score"


class BoardUnit(models.TextChoices):
    TEAM = "team", "Teams"
    AGENT = "agent", "Agents"


class BoardWindow(models.TextChoices):
    LAST_30 = "last_30", "Last 30 days"
    LAST_90 = "last_90", "Last 90 days"
    MONTH = "month", "This month"
    QUARTER = "quarter", "This quarter"


class BoardVisibility(models.TextChoices):
    OFF = "off", _("Off")
    OWN_ONLY = "own_only", _("Each sees the own place")
    TOP_N = "top_n", _("The first places are shown")


class Leaderboard(Versioned):
    """One ranking; private unless an administrator shows the first places, with a reason."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    metric = models.CharField(max_length=7, choices=BoardMetric)
    unit = models.CharField(max_length=5, choices=BoardUnit, default=BoardUnit.TEAM)
    window = models.CharField(max_length=7, choices=BoardWindow, default=BoardWindow.LAST_90)
    min_n = models.PositiveIntegerField(default=10)
    strength = models.PositiveIntegerField(default=20)
    top_n = models.PositiveSmallIntegerField(default=3)
    visibility = models.CharField(
        max_length=8, choices=BoardVisibility, default=BoardVisibility.OWN_ONLY
    )
    reason = models.CharField(
        max_length=500, blank=True, help_text="Why the first places are shown to everyone."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(visibility="top_n") | ~Q(reason=""),
                name="feedback_board_shown_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(min_n__gte=1, top_n__gte=1) & texts_fit(name=80, reason=500),
                name="feedback_board_fields_are_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LeaderboardSnapshot(models.Model):
    """The board of one day; it never changes."""

    board = models.ForeignKey(Leaderboard, on_delete=models.PROTECT, related_name="snapshots")
    as_of = models.DateField()
    made_at = models.DateTimeField()
    rows = models.JSONField(help_text="A list of {id, n, mean, lower, upper, place, is_close}.")
    method = models.CharField(max_length=500)

    class Meta:
        ordering = ["-as_of"]
        constraints = [
            models.UniqueConstraint(fields=["board", "as_of"], name="feedback_snapshot_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.board} of {self.as_of}"


class BoardPreference(models.Model):
    """What a person wants others to see of them on boards."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="board_preference")
    is_hidden = models.BooleanField(default=False)
    alias = MaskedCharField(max_length=40, blank=True)

    class Meta:
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(alias=40), name="feedback_preference_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"Boards of {self.user}"


class FlagKind(models.TextChoices):
    RECIPROCITY = "reciprocity", "Thanks go back and forth"
    CONCENTRATION = "concentration", "Most thanks go to one person"
    CYCLE = "cycle", "Thanks go round in a ring"
    DUPLICATE = "duplicate", "The same words again"
    BURST = "burst", "Many thanks in minutes"
    MONTH_END = "month_end", "Points given away at the month's end"


class FlagState(models.TextChoices):
    OPEN = "open", "Open"
    CLEARED = "cleared", "Cleared"
    CONFIRMED = "confirmed", "Confirmed"


class FlagQuerySet(models.QuerySet["FairPlayFlag"]):
    def visible_to(self, user: User) -> FlagQuerySet:
        """Those about people of teams one supervises; never those about oneself."""
        reach = scope(user, "feedback.view_fairness")
        if reach is None:
            return self.none()
        about_me = self.model.subjects.through.objects.filter(user=user)
        rows = self.exclude(pk__in=about_me.values("fairplayflag_id"))
        if reach == "all":
            return rows
        in_force = TeamMembership.objects.in_force(timezone.now())
        led = in_force.filter(user=user, kind="supervisor").values("team_id")
        people = in_force.agents().filter(team__in=led).values("user_id")
        seen = self.model.subjects.through.objects.filter(user__in=people)
        return rows.filter(pk__in=seen.values("fairplayflag_id"))


class FairPlayFlag(Stamped):
    """Something a person should look at; nothing is taken away by itself."""

    kind = models.CharField(max_length=13, choices=FlagKind)
    period_on = models.DateField(help_text="Day 1 of the month in which it was found.")
    subjects = models.ManyToManyField(User, related_name="+")
    subjects_key = models.CharField(max_length=80)
    evidence = MaskedCharField(max_length=1000)
    kudos = models.JSONField(default=list, help_text="Ids of the kudos behind it.")
    state = models.CharField(max_length=9, choices=FlagState, default=FlagState.OPEN)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = MaskedCharField(max_length=500, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "period_on", "subjects_key"], name="feedback_flag_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False) & ~Q(reason="")),
                name="feedback_flag_decided_for_a_reason",
            ),
            models.CheckConstraint(
                condition=texts_fit(subjects_key=80, evidence=1000, reason=500),
                name="feedback_flag_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period_on:%Y-%m}"
