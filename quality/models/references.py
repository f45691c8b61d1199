"""What evaluators are measured by: agreed answers, and who is qualified to score."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import scope
from crm.models import Leg
from lib.masking import MaskedCharField
from lib.models import Stamped
from quality.models.base import RowVersioned
from quality.models.calibration import CalibrationSession
from quality.models.scorecards import Scorecard, ScorecardVersion

# Which scorecards a person is in training for, as an upper app knows; see `use_trainings`.
Trainings = Callable[[User], Iterable[int]]
_trainings: list[Trainings] = []
LEAST_PEOPLE = 2


def use_trainings(rule: Trainings) -> None:
    """Name the function that gives the scorecards whose references a person must not see now."""
    _trainings[:] = [rule]


class ReferenceQuerySet(models.QuerySet["ReferenceEvaluation"]):
    def visible_to(self, user: User) -> ReferenceQuerySet:
        """All for who manages scorecards, save those of scorecards they are in training for."""
        if scope(user, "quality.manage_scorecards") != "all":
            return self.none()
        hidden = {pk for rule in _trainings for pk in rule(user)}
        return self.exclude(version__scorecard__in=hidden) if hidden else self

    def in_use(self) -> ReferenceQuerySet:
        """Agreed and not retired."""
        return self.filter(approved_at__isnull=False, retired_at__isnull=True)

    def for_reading(self) -> ReferenceQuerySet:
        return self.select_related(
            "version__scorecard", "leg__interaction", "leg__agent", "session"
        ).prefetch_related("agreed_by")


class ReferenceEvaluation(RowVersioned):
    """The answers to one leg that experts agree on; no figure of an agent or a team reads it.

    `answers` has the shape that scoring reads, by criterion key; `notes` say why, by key too.
    """

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="references")
    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.PROTECT, related_name="references"
    )
    session = models.ForeignKey(
        CalibrationSession, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answers = models.JSONField(default=dict)
    notes = models.JSONField(default=dict, blank=True)
    agreed_by = models.ManyToManyField(User, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retire_reason = MaskedCharField(max_length=300, blank=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["leg", "version"],
                condition=Q(retired_at__isnull=True),
                name="quality_reference_one_per_leg_and_version",
            ),
        ]

    def __str__(self) -> str:
        return f"Reference {self.pk}"

    @property
    def state(self) -> str:
        if self.retired_at:
            return "retired"
        return "agreed" if self.approved_at else "waiting"


class EvaluatorGate(Stamped):
    """Until when somebody is qualified for a scorecard, as training tells; null once it ended.

    It counts where the scorecard asks for a qualification. `told_at` keeps late facts out.
    """

    evaluator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="qualifications")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="gates")
    qualified_until_on = models.DateField(null=True, blank=True)
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["scorecard", "evaluator"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluator", "scorecard"], name="quality_gate_once_per_scorecard"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluator} for {self.scorecard}"

    def is_open(self, on: date) -> bool:
        return self.qualified_until_on is not None and on <= self.qualified_until_on
