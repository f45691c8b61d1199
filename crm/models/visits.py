"""Stays in queues: the one source of queue figures."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.models.interactions import Interaction, Leg
from lib.models import Stamped
from routing.models import Queue


class VisitOutcome(models.TextChoices):
    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", pgettext_lazy("outcome", "Abandoned")
    OVERFLOWED = "overflowed", _("Overflowed")
    VOICEMAIL = "voicemail", _("Voicemail")
    CALLBACK = "callback", _("Callback")
    TRANSFERRED = "transferred", _("Transferred to another queue")


class QueueVisit(Stamped):
    """One stay of an interaction in one queue; still waiting while left_at is null."""

    interaction = models.ForeignKey(
        Interaction,
        on_delete=models.PROTECT,
        related_name="queue_visits",
        db_index=False,  # The unique pair with the position serves as well.
    )
    position = models.PositiveSmallIntegerField()
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=VisitOutcome, blank=True)
    wait_seconds = models.PositiveIntegerField(null=True, blank=True)
    leg = models.ForeignKey(Leg, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["interaction", "position"]
        indexes = [
            models.Index(fields=["queue", "entered_at"]),
            models.Index(fields=["entered_at"], name="crm_queue_visit_by_day"),
            models.Index(
                fields=["queue"],
                condition=Q(left_at__isnull=True),
                name="crm_queue_visit_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "position"],
                name="crm_queue_visit_position_unique_in_interaction",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, outcome="")
                | (Q(left_at__isnull=False) & ~Q(outcome="")),
                name="crm_queue_visit_left_and_outcome_together",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")),
                name="crm_queue_visit_leaves_after_it_enters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interaction_id}/{self.position}"
