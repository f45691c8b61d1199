"""Take an evaluation onto the desk: locked, and open for its evaluator."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from lib import faults
from quality.desk import WITH_FACTS, Desk, desk_of
from quality.models import Evaluation, Suggestion
from quality.models.evaluations import EvaluationState
from quality.refusals import Forbidden, Refused

LONGEST_PAUSE_SECONDS = 300


class NotYours(Forbidden):
    def __init__(self) -> None:
        super().__init__("Only its own evaluator writes into an evaluation.")


class Closed(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This evaluation is {state}; its answers no longer change.")


def locked_evaluation(
    evaluation: Evaluation, *related: str, rows: QuerySet[Evaluation] | None = None
) -> Evaluation:
    """The row as it is now, held until the transaction ends."""
    rows = (Evaluation.objects.all() if rows is None else rows).select_related(*related)
    if faults.guard_is_on("quality.evaluation_lock"):
        rows = rows.select_for_update(of=("self",))
    return rows.get(pk=evaluation.pk)


def open_desk(evaluation: Evaluation, by: User) -> Desk:
    """The locked evaluation with its open revision; raises NotYours or Closed.

    `desk.evaluation.has_blind` tells whether a proposal waits for the answer given without it.
    """
    blind = Suggestion.objects.filter(evaluation=OuterRef("pk"), is_blind=True, answered_key="")
    rows = Evaluation.objects.annotate(has_blind=Exists(blind))
    locked = locked_evaluation(evaluation, *WITH_FACTS, rows=rows)
    if locked.evaluator_id != by.pk:
        raise NotYours
    revision = locked.open_revision
    if revision is None or locked.state in (EvaluationState.VOID, EvaluationState.IN_APPROVAL):
        raise Closed(locked.get_state_display().lower())
    return desk_of(locked, revision)
