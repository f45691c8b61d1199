"""Attaches transcripts to the interactions that they name by external id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from crm.events import TranscriptAdded
from crm.importing.tally import RowReport, Tally
from crm.importing.writing import DEFAULT_OFFSET_SIDE
from crm.models import ImportRun, Interaction, Transcript, Turn
from crm.models.imports import RowOutcome
from crm.readers.base import TranscriptRecord
from lib import events

FLAGS = {
    "turns_out_of_order": lambda record: record.turns_out_of_order,
    "clocks_differ": lambda record: bool(record.side_offsets_ms),
    "card_removed": lambda record: bool(record.cards_removed),
}


class TranscriptTaker:
    """A transcript with other turns than the current one becomes the current one."""

    record = TranscriptRecord

    def __init__(self, run: ImportRun) -> None:
        self.run = run

    def forget_names(self) -> None:
        """Nothing is kept between chunks."""

    def forget_chunk(self) -> None:
        """Nothing is remembered: a transcript that comes twice is the second time unchanged."""

    def take(self, records: Sequence[TranscriptRecord], tally: Tally, at: datetime) -> None:
        found = _interactions(records)
        for record in records:
            fitting = found[record.external_id]
            own = [row for row in fitting if row.source == record.source] or fitting
            if len(own) == 1:
                self._attach(record, own[0], tally, at)
            else:
                tally.report(_refusal(record, own))

    def _attach(
        self, record: TranscriptRecord, row: Interaction, tally: Tally, at: datetime
    ) -> None:
        current = row.transcripts.filter(is_current=True).first()
        if current and _told(current) == [(t.speaker, t.text, t.start_ms) for t in record.turns]:
            words = f"{row.reference} has this transcript already."
            tally.report(RowReport(record.line, RowOutcome.SKIPPED, "unchanged", message=words))
            return
        if current:
            current.is_current = False
            current.version = F("version") + 1
            current.save(update_fields=["is_current", "version", "updated_at"])
        transcript = self._stored(record, row, current)
        _flag(row, record)
        tally.created += 1
        if events.is_heard(TranscriptAdded):
            by_id = self.run.ordered_by_id
            tally.facts.append(
                TranscriptAdded(
                    at=at, by_id=by_id, interaction_id=row.pk, transcript_id=transcript.pk
                )
            )

    def _stored(
        self, record: TranscriptRecord, row: Interaction, current: Transcript | None
    ) -> Transcript:
        transcript = Transcript.objects.create(
            interaction=row,
            format=record.transcript_format,
            language=record.language,
            position=current.position + 1 if current else 1,
            turns_out_of_order=record.turns_out_of_order,
            suggested_offset_ms=record.side_offsets_ms.get(DEFAULT_OFFSET_SIDE),
            import_run=self.run,
        )
        agents = {leg.agent_id for leg in row.legs.all() if leg.agent_id}
        only_agent = agents.pop() if len(agents) == 1 else None
        Turn.objects.bulk_create(
            Turn(
                transcript=transcript,
                position=position,
                speaker=turn.speaker,
                agent_id=only_agent if turn.speaker == "agent" else None,
                start_ms=turn.start_ms,
                end_ms=turn.end_ms,
                sent_at=turn.sent_at,
                text=turn.text,
                is_internal=turn.is_internal,
            )
            for position, turn in enumerate(record.turns, start=1)
        )
        return transcript


def _interactions(records: Sequence[TranscriptRecord]) -> dict[str, list[Interaction]]:
    """The interactions with these external ids, in whatever source; two queries."""
    names = {record.external_id for record in records}
    rows = Interaction.objects.filter(external_id__in=names).prefetch_related("legs")
    found: dict[str, list[Interaction]] = defaultdict(list)
    for row in rows.select_for_update(of=("self",)):
        found[row.external_id].append(row)
    return found


def _told(transcript: Transcript) -> list[tuple[str, str, int | None]]:
    return [(turn.speaker, turn.text, turn.start_ms) for turn in transcript.turns.all()]


def _flag(row: Interaction, record: TranscriptRecord) -> None:
    """Say on the interaction what is doubtful about its current transcript."""
    new = {flag for flag, holds in FLAGS.items() if holds(record)}
    kept = set(row.quality_flags) - {"turns_out_of_order", "clocks_differ"}
    flags = sorted(kept | new)
    if flags != row.quality_flags:
        row.quality_flags = flags
        row.save(update_fields=["quality_flags", "updated_at"])


def _refusal(record: TranscriptRecord, fitting: Sequence[Interaction]) -> RowReport:
    name = record.external_id[:80]
    if fitting:
        references = ", ".join(row.reference for row in fitting[:5])
        code, words = "ambiguous_match", f"Several interactions are called “{name}”: {references}."
    else:
        code = "interaction_unknown"
        words = f"No interaction has the external id “{name}”. Import the interactions first."
    return RowReport(record.line, RowOutcome.FAILED, code, "external_id", words, raw=name)
