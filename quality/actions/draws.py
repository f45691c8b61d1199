"""The verb that draws a slice: frame, picks, assignments, all from a seed that was fixed before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from lib import events, faults
from ops import mail
from quality import drawing
from quality.actions import gates
from quality.actions.plans import reveal_seed
from quality.drawing import Dealt, Rule
from quality.events import DrawMade
from quality.frames import (
    LegFacts,
    Window,
    comparison,
    eligible_evaluators,
    frame_of,
    free_legs,
    leg_facts,
    legs_in,
    matching,
)
from quality.models import Assignment, Draw, SamplingPlan, SeedCommitment
from quality.models.evaluations import Selection
from quality.models.plans import PlanState
from quality.plan_periods import SliceSpan
from quality.plan_rules import (
    drawable_spans,
    filters_document,
    rule_document,
    spans_of,
    started_from,
)
from quality.refusals import Refused
from quality.replays import inputs_document, past_of, slice_at
from quality.sampling import frame_hash

SETTLING = timedelta(hours=2)  # Imports bring the last interactions of a slice a little late.
ROWS_AT_ONCE = 1_000


class NotDue(Refused):
    def __init__(self) -> None:
        super().__init__("This slice is not due: it ended less than two hours ago, or not yet.")


class AlreadyDrawn(Refused):
    def __init__(self) -> None:
        super().__init__("This slice was drawn before.")


class NotDrawing(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"A plan that is {state} draws nothing.")


@dataclass(frozen=True)
class DueSlice:
    commitment: SeedCommitment
    span: SliceSpan


def due_slices(at: datetime) -> list[DueSlice]:
    """Slices of active plans that ended two hours ago and were not drawn, oldest first.

    They are drawn in this order, because each draw rests on the ones before it.
    """
    commitments = (
        SeedCommitment.objects.filter(plan__state=PlanState.ACTIVE, revealed_at__isnull=True)
        .select_related("plan__scorecard")
        .prefetch_related("draws")
    )
    found = [
        DueSlice(commitment, span)
        for commitment in commitments
        for span in drawable_spans(commitment)
        if span.end_at + SETTLING <= at
        and span.number not in {draw.slice_number for draw in commitment.draws.all()}
    ]
    return sorted(found, key=lambda due: (due.span.end_at, due.commitment.pk))


def draw_slice(
    *, commitment: SeedCommitment, number: int, at: datetime, by: User | None = None
) -> Draw:
    """Draw one slice and hand its picks out; with the period's last slice the seed is revealed.

    Raises NotDrawing, NotDue or AlreadyDrawn. At most 25 queries and one for each 1,000 rows.
    """
    with transaction.atomic():
        plan, locked = _locked(commitment)
        span = next((one for one in drawable_spans(locked) if one.number == number), None)
        if span is None or span.end_at + SETTLING > at:
            raise NotDue
        if faults.guard_is_on("quality.draw_once") and (
            locked.draws.filter(slice_number__gte=number).exists()
        ):
            raise AlreadyDrawn
        draw = _make(plan, locked, span, at)
        audit.record(verb="make_draw", record=draw, by=by, at=at, after=_told(draw, locked))
        if number == spans_of(locked)[-1].number:
            reveal_seed(commitment=locked, by=by, at=at)
        if not draw.frame_n:
            mail.send("quality.empty_frame", key=str(draw.pk), draw_id=draw.pk)
        events.publish(DrawMade(at=at, by_id=by.pk if by else None, draw_id=draw.pk))
        faults.reach("quality.draw_made")
    return draw


# --- Below the verb ------------------------------------------------------------------------------


def _locked(commitment: SeedCommitment) -> tuple[SamplingPlan, SeedCommitment]:
    """The plan, held so that it neither changes nor draws elsewhere meanwhile."""
    plans = SamplingPlan.objects.select_related("scorecard", "owner")
    if faults.guard_is_on("quality.draw_once"):
        plans = plans.select_for_update(of=("self",))
    plan = plans.get(pk=commitment.plan_id)
    if plan.state != PlanState.ACTIVE:
        raise NotDrawing(plan.get_state_display().lower())
    locked = SeedCommitment.objects.get(pk=commitment.pk)
    locked.plan = plan
    return plan, locked


def _make(plan: SamplingPlan, commitment: SeedCommitment, span: SliceSpan, at: datetime) -> Draw:
    filters, rules = filters_document(plan), rule_document(plan, commitment.slices)
    rule = Rule.read(rules)
    facts = _facts(plan, commitment, span, filters)
    frame = frame_of(facts, rule)
    past = past_of(commitment, span.number, rule)
    at_slice = slice_at(commitment, span.number)
    picks = drawing.picks(commitment.seed, rule, frame, at_slice, past)
    legs = {pick.leg for pick in picks}
    able = gates.qualified_among(rule.shares, plan.scorecard, at)
    eligible = eligible_evaluators([one for one in facts if one.leg in legs], able)
    dealt = drawing.deal(commitment.seed, rule, picks, past, eligible)
    draw = Draw.objects.create(
        plan=plan,
        commitment=commitment,
        slice_number=span.number,
        slice_start_at=span.start_at,
        slice_end_at=span.end_at,
        filters=filters,
        rule=rules,
        plan_sha256=drawing.plan_hash(filters, rules),
        frame=drawing.pack(frame),
        frame_n=len(facts),
        frame_sha256=frame_hash([one.leg for one in facts]),
        picked=len(dealt),
        inputs=inputs_document(past, eligible),
        picks=[one.document() for one in dealt],
        comparison=comparison(facts, legs),
    )
    _hand_out(draw, dealt, at)
    return draw


def _facts(
    plan: SamplingPlan, commitment: SeedCommitment, span: SliceSpan, filters: dict[str, Any]
) -> list[LegFacts]:
    window = Window(span.start_at, span.end_at, started_from(commitment))
    rows = free_legs(matching(legs_in(plan.scorecard, window), filters), plan.scorecard)
    return list(leg_facts(rows, plan.priority_field, filters))


def _hand_out(draw: Draw, dealt: Sequence[Dealt], at: datetime) -> None:
    """One assignment for each pick, a second one for those that are scored twice.

    A second scoring for which nobody is left is counted in the draw and not handed out.
    """
    plan, due_at = draw.plan, at + timedelta(days=draw.plan.due_days)
    is_random = plan.order == "random"
    selection = Selection.RANDOM if is_random else Selection.TARGETED
    has_shares = bool(draw.rule["shares"])
    rows = []
    for one in dealt:
        rows.append(_assignment(draw, one, one.evaluator, selection, due_at))
        if one.is_double and (one.second or not has_shares):
            rows.append(_assignment(draw, one, one.second, Selection.DOUBLE, due_at))
    Assignment.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def _assignment(
    draw: Draw, dealt: Dealt, evaluator: int | None, selection: str, due_at: datetime
) -> Assignment:
    return Assignment(
        leg_id=dealt.pick.leg,
        scorecard_id=draw.plan.scorecard_id,
        draw=draw,
        evaluator_id=evaluator,
        is_pooled=evaluator is None,
        selection=selection,
        stratum=dealt.pick.stratum,
        position=dealt.pick.position,
        due_at=due_at,
    )


def _told(draw: Draw, commitment: SeedCommitment) -> dict[str, Any]:
    return {
        "plan_id": draw.plan_id,
        "slice": draw.slice_number,
        "seed_sha256": commitment.seed_sha256,
        "plan_sha256": draw.plan_sha256,
        "frame_n": draw.frame_n,
        "frame_sha256": draw.frame_sha256,
        "picked": draw.picked,
    }
