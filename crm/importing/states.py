"""Takes what agents were doing: stretches of states, the open one closed by the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from crm.events import AgentStatesRecorded
from crm.importing.agents import AgentDirectory
from crm.importing.options import ImportOptions
from crm.importing.tally import RowReport, Tally
from crm.models import AgentStateSpan, ImportRun
from crm.models.imports import RowOutcome
from crm.readers.base import AgentStateRecord
from lib import events

Key = tuple[int, str, datetime]


class StateTaker:
    """In a file of interactions the states are made aside and counted apart."""

    record = AgentStateRecord

    def __init__(self, run: ImportRun, options: ImportOptions) -> None:
        self.run = run
        self.options = options
        self.agents = AgentDirectory()

    @property
    def is_aside(self) -> bool:
        return self.run.kind != "agent_states"

    def forget_names(self) -> None:
        self.agents = AgentDirectory()

    def forget_chunk(self) -> None:
        """Nothing is remembered: a stretch that comes twice is the second time unchanged."""

    def take(self, records: Sequence[AgentStateRecord], tally: Tally, at: datetime) -> None:
        named = {(record.source, record.agent): "" for record in records}
        self.agents.load(named)
        if self.options.missing_agents == "create":
            tally.made |= self.agents.create_missing(named, self.options.agent_team)
        known = [(agent, record) for record in records if (agent := self._agent(record, tally))]
        known.sort(key=lambda pair: (pair[0], pair[1].started_at, pair[1].line))
        stored = _stored_at(known)
        new: dict[Key, AgentStateSpan] = {}
        told: list[AgentStateSpan] = []
        for agent, record in known:
            key = agent, record.source, record.started_at
            span = stored.get(key) or new.get(key)
            if span is None:
                new[key] = self._span(agent, record)
                self._count_new(key, tally)
            elif self._again(span, record, tally, is_stored=key in stored):
                told.append(span)
        closed = _close_open(new.values())
        AgentStateSpan.objects.bulk_create(new.values())
        if events.is_heard(AgentStatesRecorded):
            tally.facts += self._facts([*new.values(), *told, *closed], at)

    def _agent(self, record: AgentStateRecord, tally: Tally) -> int | None:
        agent = self.agents.agent(record.source, record.agent, record.started_at)
        if agent is None:
            self._refuse_unknown(record, tally)
        return agent

    def _refuse_unknown(self, record: AgentStateRecord, tally: Tally) -> None:
        if self.is_aside:
            tally.left_out["agent_states_left_out"] += 1
            return
        words = (
            f'No agent is known as "{record.agent[:80]}" in the source "{record.source}" at that '
            "time. Add an agent key, or choose to make people who are not known."
        )
        tally.report(
            RowReport(record.line, RowOutcome.FAILED, "agent_unknown", "agent", words, record.cells)
        )

    def _span(self, agent: int, record: AgentStateRecord) -> AgentStateSpan:
        return AgentStateSpan(
            agent_id=agent,
            state=record.state,
            slots=record.slots,
            started_at=record.started_at,
            ended_at=record.ended_at,
            source=record.source,
            import_run=self.run,
        )

    def _count_new(self, key: Key, tally: Tally) -> None:
        if self.is_aside:
            agent, source, started_at = key
            tally.made.add(("agent_states", str(agent), source, started_at.isoformat()))
        else:
            tally.created += 1

    def _again(
        self, span: AgentStateSpan, record: AgentStateRecord, tally: Tally, *, is_stored: bool
    ) -> bool:
        """A stretch that is known: a later file may tell when it ended. Whether it did."""
        is_news = span.ended_at is None and record.ended_at is not None
        if is_news:
            span.ended_at = record.ended_at
            if is_stored:
                span.save(update_fields=["ended_at", "updated_at"])
        if self.is_aside:
            return is_news
        outcome = RowOutcome.UPDATED if is_news else RowOutcome.SKIPPED
        words = "Its end is known by now." if is_news else "It is already stored."
        code = "updated" if is_news else "unchanged"
        tally.report(RowReport(record.line, outcome, code, message=words, cells=record.cells))
        return is_news

    def _facts(self, spans: Iterable[AgentStateSpan], at: datetime) -> list[AgentStatesRecorded]:
        """One for each agent, over all that was stored or ended."""
        moments: dict[int, list[datetime]] = {}
        for span in spans:
            known = moments.setdefault(span.agent_id, [])
            known += [span.started_at, span.ended_at or span.started_at]
        return [
            AgentStatesRecorded(
                at=at,
                by_id=self.run.ordered_by_id,
                agent_id=agent,
                from_at=min(known),
                to_at=max(known),
            )
            for agent, known in sorted(moments.items())
        ]


def _stored_at(known: Iterable[tuple[int, AgentStateRecord]]) -> dict[Key, AgentStateSpan]:
    pairs = list(known)
    if not pairs:
        return {}
    rows = AgentStateSpan.objects.filter(
        agent__in={agent for agent, _ in pairs},
        started_at__in={record.started_at for _, record in pairs},
    )
    return {(row.agent_id, row.source, row.started_at): row for row in rows}


def _close_open(new: Iterable[AgentStateSpan]) -> list[AgentStateSpan]:
    """End every open stretch where the next one of its agent and source begins.

    Returns the stored ones that ended so.
    """
    closed: list[AgentStateSpan] = []
    by_line: dict[tuple[int, str], list[AgentStateSpan]] = {}
    for span in new:
        by_line.setdefault((span.agent_id, span.source), []).append(span)
    for (agent, source), spans in by_line.items():
        for span, after in pairwise(spans):
            span.ended_at = span.ended_at or after.started_at
        last = spans[-1]
        line = AgentStateSpan.objects.filter(agent=agent, source=source).order_by("started_at")
        for row in line.filter(ended_at=None, started_at__lt=last.started_at):
            row.ended_at = min(
                each.started_at for each in spans if each.started_at > row.started_at
            )
            row.save(update_fields=["ended_at", "updated_at"])
            closed.append(row)
        if last.ended_at is None:  # The file comes late: a stretch behind it is stored already.
            later = line.filter(started_at__gt=last.started_at).values_list("started_at", flat=True)
            last.ended_at = later.first()
    return closed
