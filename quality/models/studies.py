"""Targets of accuracy, and forms taken in from elsewhere with their parity."""

from __future__ import annotations

from django.db import models

from accounts.models import User
from lib.models import Stamped
from quality.models.base import RowVersioned, within
from quality.models.scorecards import ScorecardVersion
from quality.models.tree import CriticalFamily


class AccuracyTarget(RowVersioned):
    """The share of error-free evaluations that a family of critical criteria is to reach."""

    family = models.CharField(max_length=10, choices=CriticalFamily, unique=True)
    target_percent = models.DecimalField(max_digits=7, decimal_places=4)
    tolerance = models.DecimalField(max_digits=7, decimal_places=4, default=2)

    class Meta:
        ordering = ["family"]
        constraints = [
            models.CheckConstraint(
                condition=within("target_percent", 0, 100) & within("tolerance", 0, 100),
                name="quality_accuracy_target_is_0_to_100",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_family_display()}: {self.target_percent} %"


class ImpactRun(Stamped):
    """Past evaluations scored again under one very content of a draft; `result` once it is done."""

    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.CASCADE, related_name="impact_runs"
    )
    content_sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    result = models.JSONField(null=True, blank=True)
    result_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "content_sha256", "size"],
                name="quality_impact_once_per_content_and_size",
            ),
            models.CheckConstraint(
                condition=models.Q(result__isnull=True, result_sha256="")
                | (models.Q(result__isnull=False) & ~models.Q(result_sha256="")),
                name="quality_impact_result_has_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"Impact of {self.version} over {self.size}"


class FormImport(Stamped):
    """One form taken in from elsewhere, with what was lost and how well its results agree."""

    version = models.ForeignKey(
        ScorecardVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports"
    )
    format = models.CharField(max_length=24)
    file_name = models.CharField(max_length=255)
    document = models.JSONField(default=dict)
    loss_report = models.JSONField(default=list, blank=True)
    parity_report = models.JSONField(default=dict, blank=True)
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
