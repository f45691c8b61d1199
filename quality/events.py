"""Facts that quality publishes on commit: ids, figures and keys, never a word that was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class VersionPublished(Event):
    """A version of a scorecard came into force."""

    scorecard_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class EvaluationSubmitted(Event):
    """An evaluator handed a scoring in, whatever its purpose; nothing is final yet."""

    evaluation_id: int


@dataclass(frozen=True, kw_only=True)
class EvaluationFinalized(Event):
    """Once per evaluation: its result is final and released to the agent.

    `score_percent` is plain decimal text. Each of `criteria` has key, state, failed, fault_owner
    and critical (whether it belongs to a family or carries a trigger). Where an evaluation was
    itself evaluated, there is no interaction and no leg, and the agent is its evaluator.
    """

    evaluation_id: int
    interaction_id: int | None
    leg_id: int | None
    agent_id: int
    team_id: int | None
    evaluator_id: int
    scorecard_id: int
    version_id: int
    selection: str
    finalized_at: datetime
    score_percent: str | None
    outcome: str
    criteria: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class EvaluationChanged(EvaluationFinalized):
    """A released evaluation has a new current revision.

    `cause` is resubmit, dispute or moved; after a move the agent, team and leg are the new ones.
    """

    revision: int
    cause: str


@dataclass(frozen=True, kw_only=True)
class EvaluationVoided(Event):
    """An evaluation left every average; it may never have been released."""

    evaluation_id: int
    agent_id: int


@dataclass(frozen=True, kw_only=True)
class EvaluationAcknowledged(Event):
    """The agent has seen a released result."""

    evaluation_id: int


@dataclass(frozen=True, kw_only=True)
class EvaluationDisputed(Event):
    """The agent objects to a released result."""

    dispute_id: int
    evaluation_id: int
    round: int


@dataclass(frozen=True, kw_only=True)
class DisputeDecided(Event):
    """A round of a dispute is decided; one of kept, accepted, partial or other per item."""

    dispute_id: int
    evaluation_id: int
    round: int
    outcomes: list[str]


@dataclass(frozen=True, kw_only=True)
class FaultReported(Event):
    """A failure that belongs to a process, a tool or the customer, not to the agent."""

    evaluation_id: int
    criterion: str
    fault_owner: str


@dataclass(frozen=True, kw_only=True)
class CalibrationFinished(Event):
    """A calibration is over: its agreed answers stand."""

    calibration_id: int


@dataclass(frozen=True, kw_only=True)
class DrawMade(Event):
    """A slice of a sampling plan was drawn."""

    draw_id: int


@dataclass(frozen=True, kw_only=True)
class CoachingRequested(Event):
    """A quality rule or a person asks for coaching on these criteria, given by key."""

    evaluation_id: int
    agent_id: int
    criteria: list[str]
