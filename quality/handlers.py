"""How quality reacts to facts of other apps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from accounts.events import UserDeactivated, UserErased
from accounts.models import User
from crm import timeline
from crm.events import TranscriptAdded
from quality.actions import assignments, assist, follow_up, gates
from quality.events import EvaluationFinalized
from quality.models import Evaluation, PlanOverride
from quality.timeline import EVALUATION, facts


def free_work_of(fact: UserDeactivated) -> None:
    """What waited for somebody who left returns to the pool."""
    assignments.return_to_pool(evaluator=User.objects.get(pk=fact.user_id), at=fact.at)


def forget_person(fact: UserErased) -> None:
    """Why somebody's share of a plan was another one, such as a leave; the number stays."""
    PlanOverride.objects.filter(agent=fact.user_id).update(reason="Erased with the person.")


def tell_timeline(fact: EvaluationFinalized) -> None:
    """The timeline of the customer says that the handling was evaluated, and not how."""
    timeline.write(EVALUATION.name, facts(pk=fact.evaluation_id))


def suggest_anew(fact: TranscriptAdded) -> None:
    """A transcript came after an evaluation had begun: let the rules look at it."""
    drafts = Evaluation.objects.open_for(fact.interaction_id)
    for evaluation in drafts:
        assist.suggest(evaluation=evaluation, at=fact.at)


def follow_up_result(fact: EvaluationFinalized) -> None:
    """A result is released, or reads differently now: let the quality rules look at it."""
    follow_up.fire_rules(evaluation=Evaluation(pk=fact.evaluation_id), at=fact.at)


class Qualification(Protocol):
    """What training tells about an evaluator; quality does not import it."""

    @property
    def at(self) -> datetime: ...
    @property
    def person_id(self) -> int: ...
    @property
    def scorecard_id(self) -> int: ...
    @property
    def valid_until_on(self) -> date: ...


def open_gate(fact: Qualification) -> None:
    """Somebody passed the evaluators' training for a scorecard."""
    gates.note_qualification(
        evaluator_id=fact.person_id,
        scorecard_id=fact.scorecard_id,
        qualified_until_on=fact.valid_until_on,
        at=fact.at,
    )


def shut_gate(fact: Qualification) -> None:
    """A qualification ended or expired."""
    gates.note_qualification(
        evaluator_id=fact.person_id,
        scorecard_id=fact.scorecard_id,
        qualified_until_on=None,
        at=fact.at,
    )
