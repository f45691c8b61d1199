"""Figures about interactions that come from elsewhere, such as survey answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from crm.models import Interaction
from lib.models import Stamped


class InteractionSignal(Stamped):
    """A figure about an interaction from elsewhere, such as a survey answer."""

    interaction = models.ForeignKey(Interaction, on_delete=models.PROTECT, related_name="signals")
    kind = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=10, decimal_places=4)
    source = models.CharField(max_length=80)

    class Meta:
        ordering = ["interaction", "kind"]
        indexes = [models.Index(fields=["kind", "value"])]
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "kind", "source"], name="quality_signal_once_per_source"
            ),
            models.CheckConstraint(condition=~Q(kind=""), name="quality_signal_has_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.interaction_id}"
