"""What is written into the access log when personal content of crm is read."""

from __future__ import annotations

from django.utils import timezone

from accounts import access_log
from accounts.models import User
from crm.models import Interaction, PrivacyRequest, Recording
from ops.models import StoredFile


def note_transcript(user: User, interaction: Interaction) -> None:
    access_log.note(
        kind="viewed_transcript",
        record=interaction,
        by=user,
        at=timezone.now(),
        about=interaction.last_agent,
    )


def note_playing(user: User, stored: StoredFile) -> None:
    """Called by ops before the first byte of a recording is sent."""
    recording = Recording.objects.select_related("interaction__last_agent").get(file=stored)
    access_log.note(
        kind="played_recording",
        record=recording,
        by=user,
        at=timezone.now(),
        about=recording.interaction.last_agent,
    )


def note_person_export(user: User, stored: StoredFile) -> None:
    """Called by ops before the first byte of a person's copy is sent."""
    request = PrivacyRequest.objects.select_related("customer").get(file=stored)
    access_log.note(kind="exported_person", record=request.customer, by=user, at=timezone.now())
