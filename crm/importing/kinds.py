"""The kinds of imports: the rows that count as made, and what takes records beside interactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model, QuerySet

from crm.importing.tally import Tally
from crm.models import AgentStateSpan, Customer, Interaction, Organization, Transcript
from crm.models.imports import ImportRun

STORED: dict[str, type[Model]] = {
    "interactions": Interaction,
    "customers": Customer,
    "organizations": Organization,
    "transcripts": Transcript,
    "agent_states": AgentStateSpan,
}
WORDS = {
    "interactions": "Interactions",
    "customers": "Customers",
    "organizations": "Organizations",
    "transcripts": "Transcripts",
    "agent_states": "States of agents",
}


class Part(Protocol):
    """Takes the records of one type out of a chunk.

    `forget_names` drops rows that were read or made: the transaction was rolled back. A chunk that
    another writer disturbed comes again, and `forget_chunk` drops what is remembered of it; after
    a chunk of a dry run that stays, for the next chunks go on from it.
    """

    @property
    def record(self) -> type: ...

    def take(self, records: Sequence[Any], tally: Tally, at: datetime) -> None: ...

    def forget_names(self) -> None: ...

    def forget_chunk(self) -> None: ...


def stored(run: ImportRun) -> QuerySet[Any]:
    """The rows of the run's kind that it made and that are still there."""
    return STORED[run.kind]._default_manager.filter(import_run=run)
