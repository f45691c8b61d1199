"""What came of an interaction, in the center's own words."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from crm.models.interactions import Interaction, Leg
from lib.masking import MaskedCharField
from lib.models import Stamped


class DispositionQuerySet(models.QuerySet["Disposition"]):
    def in_use(self) -> DispositionQuerySet:
        return self.filter(retired_at__isnull=True)


class Disposition(Stamped):
    """A code of two levels. What is counted reads the flags, never the names."""

    code = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=80)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=1)
    is_resolved = models.BooleanField("resolved", default=False)
    is_sale = models.BooleanField("sale", default=False)
    is_complaint = models.BooleanField("complaint", default=False)
    needs_callback = models.BooleanField("opens a call-back task", default=False)
    forbids_contact = models.BooleanField("the customer wants no contact", default=False)
    is_wrong_number = models.BooleanField("wrong number", default=False)
    is_no_repeat = models.BooleanField("never a repeat contact", default=False)
    needs_note = models.BooleanField("needs a note", default=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DispositionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label


class InteractionDisposition(models.Model):
    """A disposition that was given; taken back by `superseded_at`, never removed."""

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="dispositions"
    )
    leg = models.ForeignKey(Leg, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="uses")
    note = MaskedCharField(max_length=500, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["interaction", "at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "disposition"],
                condition=Q(superseded_at__isnull=True),
                name="crm_disposition_once_in_force",
            ),
        ]

    def __str__(self) -> str:
        return str(self.disposition)
