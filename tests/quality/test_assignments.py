"""Assignments: who holds them, how they are kept, swapped, passed on and scored twice."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from crm.models import Interaction, Leg
from quality.actions import answers, assignments, draws, evaluations
from quality.actions.assignments import (
    FirstEvaluator,
    MayNotScore,
    NotHeldByYou,
    NotPossibleForAssignment,
    SecondScoringExists,
    TooManySwaps,
)
from quality.actions.desks import NotYours
from quality.actions.evaluations import OwnWork
from quality.actions.leases import LEASE, Taken
from quality.models import Assignment, Evaluation
from quality.refusals import Invalid, Refused
from quality.replays import replay
from tests.factories.accounts import TeamFactory
from tests.factories.quality import AT
from tests.factories.quality_plans import AssignmentFactory
from tests.quality.plan_worlds import AFTER, PlanWorld, call
from tests.quality.worlds import GIVEN, member

pytestmark = pytest.mark.django_db
LONG = "The recording is silent all the way."


@pytest.fixture
def world():
    return PlanWorld(calls=1, agents=1, days=3)


@pytest.fixture
def pooled(world):
    return AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard)


@pytest.fixture
def dealt(world):
    return AssignmentFactory(
        leg=world.legs[0], scorecard=world.scorecard, evaluator=world.evaluators[0]
    )


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def audited(row):
    rows = AuditEntry.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk))
    return list(rows.order_by("id").values_list("verb", flat=True))


def save(evaluation, by, key="greet", seen=0, at=AT):
    return answers.save_answer(
        evaluation=evaluation,
        key=key,
        change={"answer": {"option": GIVEN[key]}},
        seen=seen,
        save_id=uuid4(),
        by=by,
        at=at,
    )


def claim(row, by, at=AT):
    return assignments.claim_assignment(assignment=row, by=by, at=at)


def begin(row, by, at=AT):
    return assignments.begin_assignment(assignment=row, by=by, at=at)


# --- Holding -------------------------------------------------------------------------------------


def test_claim_holds_for_two_hours(world, pooled):
    """Q-302."""
    claimed = claim(pooled, world.evaluators[0])

    assert (claimed.state, claimed.evaluator) == ("claimed", world.evaluators[0])
    assert claimed.lease_until == AT + timedelta(minutes=120)
    assert audited(pooled) == ["claim_assignment"]


def test_the_second_claimer_is_told_by_whom_and_when(world, pooled):
    """Q-302."""
    claim(pooled, world.evaluators[0])

    with pytest.raises(Taken, match=f"Taken by {world.evaluators[0].short_name} at 10:00"):
        claim(pooled, world.evaluators[1], AT + timedelta(minutes=5))

    assert fresh(pooled).evaluator == world.evaluators[0]


def test_what_was_dealt_to_one_person_is_not_claimed_by_another(world, dealt):
    with pytest.raises(Taken, match="open"):
        claim(dealt, world.evaluators[1])


def test_a_lease_that_ran_out_can_be_claimed_by_another(world, pooled):
    claim(pooled, world.evaluators[0])

    taken = claim(pooled, world.evaluators[1], AT + LEASE)

    assert (taken.evaluator, taken.taken_from) == (world.evaluators[1], world.evaluators[0])


def test_nobody_claims_their_own_work(world):
    own = call(world.team, world.evaluators[0], AT)
    row = AssignmentFactory(leg=own, scorecard=world.scorecard)

    with pytest.raises(OwnWork):
        claim(row, world.evaluators[0])


def test_release_opens_again_and_keeps_the_answers(world, pooled):
    evaluation = begin(pooled, world.evaluators[0])
    save(evaluation, world.evaluators[0])

    row = assignments.release_assignment(assignment=pooled, by=world.evaluators[0], at=AT)

    assert (row.state, row.evaluator, row.lease_until) == ("open", None, None)
    assert evaluation.open_revision.answers.count() == 1


def test_only_the_holder_releases(world, pooled):
    claim(pooled, world.evaluators[0])

    with pytest.raises(NotHeldByYou):
        assignments.release_assignment(assignment=pooled, by=world.evaluators[1], at=AT)


def test_what_is_not_held_cannot_be_released(world, pooled):
    with pytest.raises(NotPossibleForAssignment, match="while the assignment is open"):
        assignments.release_assignment(assignment=pooled, by=world.evaluators[0], at=AT)


def test_expired_leases_are_opened_and_the_answers_stay(world, pooled, dealt):
    drafts = [begin(row, world.evaluators[0]) for row in (pooled,)]
    claim(dealt, world.evaluators[0])
    save(drafts[0], world.evaluators[0])

    assert assignments.expire_leases(at=AT + LEASE - timedelta(seconds=1)) == 0
    assert assignments.expire_leases(at=AT + LEASE) == 2
    assert assignments.expire_leases(at=AT + LEASE) == 0

    assert (fresh(pooled).state, fresh(pooled).evaluator) == ("open", None)
    assert (fresh(dealt).state, fresh(dealt).evaluator) == ("open", world.evaluators[0])
    assert drafts[0].open_revision.answers.count() == 1
    assert audited(pooled)[-1] == "expire_lease"


# --- Working on it -------------------------------------------------------------------------------


def test_begin_starts_the_evaluation_with_the_selection_of_the_draw(world, dealt):
    Assignment.objects.filter(pk=dealt.pk).update(selection="targeted")

    evaluation = begin(fresh(dealt), world.evaluators[0])

    assert (evaluation.selection, evaluation.purpose) == ("targeted", "standard")
    row = fresh(dealt)
    assert (row.state, row.evaluation) == ("in_progress", evaluation)


def test_begin_again_goes_on_with_the_same_evaluation(world, dealt):
    assert begin(dealt, world.evaluators[0]) == begin(dealt, world.evaluators[0])


def test_begin_something_dealt_to_another_is_refused(world, dealt):
    with pytest.raises(Taken):
        begin(dealt, world.evaluators[1])

    assert not Evaluation.objects.exists()


def test_begin_what_somebody_scored_by_hand_changes_nothing(world, dealt):
    evaluations.start_evaluation(
        leg=dealt.leg, scorecard=world.scorecard, by=world.evaluators[1], at=AT, reason=LONG
    )

    with pytest.raises(Refused, match="already evaluated by"):
        begin(dealt, world.evaluators[0])

    assert fresh(dealt).state == "open"


def test_each_save_extends_the_lease(world, pooled):
    """Q-302."""
    evaluation = begin(pooled, world.evaluators[0])
    later = AT + timedelta(minutes=30)

    save(evaluation, world.evaluators[0], at=later)

    assert fresh(pooled).lease_until == later + LEASE


def test_a_save_takes_up_a_lease_that_ran_out_while_nobody_else_came(world, pooled):
    evaluation = begin(pooled, world.evaluators[0])
    assignments.expire_leases(at=AT + LEASE)
    later = AT + LEASE + timedelta(minutes=1)

    save(evaluation, world.evaluators[0], at=later)

    row = fresh(pooled)
    assert (row.state, row.evaluator) == ("in_progress", world.evaluators[0])
    assert row.lease_until == later + LEASE


@pytest.mark.parametrize("job_came_first", [True, False])
def test_a_save_after_losing_the_lease_to_another_is_refused(world, pooled, job_came_first):
    """Q-302."""
    first, second = world.evaluators
    evaluation = begin(pooled, first)
    save(evaluation, first)
    later = AT + LEASE
    if job_came_first:
        assignments.expire_leases(at=later)
    claim(fresh(pooled), second, later)

    with pytest.raises(Taken, match=f"Taken by {second.short_name} at 12:00"):
        save(evaluation, first, key="verify", at=later)

    assert evaluation.open_revision.answers.count() == 1


def test_who_takes_over_goes_on_with_the_answers(world, pooled):
    first, second = world.evaluators
    evaluation = begin(pooled, first)
    save(evaluation, first)
    later = AT + LEASE

    same = begin(pooled, second, later)
    save(same, second, key="verify", at=later)

    assert same == evaluation
    assert same.evaluator == same.open_revision.author == second
    rows = same.open_revision.answers.order_by("pk")
    assert [row.saved_by for row in rows] == [first, second]
    assert "take_over_draft" in audited(evaluation)


def test_a_stranger_learns_nothing_from_a_save(world, pooled):
    evaluation = begin(pooled, world.evaluators[0])

    with pytest.raises(NotYours):
        save(evaluation, world.evaluators[1])


def test_submitting_finishes_the_assignment(world, pooled):
    evaluation = begin(pooled, world.evaluators[0])
    for key in GIVEN:
        if key != "hold":
            save(evaluation, world.evaluators[0], key=key)

    evaluations.submit_evaluation(
        evaluation=evaluation, by=world.evaluators[0], at=AT, key=uuid4(), confirmed=True
    )

    row = fresh(pooled)
    assert (row.state, row.done_at, row.lease_until) == ("done", AT, None)
    assert row.evaluator == world.evaluators[0]


def test_throwing_the_draft_away_opens_the_assignment(world, pooled):
    evaluation = begin(pooled, world.evaluators[0])

    evaluations.discard_draft(evaluation=evaluation, by=world.evaluators[0], at=AT)

    row = fresh(pooled)
    assert (row.state, row.evaluation, row.evaluator) == ("open", None, None)


def test_a_save_without_an_assignment_costs_one_query_more(world, django_assert_num_queries):
    evaluation = evaluations.start_evaluation(
        leg=world.legs[0], scorecard=world.scorecard, by=world.evaluators[0], at=AT, reason=LONG
    )
    save(evaluation, world.evaluators[0])

    with django_assert_num_queries(9):  # Two of them are the savepoint's.
        save(evaluation, world.evaluators[0], key="verify")


# --- Swapping ------------------------------------------------------------------------------------


def swap(row, by, **options):
    given = {"kind": "technical", "reason": LONG, "at": AFTER, **options}
    return assignments.swap_assignment(assignment=row, by=by, **given)


@pytest.fixture
def drawn():
    world = PlanWorld(calls=2, agents=1, evaluators=1)
    world.draw = world.drawn(quota_n=5)
    return world


def test_a_swap_takes_the_next_in_order(drawn):
    """Q-407."""
    row = drawn.draw.assignments.first()

    new = swap(row, drawn.evaluators[0])

    old = fresh(row)
    assert (old.state, old.swap_kind, old.swap_reason) == ("swapped", "technical", LONG)
    assert old.replaced_by == new
    assert (new.position, new.stratum, new.evaluator) == (6, row.stratum, drawn.evaluators[0])
    assert (new.selection, new.state) == ("random", "open")
    assert replay(drawn.draw).is_identical
    assert audited(row) == ["swap_assignment"]


def test_a_swap_passes_over_what_was_scored_meanwhile(drawn):
    first = drawn.draw.assignments.first()
    passed = assignments.next_in_order(drawn.draw, first.stratum, drawn.scorecard)[0]
    evaluations.start_evaluation(
        leg=next(leg for leg in drawn.legs if leg.pk == passed),
        scorecard=drawn.scorecard,
        by=drawn.evaluators[0],
        at=AFTER,
        reason=LONG,
    )

    new = swap(first, drawn.evaluators[0])

    assert (new.leg_id != passed, new.position) == (True, 7)
    assert replay(drawn.draw).is_identical


def test_a_free_choice_of_the_replacement_is_found_by_the_replay(drawn):
    new = swap(drawn.draw.assignments.first(), drawn.evaluators[0])
    chosen, _position = assignments.next_in_order(drawn.draw, new.stratum, drawn.scorecard)
    Assignment.objects.filter(pk=new.pk).update(leg=chosen)

    assert replay(drawn.draw).differences == [
        f"Leg {chosen} replaced another one before leg {new.leg_id} was used."
    ]


def test_a_swap_needs_a_reason_of_both_kinds(drawn):
    row = drawn.draw.assignments.first()

    with pytest.raises(Invalid, match="at least 10"):
        swap(row, drawn.evaluators[0], reason="silent")
    with pytest.raises(Invalid, match="Choose one of the reasons"):
        swap(row, drawn.evaluators[0], kind="boring")

    assert fresh(row).state == "open"


def test_beyond_a_fifth_a_supervisor_swaps(drawn):
    """Q-407."""
    first, second = drawn.draw.assignments.all()[:2]
    swap(first, drawn.evaluators[0])

    with pytest.raises(TooManySwaps):
        swap(second, drawn.evaluators[0])

    assert swap(second, drawn.supervisor, confirms=True) is not None


def test_a_stratum_that_is_used_up_leaves_the_slot_short():
    """Q-407."""
    world = PlanWorld(calls=1, agents=1, days=2, evaluators=1)
    draw = world.drawn(quota_n=2)

    assert swap(draw.assignments.first(), world.supervisor, confirms=True) is None
    assert draw.assignments.filter(state="open").count() == 1


def test_a_swap_throws_the_draft_away(drawn):
    row = drawn.draw.assignments.first()
    begin(row, drawn.evaluators[0], AFTER)

    swap(row, drawn.evaluators[0])

    assert not Evaluation.objects.exists()


def test_what_is_done_or_swapped_is_not_swapped(drawn):
    row = drawn.draw.assignments.first()
    swap(row, drawn.evaluators[0])

    with pytest.raises(NotPossibleForAssignment, match="swapped"):
        swap(row, drawn.supervisor, confirms=True)


def test_a_second_scoring_is_swapped_without_a_replacement():
    world = PlanWorld(calls=4, agents=1)
    draw = world.drawn(quota_n=20, double_percent=Decimal(20))
    row = draw.assignments.filter(selection="double").first()

    assert swap(row, world.supervisor, confirms=True) is None


# --- Passing on ----------------------------------------------------------------------------------


def reassign(rows, to, world):
    return assignments.reassign_assignments(
        assignments=rows, to=to, reason="Holiday of a colleague", by=world.supervisor, at=AT
    )


def test_reassign_gives_many_to_another_with_history(world):
    rows = [
        AssignmentFactory(leg=leg, scorecard=world.scorecard, evaluator=world.evaluators[0])
        for leg in world.legs
    ]
    claim(rows[0], world.evaluators[0])

    reassign(rows, world.evaluators[1], world)

    assert {(fresh(row).evaluator, fresh(row).state) for row in rows} == {
        (world.evaluators[1], "open")
    }
    entry = AuditEntry.objects.filter(verb="reassign_assignment").first()
    assert entry.payload.before["evaluator_id"] == world.evaluators[0].pk
    assert entry.payload.reason == "Holiday of a colleague"


def test_reassign_to_nobody_is_the_pool(world, dealt):
    reassign([dealt], None, world)

    assert (fresh(dealt).evaluator, fresh(dealt).is_pooled) == (None, True)


def test_reassign_to_the_agent_of_the_leg_or_out_of_scope_is_refused_as_a_whole(world, dealt):
    """Q-407."""
    own = call(world.team, world.evaluators[1], AT)
    second = AssignmentFactory(leg=own, scorecard=world.scorecard, evaluator=world.evaluators[0])

    with pytest.raises(MayNotScore, match="may not evaluate"):
        reassign([dealt, second], world.evaluators[1], world)
    with pytest.raises(MayNotScore):
        reassign([dealt], member("evaluator", TeamFactory()), world)
    with pytest.raises(MayNotScore):
        reassign([dealt], world.agents[0], world)

    assert {fresh(row).evaluator for row in (dealt, second)} == {world.evaluators[0]}


def test_work_of_who_left_returns_to_the_pool(world, dealt):
    assert assignments.return_to_pool(evaluator=world.evaluators[0], at=AT) == 1

    assert fresh(dealt).is_pooled


def test_cancel_takes_it_off_with_its_draft(world, dealt):
    begin(dealt, world.evaluators[0])

    assignments.cancel_assignments(
        assignments=[dealt], reason="Not needed any more", by=world.supervisor, at=AT
    )

    assert fresh(dealt).state == "canceled"
    assert not Evaluation.objects.exists()


# --- Scored twice --------------------------------------------------------------------------------


@pytest.fixture
def submitted(world, dealt):
    evaluation = begin(dealt, world.evaluators[0])
    for key in GIVEN:
        if key != "hold":
            save(evaluation, world.evaluators[0], key=key)
    return evaluations.submit_evaluation(
        evaluation=evaluation, by=world.evaluators[0], at=AT, key=uuid4(), confirmed=True
    )


def second(world, evaluation, evaluator=None):
    return assignments.order_second_scoring(
        evaluation=evaluation, evaluator=evaluator, due_at=AFTER, by=world.supervisor, at=AT
    )


def test_a_second_scoring_is_blind_and_apart(world, submitted):
    """Q-409."""
    other = world.evaluators[1]
    row = second(world, submitted, other)

    evaluation = begin(row, other)

    assert (evaluation.purpose, evaluation.selection) == ("double", "double")
    assert submitted not in Evaluation.objects.visible_to(other)
    assert list(Evaluation.objects.counting(chosen_too=True)) == [submitted]


def test_pages_of_a_second_scoring_tell_neither_the_day_nor_the_first_score(
    client, world, submitted
):
    other = world.evaluators[1]
    row = second(world, submitted, other)
    day = AT - timedelta(days=40)
    Leg.objects.filter(pk=row.leg_id).update(answered_at=day)
    Interaction.objects.filter(pk=row.leg.interaction_id).update(started_at=day)
    client.force_login(other)

    def pages():
        draft = Evaluation.objects.filter(purpose="double").first()
        names = [("work_list",), ("assignment_detail", row.pk)]
        names += [("evaluation_score", draft.pk)] if draft else []
        return [client.get(reverse(f"quality:{name}", args=args)) for name, *args in names]

    answers = pages()
    begin(row, other)
    answers += pages()

    told = [f"{day:%Y-%m-%d}", str(submitted.current_revision.score_percent)]
    told += [row.leg.interaction.reference, submitted.public_ref, "in the order of"]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [word for answer in answers for word in told if word in answer.content.decode()] == []


def test_the_first_evaluator_does_not_score_twice(world, submitted):
    with pytest.raises(FirstEvaluator):
        second(world, submitted, world.evaluators[0])

    pooled = second(world, submitted)
    with pytest.raises(FirstEvaluator):
        claim(pooled, world.evaluators[0])
    assert claim(pooled, world.evaluators[1]).state == "claimed"


def test_a_second_scoring_is_ordered_once(world, submitted):
    second(world, submitted)

    with pytest.raises(SecondScoringExists):
        second(world, submitted)


# --- Who sees what -------------------------------------------------------------------------------


def test_people_see_their_own_and_the_pool_of_their_teams(world, dealt):
    free = AssignmentFactory(leg=world.legs[1], scorecard=world.scorecard)
    AssignmentFactory(leg=call(TeamFactory(), member("agent", TeamFactory()), AT))
    first, other = world.evaluators

    def seen(person):
        return set(Assignment.objects.visible_to(person))

    assert seen(first) == {dealt, free}
    assert seen(other) == {free}
    assert seen(world.supervisor) == {dealt, free}
    assert seen(world.agents[0]) == set()
    assert seen(member("supervisor", TeamFactory())) == set()
    assert len(seen(member("admin", world.team))) == 3


def test_nobody_sees_beforehand_which_own_work_is_looked_at(world):
    own = call(world.team, world.supervisor, AT)
    row = AssignmentFactory(leg=own, scorecard=world.scorecard)

    assert row not in Assignment.objects.visible_to(world.supervisor)


def test_draws_come_from_active_plans_alone(world):
    world.plan()

    assert draws.due_slices(AFTER) == []
