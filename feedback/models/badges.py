"""Facts that arrive from other areas, and the badges and milestones they earn."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from feedback.models.points import MOST_POINTS
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned


class FactKind(models.TextChoices):
    EVALUATION = "evaluation", _("Evaluation")
    SURVEY = "survey", _("Survey answer")
    CERTIFICATE = "certificate", _("Certificate")
    RECOVERY = "recovery", _("Recovered customer")
    KUDOS = "kudos", _("Kudos received")


# What a rule may ask of a fact, with the type of each field.
FACT_FIELDS: dict[str, dict[str, type]] = {
    "evaluation": {
        "score_percent": float,
        "is_passed": bool,
        "has_critical_failure": bool,
        "scorecard": int,
        "queue": int,
    },
    "survey": {"value": float, "is_satisfied": bool, "driver": str, "queue": int},
    "certificate": {"course": int},
    "recovery": {"before": float, "after": float, "outcome": str},
    "kudos": {"giver": int, "points": int, "source": str},
}


class FactQuerySet(models.QuerySet["RecognitionFact"]):
    def newest(self) -> FactQuerySet:
        """The version that counts of each fact about each agent, the withdrawn ones left out."""
        later = self.model._default_manager.filter(
            fact_key=OuterRef("fact_key"), agent=OuterRef("agent"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(later), is_withdrawn=False)


class RecognitionFact(models.Model):
    """One thing that happened, about one agent; a correction is the next version of its key."""

    fact_key = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=11, choices=FactKind)
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recognition_facts")
    occurred_at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    is_withdrawn = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["occurred_at", "fact_key"]
        indexes = [
            models.Index(fields=["agent", "kind", "occurred_at"], name="feedback_fact_of_agent")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["fact_key", "agent", "version"], name="feedback_fact_once_per_version"
            ),
            models.CheckConstraint(
                condition=texts_fit(fact_key=80), name="feedback_fact_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact_key} version {self.version}"


class BadgeKind(models.TextChoices):
    RULE = "rule", "Earned by a rule"
    MANUAL = "manual", "Given by a supervisor"


class BadgeRepeat(models.TextChoices):
    ONCE = "once", "Once"
    EVERY_TIME = "every_time", "Every time"
    ONCE_PER_MONTH = "once_per_month", "Once a month"


class Badge(Versioned):
    """Something people can hold; how it is earned stands in its rule."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=250)
    icon = models.CharField(max_length=40, default="award")
    kind = models.CharField(max_length=6, choices=BadgeKind, default=BadgeKind.RULE)
    points = models.PositiveIntegerField(default=0)
    repeat = models.CharField(max_length=14, choices=BadgeRepeat, default=BadgeRepeat.ONCE)
    expires_after_days = models.PositiveIntegerField(null=True, blank=True)
    monthly_cap = models.PositiveSmallIntegerField(null=True, blank=True)
    is_volume = models.BooleanField(
        default=False, help_text="Its points wait for the quality gate at the end of the month."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__lte=MOST_POINTS) & texts_fit(name=60, description=250, icon=40),
                name="feedback_badge_fields_are_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RuleState(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class RuleMode(models.TextChoices):
    COUNT = "count", _("Count")
    STREAK = "streak", _("Streak")


