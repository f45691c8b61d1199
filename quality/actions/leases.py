"""Who holds an assignment, and how writing into its evaluation keeps it held.

Called from inside the verbs of the evaluator's desk; nothing here starts an evaluation.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from lib import faults
from quality.models import Assignment, Evaluation
from quality.models.plans import WAITING_STATES, AssignmentQuerySet, AssignmentState
from quality.refusals import Refused

LEASE = timedelta(minutes=120)
RENEWED_EVERY = timedelta(minutes=1)


class Taken(Refused):
    """Somebody else holds it; `holder` and `since` say who and from when."""

    def __init__(self, assignment: Assignment) -> None:
        self.holder, self.since = assignment.evaluator, assignment.claimed_at
        if self.holder and self.since:
            clock = timezone.localtime(self.since)
            sentence = f"Taken by {self.holder.short_name} at {clock:%H:%M}."
        else:
            sentence = f"This assignment is {assignment.get_state_display().lower()}."
        super().__init__(sentence)


def take(assignment: Assignment, state: str, *, by: User, at: datetime) -> bool:
    """Hold an assignment by one conditional UPDATE; False if somebody else has it."""
    free = Assignment.objects.filter(pk=assignment.pk)
    if faults.guard_is_on("quality.claim"):
        free = free.claimable_by(by, at)
    faults.reach("quality.claim")
    return bool(
        free.update(
            state=state,
            evaluator=by,
            taken_from=Case(
                When(evaluator=by, then=F("taken_from")),
                default=Coalesce(F("evaluator"), F("taken_from")),
            ),
            claimed_at=at,
            lease_until=at + LEASE,
            row_version=F("row_version") + 1,
            updated_at=at,
        )
    )


def keep_lease(*, evaluation: Evaluation, by: User, at: datetime) -> None:
    """Extend the lease of the assignment behind an evaluation; nothing if there is none.

    A lease that ran out is taken again as long as nobody else has taken the work. Raises Taken
    where somebody has. One query; two once a minute.
    """
    row = Assignment.objects.filter(evaluation=evaluation).select_related("evaluator").first()
    if row is None or row.state not in WAITING_STATES:
        return
    if row.evaluator_id == by.pk:
        fresh = row.lease_until and row.lease_until > at + LEASE - RENEWED_EVERY
        if not fresh and not take(row, AssignmentState.IN_PROGRESS, by=by, at=at):
            row.refresh_from_db()
            raise Taken(row)
    elif row.taken_from_id == by.pk and not _take_back(row, by, at):
        raise Taken(row)


def _take_back(row: Assignment, by: User, at: datetime) -> bool:
    """What fell back into the pool and was not taken there is still the last holder's."""
    is_free = row.evaluator_id is None and row.is_pooled
    return is_free and take(row, AssignmentState.IN_PROGRESS, by=by, at=at)


def finish(*, evaluation: Evaluation, at: datetime) -> None:
    """The evaluation is submitted, so its assignment is done. One query."""
    Assignment.objects.filter(evaluation=evaluation, state__in=WAITING_STATES).update(
        state=AssignmentState.DONE,
        evaluator=evaluation.evaluator_id,
        done_at=at,
        lease_until=None,
        taken_from=None,
        row_version=F("row_version") + 1,
        updated_at=at,
    )


def let_go(*, evaluation: Evaluation, at: datetime) -> None:
    """The draft is thrown away, so its assignment waits again. One query."""
    put_back(Assignment.objects.filter(evaluation=evaluation).held(), at)


def put_back(held: AssignmentQuerySet, at: datetime) -> int:
    """Open held assignments again, pooled ones without an evaluator. One UPDATE."""
    to_the_pool = When(is_pooled=True, then=Value(None))
    return held.update(
        state=AssignmentState.OPEN,
        taken_from=F("evaluator"),
        evaluator=Case(to_the_pool, default=F("evaluator")),
        claimed_at=None,
        lease_until=None,
        row_version=F("row_version") + 1,
        updated_at=at,
    )
