"""Effect reports, and which criteria a course is meant to change."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import scope
from lib.models import Stamped
from quality.models import Assignment, Evaluation, Scorecard
from training.models.base import at_most
from training.models.courses import Course


class Treatment(models.TextChoices):
    COACHING = "coaching", "Coaching"
    COURSE = "course", "A course"


class EffectReportQuerySet(models.QuerySet["EffectReport"]):
    def visible_to(self, user: User) -> EffectReportQuerySet:
        """All with reach `all`; else those that one made over one's own people."""
        reach = scope(user, "training.view_effect")
        if reach == "all":
            return self
        return self.filter(created_by=user) if reach == "team" else self.none()


class EffectReport(Stamped):
    """What coaching or a course was followed by, computed once in the background, never changed.

    `definition` and `result` have the shapes of training/effect_study.py; `data_cutoff_at` is the
    moment of the computation.
    """

    title = models.CharField(max_length=200)
    treatment = models.CharField(max_length=8, choices=Treatment)
    definition = models.JSONField()
    data_cutoff_at = models.DateTimeField(null=True, blank=True, editable=False)
    result = models.JSONField(null=True, blank=True, editable=False)
    result_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    method_version = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = EffectReportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=at_most("title", 200) & ~Q(title=""),
                name="training_effect_has_a_title",
            ),
            models.CheckConstraint(
                condition=Q(result__isnull=True, data_cutoff_at__isnull=True, result_sha256="")
                | (
                    Q(result__isnull=False, data_cutoff_at__isnull=False, method_version__gte=1)
                    & ~Q(result_sha256="")
                ),
                name="training_effect_is_computed_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_computed(self) -> bool:
        return self.result is not None


class Side(models.TextChoices):
    BEFORE = "before", "Before"
    AFTER = "after", "After"


class BlindScoring(Stamped):
    """An evaluation that a report has drawn to be scored once more by somebody told no day."""

    report = models.ForeignKey(EffectReport, on_delete=models.PROTECT, related_name="blind")
    side = models.CharField(max_length=6, choices=Side)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="+")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "evaluation"], name="training_blind_scoring_once_per_report"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()}: {self.evaluation_id}"


class EffectRanking(Stamped):
    """Coaches beside each other by one scorecard, or courses without one, as one reader sees them.

    Computed in the background whenever the reader asks; `result` is that of
    training/effect_rank.py and holds ids, never names.
    """

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    scorecard = models.ForeignKey(
        Scorecard, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ordered_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True, blank=True, editable=False)
    result = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["reader", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "scorecard"],
                condition=Q(scorecard__isnull=False),
                name="training_ranking_of_coaches_once_per_reader",
            ),
            models.UniqueConstraint(
                fields=["reader"],
                condition=Q(scorecard__isnull=True),
                name="training_ranking_of_courses_once_per_reader",
            ),
            models.CheckConstraint(
                condition=Q(result__isnull=True, computed_at__isnull=True)
                | Q(result__isnull=False, computed_at__isnull=False),
                name="training_ranking_is_computed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard or 'Courses'} for {self.reader}"

    @property
    def is_up_to_date(self) -> bool:
        """Whether what was asked for last is there."""
        return self.computed_at is not None and self.computed_at >= self.ordered_at


class CourseTie(Stamped):
    """A criterion that a course is meant to change."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="ties")
    criterion_key = models.CharField(max_length=40)

    class Meta:
        ordering = ["course", "criterion_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "criterion_key"], name="training_tie_once_per_course"
            ),
            models.CheckConstraint(
                condition=~Q(criterion_key=""), name="training_tie_names_a_criterion"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course}: {self.criterion_key}"
