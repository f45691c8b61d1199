"""Brings a stored interaction up to what a newer reading of it says.

A value that the newer reading does not give stays as it is. Rows that others may point at (legs,
transcripts) are changed in place or added, and only removed where nothing refers to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, ProtectedError

from crm.actions.interactions import identity
from crm.events import InteractionChanged, TranscriptAdded
from crm.importing.linking import Linked, refusal
from crm.importing.tally import RowReport
from crm.importing.writing import (
    add_transcripts,
    header_values,
    leg_values,
    recording_rows,
    span_rows,
    visit_rows,
)
from crm.models.imports import RowOutcome
from crm.models.interactions import Interaction, Leg
from crm.models.spans import LegSpan
from crm.models.transcripts import Recording, Transcript
from crm.models.visits import QueueVisit
from lib.events import Event

# Taken from the newer reading even where it is empty.
ALWAYS_TAKEN = frozenset({"quality_flags", "content_digest", "source_updated_at"})


@dataclass(slots=True)
class Updated:
    """What an update did: the report on the row, and the facts that it made true."""

    report: RowReport
    facts: list[Event] = field(default_factory=list)


def update(linked: Linked, pk: int, *, at: datetime, by_id: int | None) -> Updated:
    """Change the interaction `pk` and say what it was before; some ten queries."""
    row = Interaction.objects.select_for_update(of=("self",)).get(pk=pk)
    old = identity(row)
    try:
        with transaction.atomic():
            before = _update_header(row, linked)
            _update_legs(row, linked)
            _add_recordings(row, linked)
            transcript = _renew_transcript(row, linked)
    except ProtectedError:
        return Updated(_refused(row, linked))
    new = identity(row)
    changed = tuple(sorted(before)) or ("parts",)
    facts: list[Event] = [
        InteractionChanged(
            at=at,
            by_id=by_id,
            interaction_id=pk,
            changed=changed,
            **{f"old_{name}": value for name, value in old.items()},
            **new,
        )
    ]
    if transcript:
        facts.append(
            TranscriptAdded(at=at, by_id=by_id, interaction_id=pk, transcript_id=transcript.pk)
        )
    return Updated(_report(row, linked, changed, before), facts)


def _report(
    row: Interaction, linked: Linked, changed: tuple[str, ...], before: dict[str, Any]
) -> RowReport:
    return RowReport(
        linked.record.line,
        RowOutcome.UPDATED,
        "updated",
        message=f"{row.reference} was updated: {', '.join(changed)}.",
        target_id=row.pk,
        before=before,
    )


def _refused(row: Interaction, linked: Linked) -> RowReport:
    return refusal(
        linked.record,
        "matched_refused",
        "legs",
        f"{row.reference} has more legs than the file, and other records refer to them.",
    )


def _update_header(row: Interaction, linked: Linked) -> dict[str, Any]:
    """Save what is new in the header; returns the old values of what people see."""
    values = header_values(linked) | {"customer_id": linked.customer_id}
    taken = {
        name: value
        for name, value in values.items()
        if (name in ALWAYS_TAKEN or value not in (None, "", {})) and getattr(row, name) != value
    }
    before = {name: getattr(row, name) for name in taken if name != "content_digest"}
    for name, value in taken.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*taken, "version", "updated_at"])
    return before


def _update_legs(row: Interaction, linked: Linked) -> None:
    """Change legs by position, add new ones, remove what is too many.

    Visits and spans are made anew.

    Raises ProtectedError if another record refers to a leg that would go.
    """
    row.queue_visits.all().delete()
    if linked.record.legs:
        LegSpan.objects.filter(leg__interaction=row).delete()
    stored = {leg.position: leg for leg in row.legs.all()}
    for index, record in enumerate(linked.record.legs):
        leg = stored.pop(index + 1, None) or Leg(interaction=row, position=index + 1)
        for name, value in leg_values(linked, index, record).items():
            setattr(leg, name, value)
        leg.save()
    if linked.record.legs:
        row.legs.filter(position__in=stored).delete()
    by_place = {(row.pk, leg.position): leg for leg in row.legs.all()}
    LegSpan.objects.bulk_create(span_rows(row, linked, by_place))
    QueueVisit.objects.bulk_create(visit_rows(row, linked, by_place))


def _add_recordings(row: Interaction, linked: Linked) -> None:
    known = set(row.recordings.values_list("url", flat=True))
    new = [each for each in recording_rows(row, linked.record) if each.url not in known]
    Recording.objects.bulk_create(new)


def _renew_transcript(row: Interaction, linked: Linked) -> Transcript | None:
    """A transcript with other turns becomes the current one; the earlier one stays."""
    if not linked.record.turns:
        return None
    current = row.transcripts.filter(is_current=True).first()
    if current:
        told = [(turn.speaker, turn.text, turn.start_ms) for turn in current.turns.all()]
        if told == [(turn.speaker, turn.text, turn.start_ms) for turn in linked.record.turns]:
            return None
        row.transcripts.filter(pk=current.pk).update(is_current=False, version=F("version") + 1)
    [renewed] = add_transcripts([(row, linked)])
    if current:
        renewed.position = current.position + 1
        renewed.save(update_fields=["position"])
    return renewed
