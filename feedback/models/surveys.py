"""Surveys, their versions, and the open links that lead to them."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from accounts.permissions import has, scope
from feedback.questionnaire import Questionnaire, read
from lib.models import Stamped, Versioned

is_a_code = RegexValidator(
    r"\A[a-z0-9_]{1,40}\Z", "A code is 1 to 40 lower-case letters, digits and underscores."
)


class SurveyKind(models.TextChoices):
    CSAT = "csat", "Satisfaction"
    NPS = "nps", "Recommendation (NPS)"
    CES = "ces", "Effort (CES)"
    RECOVERY = "recovery", "Recovery"
    PULSE = "pulse", "Pulse of colleagues"
    CUSTOM = "custom", "Custom"


class Anonymity(models.TextChoices):
    IDENTIFIED = "identified", "Identified"
    CONFIDENTIAL = "confidential", "Confidential"
    ANONYMOUS = "anonymous", "Anonymous"


class SurveyState(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"
    ARCHIVED = "archived", "Archived"


SURVEY_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"live", "archived"}),
    "live": frozenset({"paused", "closed"}),
    "paused": frozenset({"live", "closed"}),
    "closed": frozenset({"live", "archived"}),
    "archived": frozenset(),
}


class SurveyQuerySet(models.QuerySet["Survey"]):
    def visible_to(self, user: User) -> SurveyQuerySet:
        """All for whoever designs surveys or reads results beyond their own; else none."""
        if has(user, "feedback.design_survey"):
            return self
        if scope(user, "feedback.view_results") is None:
            return self.none()
        return self.exclude(state=SurveyState.DRAFT)

    def due_to_close(self, at: datetime) -> SurveyQuerySet:
        return self.filter(state__in=("live", "paused"), closes_at__lte=at)


class Survey(Versioned):
    """What is asked, under which promise, and how long answers are kept."""

    code = models.CharField(max_length=40, unique=True, validators=[is_a_code])
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=SurveyKind, default=SurveyKind.CUSTOM)
    topic = models.CharField(
        "opt-out topic",
        max_length=40,
        validators=[is_a_code],
        default="surveys",
        help_text="What people opt out of; surveys of one topic share it.",
    )
    anonymity = models.CharField(max_length=12, choices=Anonymity, default=Anonymity.IDENTIFIED)
    default_language = models.CharField(max_length=12, default="en")
    state = models.CharField(max_length=8, choices=SurveyState, default=SurveyState.DRAFT)
    closes_at = models.DateTimeField(null=True, blank=True)
    response_cap = models.PositiveIntegerField(null=True, blank=True)
    quotas = models.JSONField(
        default=dict, blank=True, help_text="Most answers per channel, such as voice: 100."
    )
    retention_days = models.PositiveIntegerField(default=730)
    disclosure_k = models.PositiveSmallIntegerField(default=5)
    min_n = models.PositiveSmallIntegerField(default=30)
    target_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(disclosure_k__gte=3), name="feedback_survey_hides_at_least_below_3"
            ),
            models.CheckConstraint(
                condition=Q(target_percent__isnull=True)
                | Q(target_percent__gte=-100, target_percent__lte=100),
                name="feedback_survey_target_is_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("feedback:survey_detail", kwargs={"code": self.code})

    @property
    def is_anonymous(self) -> bool:
        return self.anonymity == Anonymity.ANONYMOUS

    @property
    def hides_small_cells(self) -> bool:
        return self.anonymity != Anonymity.IDENTIFIED

    @cached_property
    def published(self) -> SurveyVersion | None:
        return self.versions.filter(state=VersionState.PUBLISHED).first()

    @cached_property
    def draft(self) -> SurveyVersion | None:
        return self.versions.filter(state=VersionState.DRAFT).first()


class VersionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


VERSION_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"published"}),
    "published": frozenset({"retired"}),
    "retired": frozenset(),
}


class SurveyVersionQuerySet(models.QuerySet["SurveyVersion"]):
    def visible_to(self, user: User) -> SurveyVersionQuerySet:
        return self.filter(survey__in=Survey.objects.visible_to(user).values("pk"))


class SurveyVersion(Stamped):
    """The content as one document; a trigger of the database keeps what is no draft any more."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState, default=VersionState.DRAFT)
    content = models.JSONField(default=dict)
    content_sha256 = models.CharField(max_length=64, blank=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = SurveyVersionQuerySet.as_manager()

    class Meta:
        ordering = ["survey", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "number"], name="feedback_version_number_unique_in_survey"
            ),
            models.UniqueConstraint(
                fields=["survey"],
                condition=Q(state="draft"),
                name="feedback_version_one_draft_per_survey",
            ),
            models.UniqueConstraint(
                fields=["survey"],
                condition=Q(state="published"),
                name="feedback_version_one_published_per_survey",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True, state="draft")
                | (Q(published_at__isnull=False, published_by__isnull=False) & ~Q(state="draft")),
                name="feedback_version_published_by_whom_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} v{self.number}"

    @cached_property
    def questionnaire(self) -> Questionnaire:
        return read(self.content)

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT


class CollectorKind(models.TextChoices):
    LINK = "link", "Link"
    QR = "qr", "QR code"


class CollectorQuerySet(models.QuerySet["Collector"]):
    def visible_to(self, user: User) -> CollectorQuerySet:
        return self.filter(survey__in=Survey.objects.visible_to(user).values("pk"))


class Collector(Stamped):
    """An open way in: a link or a QR code that many people use; it holds no right but to answer."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="collectors")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=CollectorKind, default=CollectorKind.LINK)
    slug = models.CharField(max_length=22, unique=True)
    pin_hash = models.CharField(max_length=128, blank=True)
    daily_cap = models.PositiveIntegerField(default=500)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True)

    objects = CollectorQuerySet.as_manager()

    class Meta:
        ordering = ["survey", "name"]

    def __str__(self) -> str:
        return f"{self.survey}: {self.name}"

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, user: User) -> AnnotationQuerySet:
        return self.filter(survey__in=Survey.objects.visible_to(user).values("pk"))


class Annotation(Stamped):
    """A remark at a day of a trend, such as a release or a strike."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="annotations")
    on_date = models.DateField()
    text = models.CharField(max_length=120)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["on_date", "id"]

    def __str__(self) -> str:
        return f"{self.on_date}: {self.text}"
