"""Puts our ids beside the names that a record gives for agents, teams and queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from django.conf import settings

from crm.custom_fields import WrongValue, read_values
from crm.importing.agents import AgentDirectory, agents_named
from crm.importing.candidates import code_of
from crm.importing.lengths import too_long
from crm.importing.options import ImportOptions
from crm.importing.queues import QueueDirectory, queues_named
from crm.importing.tally import RowReport, Tally
from crm.models import CustomFieldDefinition
from crm.models.custom_fields import Target
from crm.models.imports import RowOutcome
from crm.readers.base import CustomerRecord, InteractionRecord, LegRecord
from crm.readers.mapping import CUSTOM

# What makes two readings of an interaction the same; flags follow from the rest.
_CONTENT = attrgetter(
    "channel",
    "direction",
    "outcome",
    "started_at",
    "queued_at",
    "answered_at",
    "ended_at",
    "ended_by",
    "queue",
    "subject",
    "language",
    "customer_address",
    "service_address",
    "wait_seconds",
    "ring_seconds",
    "talk_seconds",
    "hold_seconds",
    "wrap_seconds",
    "handle_seconds",
    "hold_count",
    "transfer_count",
    "legs",
    "visits",
    "turns",
    "recordings",
    "custom",
)
_CUSTOMER_CONTENT = attrgetter("external_id", "name", "phones", "emails", "handles")


@dataclass(slots=True)
class Linked:
    """A record with our ids: one per leg and visit, None where unknown."""

    record: InteractionRecord
    started_at: datetime
    queue_id: int | None
    leg_agents: list[int | None]
    leg_teams: list[int | None]
    leg_queues: list[int | None]
    visit_queues: list[int | None]
    flags: set[str]
    content: str
    turn_agents: dict[str, int] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    customer_id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.record.source, self.record.external_id

    @property
    def digest(self) -> str:
        """Differs when the content differs, or an agent or queue that is known by now."""
        return _digest((self.content, self.queue_id, self.leg_agents, self.leg_queues))


class Linker:
    """Links the records of a run; keeps the names it has met."""

    def __init__(self, options: ImportOptions) -> None:
        self.options = options
        self.agents = AgentDirectory()
        self.queues = QueueDirectory()
        self.definitions: list[CustomFieldDefinition] | None = None

    def link(self, records: Sequence[InteractionRecord], tally: Tally) -> list[Linked]:
        """Link what can be linked; report the rest as failed."""
        sound = [record for record in records if self._is_sound(record, tally)]
        self._prepare(sound, tally)
        linked: list[Linked] = []
        for record in sound:
            found = self._link_one(record)
            if isinstance(found, RowReport):
                tally.report(found)
            else:
                linked.append(found)
        return linked

    def _is_sound(self, record: InteractionRecord, tally: Tally) -> bool:
        if record.started_at is None:
            tally.report(refusal(record, "required", "started_at", "The start time is missing."))
            return False
        found = too_long(record)
        if found:
            column, longest = found
            tally.report(
                refusal(record, "too_long", column, f"This is longer than {longest} characters.")
            )
        return not found

    def _prepare(self, records: Sequence[InteractionRecord], tally: Tally) -> None:
        """Read the names of a chunk at once, and make those that the options say to make."""
        named = agents_named(records)
        self.agents.load(named)
        if self.options.missing_agents == "create":
            tally.made |= self.agents.create_missing(named, self.options.agent_team)
        if self.options.missing_queues == "create":
            names = dict.fromkeys(name for record in records for name in queues_named(record))
            tally.made |= self.queues.create_missing(names)

    def _link_one(self, record: InteractionRecord) -> Linked | RowReport:
        unknown = self._unknown(record)
        if isinstance(unknown, RowReport):
            return unknown
        custom = self._custom(record)
        if isinstance(custom, RowReport):
            return custom
        started_at = record.started_at
        assert started_at is not None
        moments = [_moment(leg, started_at) for leg in record.legs]
        agents = [
            self.agents.agent(record.source, leg.agent, at) if leg.agent else None
            for leg, at in zip(record.legs, moments, strict=True)
        ]
        linked = Linked(
            record=record,
            started_at=started_at,
            queue_id=self.queues.queue(record.queue),
            leg_agents=agents,
            leg_teams=[
                self.agents.team(agent, at) for agent, at in zip(agents, moments, strict=True)
            ],
            leg_queues=[self.queues.queue(leg.queue or record.queue) for leg in record.legs],
            visit_queues=[self.queues.queue(visit.queue) for visit in record.visits or ()],
            flags=set(record.flags) | unknown,
            content=content_digest(record),
            custom=custom,
        )
        linked.turn_agents = {
            leg.agent: agent
            for leg, agent in zip(record.legs, agents, strict=True)
            if agent is not None
        }
        return linked

    def _custom(self, record: InteractionRecord) -> dict[str, Any] | RowReport:
        """Its own values; those that a custom field defines are checked, others stay as told."""
        if not record.custom:
            return {}
        if self.definitions is None:
            self.definitions = list(CustomFieldDefinition.objects.of(Target.INTERACTION))
        keys = {definition.key for definition in self.definitions}
        defined = {key: value for key, value in record.custom.items() if key in keys}
        free = {key: value for key, value in record.custom.items() if key not in keys}
        region = self.options.phone_region or settings.PHONE_REGION
        try:
            return free | read_values(self.definitions, defined, region, before={})
        except WrongValue as error:
            code = code_of(self.definitions, error.field)
            return refusal(record, code, CUSTOM + error.field, str(error))

    def _unknown(self, record: InteractionRecord) -> set[str] | RowReport:
        """The flags for names that stay unknown, or the refusal that the options ask for."""
        flags = set()
        started_at = record.started_at
        assert started_at is not None
        for leg in record.legs:
            if leg.agent and not self.agents.agent(
                record.source, leg.agent, _moment(leg, started_at)
            ):
                if self.options.missing_agents == "fail":
                    return refusal(record, "agent_unknown", "agent", _no_agent(record, leg))
                flags.add("agent_unknown")
        for name in queues_named(record):
            if self.queues.queue(name) is None:
                if self.options.missing_queues == "fail":
                    return refusal(record, "queue_unknown", "queue", _no_queue(name))
                flags.add("queue_unknown")
        return flags


def refusal(record: InteractionRecord, code: str, column: str, message: str) -> RowReport:
    return RowReport(
        record.line,
        RowOutcome.FAILED,
        code,
        column,
        message,
        record.cells,
        raw="" if record.cells else f"external_id {record.external_id}"[:200],
    )


def content_digest(record: InteractionRecord) -> str:
    """32 hex digits that differ when what the source says differs."""
    customer: CustomerRecord | None = record.customer
    return _digest((_CONTENT(record), _CUSTOMER_CONTENT(customer) if customer else None))


def _digest(content: object) -> str:
    return blake2b(repr(content).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _moment(leg: LegRecord, started_at: datetime) -> datetime:
    """When the agent of a leg is looked up."""
    return leg.answered_at or leg.offered_at or started_at


def _no_agent(record: InteractionRecord, leg: LegRecord) -> str:
    return (
        f'No agent is known as "{leg.agent}" in the source "{record.source}" at that time. '
        "Add an agent key, or choose to import without the agent."
    )


def _no_queue(name: str) -> str:
    return f'There is no queue "{name}". Add it, or choose to create missing queues.'
