"""Verbs of assignments: claim, release, begin, swap, reassign, cancel, order a second scoring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from crm.models import Leg
from crm.redaction import redact
from quality.actions import evaluations, gates, leases
from quality.actions.discarding import drop_evaluation
from quality.actions.evaluations import AlreadyEvaluated, OwnWork
from quality.actions.leases import Taken
from quality.frames import eligible_evaluators, leg_facts
from quality.models import Assignment, Draw, Evaluation
from quality.models.evaluations import EvaluationState, Purpose, Selection
from quality.models.plans import (
    ASSIGNMENT_TRANSITIONS,
    WAITING_STATES,
    AssignmentQuerySet,
    AssignmentState,
    SwapReason,
)
from quality.refusals import Forbidden, Invalid, Refused, need_reason
from quality.replays import next_in_order

LEAST_REASON = 10
MOST_SWAPPED_PERCENT = 20
LEAST_TIME_AFTER_SWAP = timedelta(days=1)
SECOND_SCORING_DUE = timedelta(days=7)


class NotPossibleForAssignment(Refused):
    def __init__(self, assignment: Assignment) -> None:
        state = assignment.get_state_display().lower()
        super().__init__(f"This is not possible while the assignment is {state}.")


class NotHeldByYou(Forbidden):
    def __init__(self) -> None:
        super().__init__("Only whoever holds this assignment may do that.")


class FirstEvaluator(Forbidden):
    def __init__(self) -> None:
        super().__init__("You score this work already; the second scoring needs somebody else.")


class TooManySwaps(Refused):
    def __init__(self) -> None:
        super().__init__(
            f"More than {MOST_SWAPPED_PERCENT} % of your assignments of this period would be "
            "swapped. Ask a supervisor to swap this one."
        )


class MayNotScore(Invalid):
    def __init__(self, person: User, assignment: Assignment) -> None:
        leg = assignment.leg
        about = f"the team {leg.team}" if leg.team else "this work"
        super().__init__("evaluator", f"{person.short_name} may not evaluate {about}.")


class SecondScoringExists(Refused):
    def __init__(self) -> None:
        super().__init__("A second scoring of this work is ordered or done already.")


# --- Holding -------------------------------------------------------------------------------------


def claim_assignment(*, assignment: Assignment, by: User, at: datetime) -> Assignment:
    """Hold an assignment for two hours; each save of its evaluation begins them anew.

    One conditional UPDATE decides between claimers. Raises Taken, OwnWork, FirstEvaluator
    or NotQualified.
    """
    _refuse_unfit(assignment, by, at)
    with transaction.atomic():
        is_at_work = assignment.evaluator_id == by.pk and assignment.state == "in_progress"
        state = AssignmentState.IN_PROGRESS if is_at_work else AssignmentState.CLAIMED
        if not leases.take(assignment, state, by=by, at=at):
            raise Taken(_fresh(assignment))
        claimed = _fresh(assignment)
        audit.record(
            verb="claim_assignment", record=claimed, by=by, at=at, after={"state": claimed.state}
        )
    return claimed


def release_assignment(*, assignment: Assignment, by: User, at: datetime) -> Assignment:
    """Give a held assignment back; answers that were given stay in its draft."""
    with transaction.atomic():
        locked = _locked(assignment)
        if not locked.is_held:
            raise NotPossibleForAssignment(locked)
        if locked.evaluator_id != by.pk:
            raise NotHeldByYou
        leases.put_back(Assignment.objects.filter(pk=locked.pk), at)
        audit.record(verb="release_assignment", record=locked, by=by, at=at)
    return _fresh(assignment)


def begin_assignment(*, assignment: Assignment, by: User, at: datetime) -> Evaluation:
    """Open the evaluation of an assignment, or go on with it, and hold it.

    A draft that its last holder left is taken over with its answers. Raises Taken and whatever
    start_evaluation raises.
    """
    _refuse_unfit(assignment, by, at)
    with transaction.atomic():
        if not leases.take(assignment, AssignmentState.IN_PROGRESS, by=by, at=at):
            raise Taken(_fresh(assignment))
        held = _fresh(assignment)
        evaluation = held.evaluation
        if evaluation is None:
            evaluation = _start(held, by, at)
        elif evaluation.evaluator_id != by.pk:
            _take_over(evaluation, by, at)
        after = {"state": held.state, "evaluation_id": evaluation.pk}
        audit.record(verb="begin_assignment", record=held, by=by, at=at, after=after)
    return evaluation


def expire_leases(*, at: datetime) -> int:
    """Open every assignment again whose lease ran out; answers that were given stay."""
    with transaction.atomic():
        lapsed = Assignment.objects.lapsed(at).select_for_update(of=("self",))
        rows = list(lapsed.order_by("pk")[:1_000])
        ids = [row.pk for row in rows]
        leases.put_back(Assignment.objects.filter(pk__in=ids).lapsed(at), at)
        for row in rows:
            audit.record(
                verb="expire_lease",
                record=row,
                by=None,
                at=at,
                before={"state": row.state, "evaluator_id": row.evaluator_id},
            )
    return len(rows)


# --- Swapping ------------------------------------------------------------------------------------


def swap_assignment(
    *,
    assignment: Assignment,
    kind: str,
    reason: str,
    by: User,
    at: datetime,
    confirms: bool = False,
) -> Assignment | None:
    """Put the next of the stratum in an assignment's place; None if the stratum is used up.

    Nobody chooses the replacement: it is the next in the order that the seed gives. Beyond a
    fifth of an evaluator's assignments a supervisor must do it (`confirms`).
    """
    if kind not in SwapReason.values:
        raise Invalid("kind", "Choose one of the reasons.")
    reason = need_reason(redact(reason), LEAST_REASON)
    with transaction.atomic():
        locked = _locked(assignment)
        _check(locked, AssignmentState.SWAPPED)
        if not confirms:
            _refuse_many_swaps(locked)
        replacement = _replacement(locked, at)
        _drop_draft(locked, by, at)
        locked.state, locked.swap_kind, locked.swap_reason = AssignmentState.SWAPPED, kind, reason
        locked.replaced_by = replacement
        _save(locked, "state", "swap_kind", "swap_reason", "replaced_by", "lease_until")
        audit.record(
            verb="swap_assignment",
            record=locked,
            by=by,
            at=at,
            after={
                "kind": kind,
                "leg_id": locked.leg_id,
                "replaced_by_leg": replacement.leg_id if replacement else None,
            },
            reason=reason,
        )
    return replacement


def reassign_assignments(
    *, assignments: Iterable[Assignment], to: User | None, reason: str, by: User, at: datetime
) -> list[Assignment]:
    """Give waiting assignments to somebody else, or to the pool; all of them or none.

    Raises MayNotScore for the agent concerned and for teams outside the person's scope.
    """
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        rows = [_locked(assignment) for assignment in assignments]
        for row in rows:
            if row.state not in WAITING_STATES:
                raise NotPossibleForAssignment(row)
        if to is not None:
            _refuse_unable(rows, to)
        for row in rows:
            _give(row, to, by, at, reason=reason)
    return rows


def return_to_pool(*, evaluator: User, at: datetime) -> int:
    """Somebody left: what waited for them is anybody's who may score it."""
    with transaction.atomic():
        rows = [_locked(row) for row in Assignment.objects.filter(evaluator=evaluator).waiting()]
        for row in rows:
            _give(row, None, None, at, reason="Its evaluator was deactivated.")
    return len(rows)


