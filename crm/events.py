"""Facts of the customer record that other apps may react to; ids and scalars only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(Event):
    """A customer was made, by hand or by an import."""

    customer_id: int


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Event):
    """What is known of a customer changed; `changed` names the fields."""

    customer_id: int
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CustomersMerged(Event):
    """`loser` gave way: its rows are the winner's now."""

    merge_id: int
    winner_id: int
    loser_id: int


@dataclass(frozen=True, kw_only=True)
class MergeUndone(Event):
    """A merge was taken back: what it moved is the loser's again."""

    merge_id: int
    winner_id: int
    loser_id: int


@dataclass(frozen=True, kw_only=True)
class CustomerErased(Event):
    """Nothing tells any more who this customer was."""

    customer_id: int


@dataclass(frozen=True, kw_only=True)
class InteractionRecorded(Event):
    """An interaction was stored for the first time, by whatever way in."""

    interaction_id: int
    channel: str
    queue_id: int | None
    agent_ids: tuple[int, ...]
    started_at: datetime
    ended_at: datetime | None
    outcome: str


@dataclass(frozen=True, kw_only=True)
class InteractionChanged(Event):
    """A stored interaction, its legs or its visits changed; `old_…` is what it was before."""

    interaction_id: int
    changed: tuple[str, ...]
    old_queue_id: int | None
    queue_id: int | None
    old_started_at: datetime
    started_at: datetime
    old_customer_id: int | None
    customer_id: int | None
    old_agent_ids: tuple[int, ...]
    agent_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TranscriptAdded(Event):
    """An interaction has a current transcript that it did not have before."""

    interaction_id: int
    transcript_id: int


@dataclass(frozen=True, kw_only=True)
class AgentStatesRecorded(Event):
    """What an agent was doing was stored; `to_at` is the last known end or beginning in it."""

    agent_id: int
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, kw_only=True)
class DispositionSet(Event):
    """What came of an interaction was said, or taken back; `codes` are those in force now."""

    interaction_id: int
    leg_id: int | None
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImportTakenBack(Event):
    """An undo removed interactions or stretches of agents, or gave them back earlier values.

    One for each chunk; their moments lie in [from_at, to_at].
    """

    import_run_id: int
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, kw_only=True)
class ImportFinished(Event):
    """A run came to its end; `state` is finished, failed or canceled."""

    import_run_id: int
    kind: str
    state: str
    read: int
    created: int
    updated: int
    skipped: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """A case was opened."""

    case_id: int
    customer_id: int | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaseResolved(Event):
    """A case entered the category resolved."""

    case_id: int
    customer_id: int | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaseReopened(Event):
    """A resolved or closed case is open again."""

    case_id: int
    customer_id: int | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """A case entered the category closed."""

    case_id: int
    customer_id: int | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class ClockWarned(Event):
    """So many percent of a target are used up."""

    clock_id: int
    case_id: int
    metric: str
    due_at: datetime
    percent: int


@dataclass(frozen=True, kw_only=True)
class ClockBreached(Event):
    """A target was missed; `at` is the due moment, whenever it was noticed."""

    clock_id: int
    case_id: int
    metric: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseMade(Event):
    """A customer was promised something for a moment."""

    promise_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class PromiseSettled(Event):
    """A promise was kept, broken or withdrawn, or kept late after all."""

    promise_id: int
    state: str
