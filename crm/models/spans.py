"""The stretches of a leg, where the source tells when each of them was."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from crm.models.interactions import Leg


class SpanKind(models.TextChoices):
    RING = "ring", "Ring"
    TALK = "talk", "Talk"
    HOLD = "hold", "Hold"
    WRAP = "wrap", "Wrap-up"


class LegSpan(models.Model):
    """One stretch [starts_at, ends_at) of a leg; those of one leg do not overlap."""

    leg = models.ForeignKey(
        Leg,
        on_delete=models.PROTECT,
        related_name="spans",
        db_index=False,  # The unique pair with the start serves as well.
    )
    kind = models.CharField(max_length=4, choices=SpanKind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["leg", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["leg", "starts_at"], name="crm_leg_span_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="crm_leg_span_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.starts_at:%H:%M:%S}"
