"""Scorecards and their versions: what is asked, and the switches of how it counts."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import Team, User
from accounts.permissions import has
from crm.models.interactions import Channel
from quality.models.base import RowVersioned, as_text, percent_field, together, within
from routing.models import Queue


class ScorecardKind(models.TextChoices):
    INTERACTION = "interaction", "Interactions"
    EVALUATOR = "evaluator", "Evaluators' work"


class BoundDirection(models.TextChoices):
    ANY = "any", "Any direction"
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"
    INTERNAL = "internal", "Internal"


class VersionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


VERSION_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"published"}),
    "published": frozenset({"retired"}),
    "retired": frozenset(),
}


class WeightMode(models.TextChoices):
    CRITERION_PERCENT = "criterion_percent", "Each criterion has a share of 100 %"
    SECTION_PERCENT = "section_percent", "Each section has a share of 100 %"
    SCALED_POINTS = "scaled_points", "Points, multiplied per section"
    POINTS = "points", "Points"
    CATEGORY = "category", "Categories with free weights"


class NaPolicy(models.TextChoices):
    PROPORTIONAL = "proportional", "What does not apply drops out"
    EQUAL = "equal", "Its weight is shared in equal parts"
    FIXED = "fixed", "It counts as a fixed percentage"


class ReleaseMode(models.TextChoices):
    ON_SUBMIT = "on_submit", "As soon as it is submitted"
    DELAYED = "delayed", "After a number of hours"
    MANUAL = "manual", "By hand"
    NEVER = "never", "Never"


class SelfAssessment(models.TextChoices):
    OFF = "off", "Off"
    OPTIONAL = "optional", "Offered"
    REQUIRED = "required", "Before the result is shown"


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def visible_to(self, user: User) -> ScorecardQuerySet:
        """All for who manages scorecards; else those without teams or with a team of one's own."""
        if has(user, "quality.manage_scorecards"):
            return self
        own_teams = user.memberships.values("team_id")
        return self.filter(
            Q(teams__isnull=True) | Q(teams__in=own_teams), current_version__isnull=False
        ).distinct()

    def in_use(self) -> ScorecardQuerySet:
        return self.filter(archived_at__isnull=True, current_version__isnull=False)