class BadgeRule(Stamped):
    """One version of how a badge is earned; frozen once it is active."""

    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="rules")
    number = models.PositiveIntegerField(default=1)
    fact_kind = models.CharField(max_length=11, choices=FactKind)
    conditions = models.JSONField(
        default=list, blank=True, help_text="A list of {field, operator, value}; all must hold."
    )
    mode = models.CharField(max_length=6, choices=RuleMode, default=RuleMode.COUNT)
    k = models.PositiveSmallIntegerField(default=1)
    window_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the calendar month."
    )
    points = models.PositiveIntegerField(default=0)
    effective_from = models.DateTimeField()
    state = models.CharField(max_length=7, choices=RuleState, default=RuleState.DRAFT)

    class Meta:
        ordering = ["badge", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["badge", "number"], name="feedback_rule_number_once"),
            models.UniqueConstraint(
                fields=["badge"],
                condition=Q(state="active"),
                name="feedback_rule_one_active_per_badge",
            ),
            models.CheckConstraint(
                condition=Q(k__gte=1) & (Q(window_days__isnull=True) | Q(window_days__gte=1)),
                name="feedback_rule_numbers_are_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.badge} rule {self.number}"


class AwardQuerySet(models.QuerySet["BadgeAward"]):
    def standing(self) -> AwardQuerySet:
        return self.filter(revoked_at__isnull=True)


class BadgeAward(models.Model):
    """A badge in somebody's hands, with the fact that completed it."""

    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="awards")
    rule = models.ForeignKey(
        BadgeRule, null=True, blank=True, on_delete=models.PROTECT, related_name="awards"
    )
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="badges")
    closing_fact_key = models.CharField(max_length=80)
    facts = models.JSONField(default=list, help_text="The keys of all facts behind it.")
    awarded_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    is_shown = models.BooleanField(default=False)
    reason = MaskedCharField(max_length=500, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoke_reason = MaskedCharField(max_length=500, blank=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-awarded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["badge", "agent", "closing_fact_key"], name="feedback_award_once_per_fact"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
                name="feedback_award_revoked_for_a_reason",
            ),
            models.CheckConstraint(
                condition=texts_fit(closing_fact_key=80, reason=500, revoke_reason=500),
                name="feedback_award_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.badge} of {self.agent}"


class MilestoneKind(models.TextChoices):
    ANNIVERSARY = "anniversary", _("Work anniversary")
    CERTIFICATION = "certification", _("Certification")
    QA_STREAK = "qa_streak", _("Streak of passed evaluations")
    BIRTHDAY = "birthday", _("Birthday")


class Milestone(Versioned):
    """A day worth a word: after so many years, or so many passes in a row."""

    kind = models.CharField(max_length=13, choices=MilestoneKind)
    years = models.PositiveSmallIntegerField(default=0, help_text="Years, or passes in a row.")
    points = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "years"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "years"], name="feedback_milestone_once"),
            models.CheckConstraint(
                condition=Q(points__lte=MOST_POINTS), name="feedback_milestone_points_are_sound"
            ),
        ]

    def __str__(self) -> str:
        if self.kind == MilestoneKind.ANNIVERSARY:
            years = ngettext("{n} year with us", "{n} years with us", self.years)
            return years.format(n=self.years)
        if self.kind == MilestoneKind.QA_STREAK:
            passed = ngettext(
                "{n} passed evaluation in a row", "{n} passed evaluations in a row", self.years
            )
            return passed.format(n=self.years)
        return str(self.get_kind_display())


class MilestoneAward(models.Model):
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="awards")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="milestones")
    on_date = models.DateField()

    class Meta:
        ordering = ["-on_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["milestone", "agent", "on_date"], name="feedback_milestone_award_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone}: {self.agent}"


class Birthday(models.Model):
    """Day and month of a person who wants to be congratulated; never the year."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="birthday")
    day = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(
                condition=Q(day__gte=1, day__lte=31, month__gte=1, month__lte=12),
                name="feedback_birthday_is_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"Birthday of {self.user}"


class VolumeDecision(models.Model):
    """Whether the quality gate let the points of an agent's volume badges through for a month."""

    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    month_on = models.DateField()
    is_passed = models.BooleanField()
    reason = MaskedCharField(max_length=250, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-month_on", "agent"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "month_on"], name="feedback_gate_once_per_month"
            ),
            models.CheckConstraint(
                condition=Q(is_passed=True, reason="") | (Q(is_passed=False) & ~Q(reason="")),
                name="feedback_gate_blocked_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} {self.month_on:%Y-%m}"
