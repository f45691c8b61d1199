"""The recording behind an evaluation: where it is played from, and the ticks on its bar."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.urls import reverse

from crm.models import Interaction
from quality.models import Evidence, Mark


def recording_url(interaction: Interaction | None) -> str:
    """Where the first playable recording of ours is played from; empty if there is none."""
    if interaction is None:
        return ""
    rows = interaction.recordings.filter(state="available", file__isnull=False).order_by("pk")
    recording = rows.first()
    return reverse("crm:recording_play", args=[recording.pk]) if recording else ""


def ticks_of(marks: Iterable[Mark], evidence: Iterable[Evidence] = ()) -> str:
    """What components/player.html draws on the bar, as JSON."""
    ticks = [{"at": mark.offset_seconds, "kind": "mark"} for mark in marks]
    ticks += [
        {"at": one.start_seconds, "kind": "evidence"}
        for one in evidence
        if one.start_ms is not None
    ]
    return json.dumps(ticks)
