"""Customers who may be one person, and the merges that made them one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from crm.models.customers import Customer
from lib.masking import MaskedCharField
from lib.models import Stamped


class CandidateState(models.TextChoices):
    OPEN = "open", "Open"
    DISMISSED = "dismissed", "Two people"
    MERGED = "merged", "Merged"


class DuplicateCandidate(Stamped):
    """A pair that scores 50 or more. `reasons` lists code, points and words of each.

    A dismissed pair comes back only if its score rises by ten.
    """

    lower = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="pairs_lower")
    higher = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="pairs_higher")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=CandidateState, default=CandidateState.OPEN)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-score", "-id"]
        indexes = [models.Index(fields=["state", "-score", "-id"])]
        constraints = [
            models.UniqueConstraint(fields=["lower", "higher"], name="crm_duplicate_pair_once"),
            models.CheckConstraint(
                condition=Q(lower__lt=F("higher")), name="crm_duplicate_pair_is_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lower} and {self.higher}: {self.score}"

    @property
    def verdict(self) -> str:
        return "Likely one person" if self.score >= 80 else "Possibly one person"


class MergeState(models.TextChoices):
    DONE = "done", "Done"
    UNDONE = "undone", "Undone"


class MergeRecord(models.Model):
    """One merge, its journal in `moves`. `kept` lists what an undo could not give back."""

    winner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_won")
    loser = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_lost")
    choices = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = MaskedCharField(max_length=500, blank=True)
    state = models.CharField(max_length=6, choices=MergeState, default=MergeState.DONE)
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    kept = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(winner=F("loser")), name="crm_merge_is_of_two_customers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser.reference} into {self.winner.reference}"

    def get_absolute_url(self) -> str:
        return reverse("crm:merge_detail", kwargs={"pk": self.pk})


class MergeMove(models.Model):
    """One column of one row that a merge changed, or with an empty `field` a row that it made."""

    record = models.ForeignKey(MergeRecord, on_delete=models.PROTECT, related_name="moves")
    model = models.CharField(max_length=80)
    row_id = models.CharField(max_length=40)
    field = models.CharField(max_length=60, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.model} {self.row_id}"
