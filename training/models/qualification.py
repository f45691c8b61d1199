"""Qualification of evaluators: runs over reference evaluations, and who is qualified until when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from lib.masking import MaskedCharField
from lib.models import Stamped
from quality.models import ReferenceEvaluation, Scorecard, ScorecardVersion
from training.models.base import at_most, together
from training.reach import rows_about


class QualificationRunQuerySet(models.QuerySet["QualificationRun"]):
    def visible_to(self, user: User) -> QualificationRunQuerySet:
        return self.filter(rows_about(user, "training.view_board"))

    def running(self) -> QualificationRunQuerySet:
        return self.filter(ended_at__isnull=True)


class QualificationRun(Stamped):
    """One go of one evaluator at the references of a version; never an evaluation.

    `result` has the shape of training/qualifying.py.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="qualification_runs")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    is_passed = models.BooleanField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)

    objects = QualificationRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scorecard"],
                condition=Q(ended_at__isnull=True),
                name="training_run_one_open_per_scorecard",
            ),
            models.CheckConstraint(
                condition=together("ended_at", "is_passed"),
                name="training_run_ended_has_its_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.scorecard}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class QualificationMark(Stamped):
    """The trainee's answers to one reference; empty until they are saved."""

    run = models.ForeignKey(QualificationRun, on_delete=models.PROTECT, related_name="marks")
    reference = models.ForeignKey(ReferenceEvaluation, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    answers = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "reference"], name="training_mark_once_per_reference"
            ),
            models.UniqueConstraint(
                fields=["run", "position"], name="training_mark_position_unique_in_run"
            ),
        ]

    def __str__(self) -> str:
        return f"Item {self.position + 1} of run {self.run_id}"


class EvaluatorQualificationQuerySet(models.QuerySet["EvaluatorQualification"]):
    def open(self) -> EvaluatorQualificationQuerySet:
        return self.filter(ended_at__isnull=True)


class EvaluatorQualification(Stamped):
    """Somebody may score with a scorecard until a day, as shown by a run that was passed."""

    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="evaluator_qualifications"
    )
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="+")
    run = models.OneToOneField(
        QualificationRun, on_delete=models.PROTECT, related_name="qualification"
    )
    passed_on = models.DateField()
    valid_until_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = MaskedCharField(max_length=500, blank=True)

    objects = EvaluatorQualificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scorecard"],
                condition=Q(ended_at__isnull=True),
                name="training_qualification_one_open_per_scorecard",
            ),
            models.CheckConstraint(
                condition=Q(valid_until_on__gt=F("passed_on")),
                name="training_qualification_ends_after_it_was_passed",
            ),
            models.CheckConstraint(
                condition=(
                    Q(ended_at__isnull=True, ended_reason="")
                    | (Q(ended_at__isnull=False) & ~Q(ended_reason=""))
                )
                & at_most("ended_reason", 500),
                name="training_qualification_ended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.scorecard} until {self.valid_until_on}"
