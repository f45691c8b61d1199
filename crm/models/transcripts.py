"""What was said: recordings, transcripts and their turns."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.models.interactions import Interaction, Leg
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned


class RecordingState(models.TextChoices):
    AVAILABLE = "available", "Available"
    MISSING = "missing", "Missing"
    DELETED = "deleted", "Deleted"


class Recording(Stamped):
    """A sound or video file of ours, or a link; a link is never fetched by the server."""

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="recordings"
    )
    leg = models.ForeignKey(Leg, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(
        "ops.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    url = models.URLField(max_length=500, blank=True)
    media_type = models.CharField(max_length=80, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=RecordingState, default=RecordingState.AVAILABLE
    )

    legal_hold = models.BooleanField(default=False)
    hold_reason = MaskedCharField(max_length=500, blank=True)

    class Meta:
        ordering = ["interaction", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | (Q(file__isnull=True) & ~Q(url="")),
                name="crm_recording_is_a_file_or_a_link",
            ),
        ]

    @property
    def is_played_here(self) -> bool:
        """Whether the sound is ours and there; others are only linked."""
        return self.file_id is not None and self.state == RecordingState.AVAILABLE

    def __str__(self) -> str:
        return f"Recording {self.pk} of {self.interaction_id}"


class Transcript(Versioned):
    """The written form of an interaction; one is current.

    Turns keep the times of their source. `agent_offset_ms` is what a person chose to add to the
    agent's times, `suggested_offset_ms` what the import worked out from the order of the turns.
    """

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="transcripts"
    )
    format = models.CharField(max_length=24)
    language = models.CharField(max_length=12, blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    turns_out_of_order = models.BooleanField(default=False)
    agent_offset_ms = models.IntegerField(default=0)
    suggested_offset_ms = models.IntegerField(null=True, blank=True, editable=False)
    import_run = models.ForeignKey(
        "crm.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["interaction", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["interaction"],
                condition=Q(is_current=True),
                name="crm_transcript_one_current_per_interaction",
            ),
        ]

    def __str__(self) -> str:
        return f"Transcript {self.pk} of {self.interaction_id}"


class Speaker(models.TextChoices):
    AGENT = "agent", _("Agent")
    CUSTOMER = "customer", _("Customer")
    SYSTEM = "system", _("System")
    UNKNOWN = "unknown", _("Unknown")


class Turn(models.Model):
    """One thing said or written, kept in the order of its source."""

    transcript = models.ForeignKey(
        Transcript,
        on_delete=models.PROTECT,
        related_name="turns",
        db_index=False,  # The unique pair with the position serves as well.
    )
    position = models.PositiveIntegerField()
    speaker = models.CharField(max_length=8, choices=Speaker)
    agent = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    start_ms = models.IntegerField(null=True, blank=True)
    end_ms = models.IntegerField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    text = models.TextField(blank=True)
    is_internal = models.BooleanField(default=False)

    class Meta:
        ordering = ["transcript", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["transcript", "position"], name="crm_turn_position_unique_in_transcript"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