class Scorecard(RowVersioned):
    """A named set of questions; what is asked stands in its versions."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=ScorecardKind, default=ScorecardKind.INTERACTION)
    teams = models.ManyToManyField(Team, blank=True, related_name="+", help_text="None: all teams.")
    channels = models.JSONField(default=list, blank=True, help_text="None: every channel.")
    queues = models.ManyToManyField(
        Queue, blank=True, related_name="+", help_text="None: every queue."
    )
    direction = models.CharField(max_length=8, choices=BoundDirection, default=BoundDirection.ANY)
    needs_qualification = models.BooleanField(
        default=False, help_text="Only evaluators whom training has qualified may score with it."
    )
    current_version = models.ForeignKey(
        "ScorecardVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(archived_at__isnull=True),
                name="quality_scorecard_name_unique_among_the_not_archived",
            ),
            models.CheckConstraint(
                condition=together("archived_at", "archived_by"),
                name="quality_scorecard_archived_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def draft(self) -> ScorecardVersion | None:
        return self.versions.filter(state=VersionState.DRAFT).first()

    @property
    def channel_names(self) -> list[str]:
        return [str(Channel(name).label) for name in self.channels]


class ScorecardVersion(RowVersioned):
    """One wording of a scorecard with all switches; locked for ever once it is published."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    state = models.CharField(max_length=9, choices=VersionState, default=VersionState.DRAFT)
    language = models.CharField(max_length=35, default="en")
    change_note = models.CharField(max_length=1000, blank=True)
    impact_skip_reason = models.CharField(max_length=500, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    weight_mode = models.CharField(
        max_length=18, choices=WeightMode, default=WeightMode.CRITERION_PERCENT
    )
    na_policy = models.CharField(
        "not applicable", max_length=12, choices=NaPolicy, default=NaPolicy.PROPORTIONAL
    )
    na_fixed_percent = percent_field()
    pass_percent = percent_field(verbose_name="pass mark")
    cap_percent = percent_field(default=100, verbose_name="highest score")
    decimals = models.PositiveSmallIntegerField(default=2, validators=[MaxValueValidator(4)])
    bands = models.JSONField(default=list, blank=True)
    locked_weights = models.JSONField(default=list, blank=True, editable=False)

    approval_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    release_mode = models.CharField(
        max_length=9, choices=ReleaseMode, default=ReleaseMode.ON_SUBMIT
    )
    release_delay_hours = models.PositiveIntegerField(default=0)
    weights_hidden = models.BooleanField(default=False)
    evaluator_hidden = models.BooleanField(default=False)
    self_assessment = models.CharField(
        max_length=8, choices=SelfAssessment, default=SelfAssessment.OFF
    )
    acknowledge_hours = models.PositiveIntegerField(null=True, blank=True)
    dispute_window_hours = models.PositiveIntegerField(default=168)
    dispute_rounds = models.PositiveSmallIntegerField(default=2)
    dispute_deciders = models.JSONField(default=list, blank=True)
    dispute_may_lower = models.BooleanField(default=False)

    class Meta:
        ordering = ["scorecard", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "number"], name="quality_version_number_unique_in_scorecard"
            ),
            models.UniqueConstraint(
                fields=["scorecard"],
                condition=Q(state="draft"),
                name="quality_version_one_draft_per_scorecard",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="quality_version_numbers_start_at_one"
            ),
            models.CheckConstraint(
                condition=Q(na_policy="fixed", na_fixed_percent__isnull=False)
                | (~Q(na_policy="fixed") & Q(na_fixed_percent__isnull=True)),
                name="quality_version_fixed_percent_belongs_to_fixed_policy",
            ),
            models.CheckConstraint(
                condition=within("na_fixed_percent", 0, 100),
                name="quality_version_fixed_percent_is_0_to_100",
            ),
            models.CheckConstraint(
                condition=within("pass_percent", 0, 1000)
                & (
                    Q(cap_percent__isnull=True)
                    | Q(pass_percent__isnull=True)
                    | Q(pass_percent__lte=F("cap_percent"))
                    | Q(state="draft")
                ),
                name="quality_version_pass_mark_can_be_reached",
            ),
            models.CheckConstraint(
                condition=within("cap_percent", 100, 1000),
                name="quality_version_cap_is_100_to_1000",
            ),
            models.CheckConstraint(
                condition=Q(decimals__lte=4), name="quality_version_has_at_most_4_decimals"
            ),
            models.CheckConstraint(
                condition=within("approval_percent", 0, 100),
                name="quality_version_approval_percent_is_0_to_100",
            ),
            models.CheckConstraint(
                condition=Q(release_delay_hours__lte=1080, dispute_window_hours__lte=1080),
                name="quality_version_waits_are_at_most_1080_hours",
            ),
            models.CheckConstraint(
                condition=Q(dispute_rounds__lte=5),
                name="quality_version_has_at_most_5_dispute_rounds",
            ),
            models.CheckConstraint(
                condition=together("published_at", "published_by")
                & (
                    Q(state="draft", published_at__isnull=True)
                    | (~Q(state="draft") & Q(published_at__isnull=False) & ~Q(content_sha256=""))
                ),
                name="quality_version_published_by_someone_with_its_hash",
            ),
            models.CheckConstraint(
                condition=together("retired_at", "retired_by")
                & (
                    Q(state="retired", retired_at__isnull=False)
                    | (~Q(state="retired") & Q(retired_at__isnull=True))
                ),
                name="quality_version_retired_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} · version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT

    def as_document(self) -> dict[str, Any]:
        """The whole version as plain data, the shape of quality/documents.py. Four queries.

        Numbers are the shortest plain decimal strings; `cap_percent` "none" is no cap.
        """
        sections = list(self.sections.prefetch_related("criteria__options", "criteria__answer_set"))
        return {
            "format": "attune.scorecard/1",
            "name": self.scorecard.name,
            "kind": self.scorecard.kind,
            "channels": list(self.scorecard.channels),
            "direction": self.scorecard.direction,
            "number": self.number,
            "language": self.language,
            "change_note": self.change_note,
            "weight_mode": self.weight_mode,
            "na_policy": self.na_policy,
            "na_fixed_percent": as_text(self.na_fixed_percent),
            "pass_percent": as_text(self.pass_percent),
            "cap_percent": as_text(self.cap_percent) or "none",
            "decimals": self.decimals,
            "bands": self.bands,
            **self._policy(),
            "sections": [
                top.as_document([below for below in sections if below.parent_id == top.pk])
                for top in sections
                if top.parent_id is None
            ],
        }

    def _policy(self) -> dict[str, Any]:
        return {
            "approval_percent": as_text(self.approval_percent),
            "release_mode": self.release_mode,
            "release_delay_hours": self.release_delay_hours,
            "weights_hidden": self.weights_hidden,
            "evaluator_hidden": self.evaluator_hidden,
            "self_assessment": self.self_assessment,
            "acknowledge_hours": self.acknowledge_hours,
            "dispute_window_hours": self.dispute_window_hours,
            "dispute_rounds": self.dispute_rounds,
            "dispute_deciders": list(self.dispute_deciders),
            "dispute_may_lower": self.dispute_may_lower,
        }
