"""Stores new interactions with everything that belongs to them, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from crm.importing.linking import Linked
from crm.models.imports import ImportRun
from crm.models.interactions import Interaction, Leg
from crm.models.spans import LegSpan
from crm.models.transcripts import Recording, Transcript, Turn
from crm.models.visits import QueueVisit
from crm.readers.base import InteractionRecord, LegRecord, TurnRecord

# Copied from a record as they stand.
HEADER_FIELDS = (
    "channel",
    "direction",
    "outcome",
    "customer_address",
    "service_address",
    "subject",
    "language",
    "queued_at",
    "answered_at",
    "ended_at",
    "ended_by",
    "wait_seconds",
    "ring_seconds",
    "talk_seconds",
    "hold_seconds",
    "wrap_seconds",
    "handle_seconds",
    "hold_count",
    "transfer_count",
    "leg_count",
)
LEG_FIELDS = (
    "kind",
    "offered_at",
    "answered_at",
    "ended_at",
    "wait_seconds",
    "ring_seconds",
    "talk_seconds",
    "hold_seconds",
    "hold_count",
    "longest_hold_seconds",
    "wrap_seconds",
    "wrap_source",
    "active_seconds",
    "slots",
    "end",
    "transferred_to",
)
DEFAULT_OFFSET_SIDE = "agent"


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of new interactions, in the order of their records."""

    interactions: list[Interaction]
    transcripts: list[Transcript]


def create(run: ImportRun, linked: Sequence[Linked]) -> Made:
    """Store the records in bulk statements of seven tables."""
    rows = Interaction.objects.bulk_create([interaction_row(run, each) for each in linked])
    pairs = list(zip(rows, linked, strict=True))
    legs = Leg.objects.bulk_create([leg for pair in pairs for leg in leg_rows(*pair)])
    by_place = {(leg.interaction_id, leg.position): leg for leg in legs}
    LegSpan.objects.bulk_create(
        [span for row, each in pairs for span in span_rows(row, each, by_place)]
    )
    QueueVisit.objects.bulk_create(
        [visit for row, each in pairs for visit in visit_rows(row, each, by_place)]
    )
    Recording.objects.bulk_create(
        [recording for row, each in pairs for recording in recording_rows(row, each.record)]
    )
    return Made(rows, add_transcripts(pairs))


def header_values(linked: Linked) -> dict[str, Any]:
    """The columns of the interaction that come from the file."""
    record = linked.record
    values = {name: getattr(record, name) for name in HEADER_FIELDS}
    agents = [agent for agent in linked.leg_agents if agent is not None]
    return values | {
        "queue_id": linked.queue_id,
        "started_at": linked.started_at,
        "first_agent_id": agents[0] if agents else None,
        "last_agent_id": agents[-1] if agents else None,
        "quality_flags": sorted(linked.flags),
        "custom": linked.custom,
        "source_updated_at": record.updated_at,
        "content_digest": linked.digest,
    }


def interaction_row(run: ImportRun, linked: Linked) -> Interaction:
    return Interaction(
        source=linked.record.source,
        external_id=linked.record.external_id,
        customer_id=linked.customer_id,
        import_run_id=run.pk,
        **header_values(linked),
    )


def leg_rows(row: Interaction, linked: Linked) -> Iterator[Leg]:
    for index, record in enumerate(linked.record.legs):
        yield Leg(interaction_id=row.pk, position=index + 1, **leg_values(linked, index, record))


def leg_values(linked: Linked, index: int, record: LegRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in LEG_FIELDS}
    return values | {
        "agent_id": linked.leg_agents[index],
        "team_id": linked.leg_teams[index],
        "queue_id": linked.leg_queues[index],
    }


def visit_rows(
    row: Interaction, linked: Linked, legs: dict[tuple[int, int], Leg]
) -> Iterator[QueueVisit]:
    """Visits with the leg that answered; a leg stands one position after its index."""
    for index, visit in enumerate(linked.record.visits or ()):
        leg = legs[row.pk, visit.leg + 1] if visit.leg is not None else None
        yield QueueVisit(
            interaction_id=row.pk,
            position=index + 1,
            queue_id=linked.visit_queues[index],
            entered_at=visit.entered_at,
            left_at=visit.left_at,
            outcome=visit.outcome,
            wait_seconds=visit.wait_seconds,
            leg_id=leg.pk if leg else None,
        )


def span_rows(
    row: Interaction, linked: Linked, legs: dict[tuple[int, int], Leg]
) -> Iterator[LegSpan]:
    """The stretches of the legs; one that begins before the one before it has ended is left out."""
    for index, leg in enumerate(linked.record.legs):
        free_at = None
        for span in sorted(leg.spans, key=attrgetter("starts_at")):
            if span.ends_at <= span.starts_at or (free_at and span.starts_at < free_at):
                continue
            free_at = span.ends_at
            yield LegSpan(
                leg_id=legs[row.pk, index + 1].pk,
                kind=span.kind,
                starts_at=span.starts_at,
                ends_at=span.ends_at,
            )


def recording_rows(row: Interaction, record: InteractionRecord) -> Iterator[Recording]:
    for recording in record.recordings:
        yield Recording(
            interaction_id=row.pk,
            url=recording.url,
            media_type=recording.media_type,
            starts_at=recording.starts_at,
            duration_seconds=recording.duration_seconds,
        )


def add_transcripts(pairs: Sequence[tuple[Interaction, Linked]]) -> list[Transcript]:
    """Store a first transcript for each record that has turns."""
    spoken = [(row, each) for row, each in pairs if each.record.turns]
    transcripts = Transcript.objects.bulk_create(
        [transcript_row(row, each.record) for row, each in spoken]
    )
    Turn.objects.bulk_create(
        [
            turn
            for transcript, (_, each) in zip(transcripts, spoken, strict=True)
            for turn in turn_rows(transcript, each)
        ]
    )
    return transcripts


def transcript_row(row: Interaction, record: InteractionRecord) -> Transcript:
    return Transcript(
        interaction_id=row.pk,
        format=record.transcript_format,
        language=record.language,
        turns_out_of_order=record.turns_out_of_order,
        suggested_offset_ms=record.side_offsets_ms.get(DEFAULT_OFFSET_SIDE),
    )


def turn_rows(transcript: Transcript, linked: Linked) -> Iterator[Turn]:
    for position, turn in enumerate(linked.record.turns, start=1):
        yield Turn(
            transcript_id=transcript.pk,
            position=position,
            speaker=turn.speaker,
            agent_id=_speaking_agent(turn, linked),
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            sent_at=turn.sent_at,
            text=turn.text,
            is_internal=turn.is_internal,
        )


def _speaking_agent(turn: TurnRecord, linked: Linked) -> int | None:
    """The agent a turn names; the only agent of the interaction where it names none."""
    if turn.agent:
        return linked.turn_agents.get(turn.agent)
    if turn.speaker == "agent" and len(linked.turn_agents) == 1:
        return next(iter(linked.turn_agents.values()))
    return None
