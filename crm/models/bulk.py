"""One act on many rows of a list, done in the background, with what was refused."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from accounts.models import User
from lib.masking import MaskedCharField
from lib.models import Stamped


class BulkState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    def visible_to(self, user: User) -> BulkRunQuerySet:
        """What the person ordered; everything for administrators."""
        return self if "admin" in user.roles else self.filter(ordered_by=user)


class BulkRun(Stamped):
    """`query` is the list as its address has it, up to the row `last_id` that there was then.

    `checkpoint` is the id behind which the work goes on; `total` the rows when it was ordered.
    """

    kind = models.CharField(max_length=12)
    act = models.CharField(max_length=24)
    argument = models.CharField(max_length=120, blank=True)
    query = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=8, choices=BulkState, default=BulkState.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    last_id = models.PositiveBigIntegerField(default=0)
    checkpoint = models.PositiveBigIntegerField(default=0)
    message = MaskedCharField(max_length=300, blank=True)
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.act} {self.argument}".strip()

    def get_absolute_url(self) -> str:
        return reverse("crm:bulk_detail", kwargs={"pk": self.pk})

    @property
    def is_working(self) -> bool:
        return self.state in (BulkState.WAITING, BulkState.RUNNING)

    @property
    def percent(self) -> int:
        return min(100, 100 * (self.done + self.refused) // self.total) if self.total else 0


class BulkRefusal(models.Model):
    """A row that the act was refused for, with the sentence."""

    run = models.ForeignKey(BulkRun, on_delete=models.PROTECT, related_name="refusals")
    target_id = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=20)
    message = models.CharField(max_length=300)

    class Meta:
        ordering = ["run", "target_id"]

    def __str__(self) -> str:
        return f"{self.reference}: {self.message}"
