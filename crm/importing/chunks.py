"""Takes one chunk of a file's items into the tables, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from crm.events import InteractionRecorded, TranscriptAdded
from crm.importing import continuing, customers, matching, writing
from crm.importing.companies import OrganizationTaker
from crm.importing.erased import without_erased
from crm.importing.kinds import Part
from crm.importing.linking import Linked, Linker, refusal
from crm.importing.matching import Known, Memory, Verdict
from crm.importing.options import ImportOptions
from crm.importing.people import CustomerTaker
from crm.importing.states import StateTaker
from crm.importing.tally import RowReport, Tally
from crm.importing.transcripts import TranscriptTaker
from crm.importing.updating import update
from crm.importing.writing import Made
from crm.models.imports import ImportRun, RowOutcome
from crm.models.interactions import Interaction
from crm.readers.base import InteractionRecord, Item, RowError, Skip
from lib import events
from lib.events import Event

WORDS = {
    Verdict.UNCHANGED: ("unchanged", "It is already stored and nothing in it changed."),
    Verdict.OLDER: ("older", "A newer version of it is already stored."),
}


class ChunkTaker:
    """Takes the chunks of one run in turn.

    With a `memory`, a dry run's, it also knows what earlier chunks would have stored.
    """

    def __init__(self, run: ImportRun, memory: Memory | None = None) -> None:
        self.run = run
        self.memory = memory
        self.options = ImportOptions.from_json(run.options)
        self.linker = Linker(self.options)
        self.parts: tuple[Part, ...] = (
            CustomerTaker(run, self.options),
            OrganizationTaker(run, self.options),
            TranscriptTaker(run),
            StateTaker(run, self.options),
        )

    def take(self, items: Sequence[Item], *, at: datetime) -> Tally:
        """Store what is new or changed in `items`; says what became of each of them."""
        tally = Tally()
        for wave in waves(items):
            self._take_wave(wave, tally, at)
        for part in self.parts:
            mine = [item for item in items if isinstance(item, part.record)]
            if mine:
                part.take(mine, tally, at)
        if self.memory:
            tally.made = self.memory.first_made(tally.made)
        return tally

    def forget_names(self) -> None:
        """Read names anew: the transaction that made some of them was rolled back."""
        self.linker = Linker(self.options)
        for part in self.parts:
            part.forget_names()

    def forget_chunk(self) -> None:
        """Another writer was first: the last chunk was rolled back and is taken once more."""
        self.forget_names()
        for part in self.parts:
            part.forget_chunk()

    def _take_wave(self, items: Sequence[Item], tally: Tally, at: datetime) -> None:
        records = continuing.whole(list(_records(items, tally)), at)
        if not records:
            return
        linked = self.linker.link(records, tally)
        linked = list(without_erased(linked, self.options, tally))
        known = self._known(linked)
        new, changed = self._judge(linked, known, tally)
        nameless = [each for each, match in changed if match.customer_id is None]
        customers.assign([*new, *nameless], self.run, self.options, tally, at)
        self._create(new, tally, at)
        for each, match in changed:
            self._update(each, match, tally, at)
        touched = (*new, *(each for each, _ in changed))
        customers.recount({each.customer_id for each in touched})

    def _known(self, linked: Sequence[Linked]) -> dict[tuple[str, str], Known]:
        known = matching.known_rows(self.run, linked)
        if self.memory:
            for each in linked:
                seen = self.memory.known(each)
                if seen:
                    seen.pk = known[each.key].pk if each.key in known else None
                    known[each.key] = seen
        return known

    def _judge(
        self, linked: Sequence[Linked], known: dict[tuple[str, str], Known], tally: Tally
    ) -> tuple[list[Linked], list[tuple[Linked, Known]]]:
        """Sort records into new ones and changed ones; report the others."""
        new: list[Linked] = []
        changed: list[tuple[Linked, Known]] = []
        for each in linked:
            match = known.get(each.key)
            verdict = matching.verdict(each, match)
            if match is None:
                new.append(each)
            elif verdict is Verdict.UPDATE:
                each.customer_id = match.customer_id
                changed.append((each, match))
            else:
                tally.report(_left_out(each, match, verdict))
            if self.memory and verdict in (Verdict.CREATE, Verdict.UPDATE, Verdict.UNCHANGED):
                self.memory.add(each)
        return new, changed

    def _create(self, linked: list[Linked], tally: Tally, at: datetime) -> None:
        made = writing.create(self.run, linked)
        tally.created += len(made.interactions)
        tally.facts += facts_of(made, linked, at=at, by_id=self.run.ordered_by_id)

    def _update(self, linked: Linked, known: Known, tally: Tally, at: datetime) -> None:
        if known.pk is None:  # A dry run would have created the row in an earlier chunk.
            tally.report(RowReport(linked.record.line, RowOutcome.UPDATED, "updated"))
            return
        done = update(linked, known.pk, at=at, by_id=self.run.ordered_by_id)
        tally.report(done.report)
        tally.facts += done.facts


def waves(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut a chunk where a key comes again, so that each wave meets a key once."""
    wave: list[Item] = []
    keys: set[tuple[str, str]] = set()
    for item in items:
        if isinstance(item, InteractionRecord):
            key = item.source, item.external_id
            if key in keys:
                yield wave
                wave, keys = [], set()
            keys.add(key)
        wave.append(item)
    if wave:
        yield wave


def _records(items: Iterable[Item], tally: Tally) -> Iterator[InteractionRecord]:
    """The interactions among the items; errors and skips go to the tally."""
    for item in items:
        if isinstance(item, InteractionRecord):
            yield item
        elif isinstance(item, RowError):
            tally.refuse(item)
        elif isinstance(item, Skip):
            tally.skip(item)


def _left_out(linked: Linked, known: Known, verdict: Verdict) -> RowReport:
    """The report on a record that changes nothing, or must not."""
    record = linked.record
    if verdict is Verdict.DUPLICATE:
        report = refusal(
            record,
            "duplicate_in_file",
            "external_id",
            f'"{record.external_id}" stands in an earlier line of this file; that line was taken.',
        )
    else:
        code, message = WORDS[verdict]
        report = RowReport(record.line, RowOutcome.SKIPPED, code, message=message)
    report.target_id = known.pk
    return report


def facts_of(
    made: Made, linked: Sequence[Linked], *, at: datetime, by_id: int | None
) -> Iterator[Event]:
    """The facts of new interactions, built only where somebody listens."""
    if events.is_heard(InteractionRecorded):
        for row, each in zip(made.interactions, linked, strict=True):
            yield recorded(row, each, at=at, by_id=by_id)
    if events.is_heard(TranscriptAdded):
        for transcript in made.transcripts:
            yield TranscriptAdded(
                at=at,
                by_id=by_id,
                interaction_id=transcript.interaction_id,
                transcript_id=transcript.pk,
            )


def recorded(
    row: Interaction, linked: Linked, *, at: datetime, by_id: int | None
) -> InteractionRecorded:
    agents = dict.fromkeys(agent for agent in linked.leg_agents if agent is not None)
    return InteractionRecorded(
        at=at,
        by_id=by_id,
        interaction_id=row.pk,
        channel=row.channel,
        queue_id=row.queue_id,
        agent_ids=tuple(agents),
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )
