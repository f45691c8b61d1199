"""Several people scoring the same leg blind, to see whether they agree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import scope
from crm.models import Leg
from lib.masking import MaskedTextField
from lib.models import Stamped
from quality.models.base import RowVersioned, within
from quality.models.evaluations import Evaluation
from quality.models.scorecards import ScorecardVersion


class CalibrationState(models.TextChoices):
    PLANNED = "planned", "Planned"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    FINISHED = "finished", "Finished"
    CANCELED = "canceled", "Canceled"


CALIBRATION_TRANSITIONS: dict[str, frozenset[str]] = {
    "planned": frozenset({"open", "canceled"}),
    "open": frozenset({"closed", "canceled"}),
    "closed": frozenset({"finished"}),
    "finished": frozenset(),
    "canceled": frozenset(),
}


class CalibrationQuerySet(models.QuerySet["CalibrationSession"]):
    def visible_to(self, user: User) -> CalibrationQuerySet:
        """Sessions one rates in, leads, or may plan."""
        if scope(user, "quality.plan_calibration") == "all":
            return self
        return self.filter(Q(seats__rater=user) | Q(expert=user) | Q(planned_by=user)).distinct()


class CalibrationSession(RowVersioned):
    """One leg scored by 2 to 50 raters who do not see each other's answers."""

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    deadline_at = models.DateTimeField()
    hide_agent = models.BooleanField(default=True)
    expert = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    miss_zeroes = models.BooleanField(default=False)
    threshold_percent = models.DecimalField(max_digits=7, decimal_places=4, default=10)
    state = models.CharField(
        max_length=8, choices=CalibrationState, default=CalibrationState.PLANNED
    )
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["-deadline_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=within("threshold_percent", 0, 100),
                name="quality_calibration_threshold_is_0_to_100",
            ),
        ]

    def __str__(self) -> str:
        return f"Calibration {self.pk}"


class Seat(Stamped):
    """One rater's place in a session, with the evaluation made there."""

    session = models.ForeignKey(CalibrationSession, on_delete=models.PROTECT, related_name="seats")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calibration_seats")
    evaluation = models.OneToOneField(
        Evaluation, null=True, blank=True, on_delete=models.PROTECT, related_name="seat"
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_48h_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_4h_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["session", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "rater"], name="quality_seat_once_per_rater"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(evaluation__isnull=False),
                name="quality_seat_submitted_has_an_evaluation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rater} in {self.session}"


class GoldAnswer(Stamped):
    """What the group agreed on for one criterion after the session closed."""

    session = models.ForeignKey(CalibrationSession, on_delete=models.PROTECT, related_name="gold")
    criterion_key = models.CharField(max_length=40)
    answer = models.JSONField(default=dict)
    note = MaskedTextField(max_length=2000, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["session", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "criterion_key"], name="quality_gold_once_per_criterion"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_key} in {self.session}"
