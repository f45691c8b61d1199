"""Lists that were taken out of the house as a file."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.urls import reverse

from accounts.models import User
from accounts.permissions import scope
from lib.masking import MaskedCharField
from lib.models import Stamped


class ExportKind(models.TextChoices):
    CUSTOMERS = "customers", "Customers"
    INTERACTIONS = "interactions", "Interactions"
    CASES = "cases", "Cases"


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel workbook"
    JSON = "json", "JSON"


class ExportState(models.TextChoices):
    WAITING = "waiting", "Being written"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"


class ExportRunQuerySet(models.QuerySet["ExportRun"]):
    def visible_to(self, user: User) -> ExportRunQuerySet:
        """What the person ordered; everything for administrators."""
        return self if scope(user, "crm.export_list") == "all" else self.filter(ordered_by=user)


class ExportRun(Stamped):
    """One list with its filters (`query`, as in the address), written for whoever ordered it."""

    kind = models.CharField(max_length=12, choices=ExportKind)
    format = models.CharField(max_length=4, choices=ExportFormat, default=ExportFormat.CSV)
    query = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    rows = models.PositiveIntegerField(default=0)
    message = MaskedCharField(max_length=300, blank=True)
    file = models.ForeignKey(
        "ops.StoredFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ExportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.ordered_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("crm:export_detail", kwargs={"pk": self.pk})

    @property
    def is_working(self) -> bool:
        return self.state == ExportState.WAITING

    def is_kept(self, at: datetime) -> bool:
        return self.file_id is not None and self.expires_at is not None and at < self.expires_at