def cancel_assignments(
    *, assignments: Iterable[Assignment], reason: str, by: User, at: datetime
) -> list[Assignment]:
    """Take assignments off for good, without a replacement; their drafts are thrown away."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        rows = [_locked(assignment) for assignment in assignments]
        for row in rows:
            _check(row, AssignmentState.CANCELED)
            _drop_draft(row, by, at)
            row.state = AssignmentState.CANCELED
            _save(row, "state", "lease_until")
            audit.record(verb="cancel_assignment", record=row, by=by, at=at, reason=reason)
    return rows


def order_second_scoring(
    *, evaluation: Evaluation, evaluator: User | None, due_at: datetime, by: User, at: datetime
) -> Assignment:
    """Have a submitted evaluation scored again by another person, who sees nothing of the first.

    It feeds reliability and never the agent's average. None puts it into the pool.
    """
    if evaluation.purpose != Purpose.STANDARD or evaluation.leg is None:
        raise Refused("Only the first scoring of an interaction can be scored a second time.")
    with transaction.atomic():
        leg = Leg.objects.select_for_update(of=("self",)).get(pk=evaluation.leg.pk)
        doubles = Assignment.objects.filter(leg=leg, scorecard=evaluation.scorecard_id)
        if doubles.filter(selection=Selection.DOUBLE).exclude(state="canceled").exists():
            raise SecondScoringExists
        first = Assignment.objects.filter(evaluation=evaluation).first()
        row = Assignment(
            leg=leg,
            scorecard_id=evaluation.scorecard_id,
            draw=first.draw if first else None,
            stratum=first.stratum if first else "",
            position=first.position if first else 0,
            selection=Selection.DOUBLE,
            evaluator=evaluator,
            is_pooled=evaluator is None,
            due_at=due_at,
        )
        if evaluator is not None:
            _refuse_unable([row], evaluator)
        row.save()
        audit.record(
            verb="order_second_scoring",
            record=row,
            by=by,
            at=at,
            after={"evaluation_id": evaluation.pk, "evaluator_id": row.evaluator_id},
        )
    return row


# --- Below the verbs -----------------------------------------------------------------------------


def _rows() -> AssignmentQuerySet:
    return Assignment.objects.select_related("leg__team", "draw__commitment", "evaluator")


def _locked(assignment: Assignment) -> Assignment:
    return _rows().select_for_update(of=("self",)).get(pk=assignment.pk)


def _fresh(assignment: Assignment) -> Assignment:
    return _rows().select_related("evaluation", "scorecard__current_version").get(pk=assignment.pk)


def _check(assignment: Assignment, state: AssignmentState) -> None:
    if state not in ASSIGNMENT_TRANSITIONS[assignment.state]:
        raise NotPossibleForAssignment(assignment)


def _refuse_unfit(assignment: Assignment, by: User, at: datetime) -> None:
    """Neither own work, nor both scorings of the same work, nor without a qualification."""
    if assignment.leg.agent_id == by.pk:
        raise OwnWork
    if _scores_other_half(assignment, by):
        raise FirstEvaluator
    gates.must_be_qualified(scorecard=assignment.scorecard, by=by, at=at)


def _scores_other_half(assignment: Assignment, person: User) -> bool:
    is_double = assignment.selection == Selection.DOUBLE
    same = {"leg": assignment.leg_id, "scorecard": assignment.scorecard_id, "evaluator": person}
    purpose = Purpose.STANDARD if is_double else Purpose.DOUBLE
    scored = Evaluation.objects.filter(purpose=purpose, **same).exclude(state="void")
    given = Assignment.objects.filter(**same).waiting().exclude(pk=assignment.pk)
    halves = given.exclude(selection="double") if is_double else given.filter(selection="double")
    return scored.exists() or halves.exists()


def _refuse_unable(rows: Sequence[Assignment], person: User) -> None:
    facts = list(leg_facts(Leg.objects.filter(pk__in=[row.leg_id for row in rows]), "", {}))
    eligible = eligible_evaluators(facts, [person.pk])
    for row in rows:
        if person.pk not in eligible[row.leg_id]:
            raise MayNotScore(person, row)
        if _scores_other_half(row, person):
            raise FirstEvaluator


def _start(assignment: Assignment, by: User, at: datetime) -> Evaluation:
    is_double = assignment.selection == Selection.DOUBLE
    evaluation = evaluations.start_evaluation(
        leg=assignment.leg,
        scorecard=assignment.scorecard,
        by=by,
        at=at,
        selection=assignment.selection,
        purpose=Purpose.DOUBLE if is_double else Purpose.STANDARD,
    )
    assignment.evaluation = evaluation
    _save(assignment, "evaluation")
    return evaluation


def _take_over(evaluation: Evaluation, by: User, at: datetime) -> None:
    """The draft goes to its new holder; who gave each answer stays written on the answer."""
    if evaluation.state != EvaluationState.DRAFT:
        raise AlreadyEvaluated(evaluation)
    before = {"evaluator_id": evaluation.evaluator_id}
    evaluation.evaluator = by
    evaluation.row_version += 1
    try:
        with transaction.atomic():
            evaluation.save(update_fields=["evaluator", "row_version", "updated_at"])
    except IntegrityError:
        raise AlreadyEvaluated(evaluation) from None
    evaluation.revisions.filter(submitted_at__isnull=True).update(author=by)
    audit.record(
        verb="take_over_draft",
        record=evaluation,
        by=by,
        at=at,
        before=before,
        after={"evaluator_id": by.pk},
    )


def _refuse_many_swaps(assignment: Assignment) -> None:
    """Counted over the evaluator's assignments of the same plan and period."""
    if assignment.draw is None or assignment.evaluator_id is None:
        return
    own = Assignment.objects.filter(
        draw__commitment=assignment.draw.commitment_id, evaluator=assignment.evaluator_id
    ).exclude(state="canceled")
    # A replacement stands in for what it replaces, so it is not one more.
    given = own.filter(replaces__isnull=True).count()
    swapped = own.filter(state="swapped").count() + 1
    if swapped * 100 > given * MOST_SWAPPED_PERCENT:
        raise TooManySwaps


def _replacement(old: Assignment, at: datetime) -> Assignment | None:
    """The next leg of the stratum, for the same person where they may score it."""
    if old.draw is None or old.selection == Selection.DOUBLE:
        return None
    draw = (
        Draw.objects.select_for_update(of=("self",))
        .select_related("commitment")
        .get(pk=old.draw.pk)
    )
    found = next_in_order(draw, old.stratum, old.scorecard)
    if found is None:
        return None
    leg, position = found
    facts = list(leg_facts(Leg.objects.filter(pk=leg), "", {}))
    holder = old.evaluator_id
    is_able = holder is not None and holder in eligible_evaluators(facts, [holder])[leg]
    return Assignment.objects.create(
        leg_id=leg,
        scorecard=old.scorecard,
        draw=draw,
        evaluator_id=holder if is_able and not old.is_pooled else None,
        is_pooled=old.is_pooled or not is_able,
        selection=old.selection,
        stratum=old.stratum,
        position=position,
        due_at=max(old.due_at or at, at + LEAST_TIME_AFTER_SWAP),
    )


def _drop_draft(assignment: Assignment, by: User, at: datetime) -> None:
    """The unfinished evaluation of an assignment that is taken off."""
    evaluation = assignment.evaluation
    assignment.lease_until = None
    if evaluation is None or evaluation.state != EvaluationState.DRAFT:
        return
    audit.record(
        verb="discard_draft",
        record=evaluation,
        by=by,
        at=at,
        before={"evaluator_id": evaluation.evaluator_id},
    )
    assignment.evaluation = None
    _save(assignment, "evaluation")
    drop_evaluation(evaluation)


def _give(row: Assignment, to: User | None, by: User | None, at: datetime, *, reason: str) -> None:
    before = {"evaluator_id": row.evaluator_id, "state": row.state}
    row.taken_from, row.evaluator, row.is_pooled = row.evaluator, to, to is None
    row.state, row.lease_until, row.claimed_at = AssignmentState.OPEN, None, None
    _save(row, "taken_from", "evaluator", "is_pooled", "state", "lease_until", "claimed_at")
    audit.record(
        verb="reassign_assignment",
        record=row,
        by=by,
        at=at,
        before=before,
        after={"evaluator_id": row.evaluator_id, "state": row.state},
        reason=reason,
    )


def _save(assignment: Assignment, *names: str) -> None:
    assignment.row_version += 1
    assignment.save(update_fields=[*names, "row_version", "updated_at"])
