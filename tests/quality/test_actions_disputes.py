"""Disputes by rounds, deadlines and deciders."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from lib import events
from quality.actions import disputes
from quality.actions.dispute_results import (
    Decision,
    ItemDecision,
    LegTaken,
    NoNote,
    NotInThisInteraction,
    Undecided,
    WouldLower,
)
from quality.actions.disputes import (
    AlreadyTaken,
    Filed,
    NoRoundLeft,
    NotDisputable,
    NothingDisputed,
    NotYourResult,
    NotYoursToDecide,
    WindowClosed,
)
from quality.actions.evaluations import NotPossibleNow
from quality.events import DisputeDecided, EvaluationChanged, EvaluationDisputed
from quality.models import Dispute, Evaluation, EvaluationRevision
from quality.refusals import Invalid
from tests.factories.accounts import RightGrantFactory, UserFactory
from tests.factories.crm import LegFactory
from tests.factories.quality import AT
from tests.quality.worlds import World, document, member

pytestmark = pytest.mark.django_db
REASON = "I did solve it, please read the last turns."


@pytest.fixture
def heard(monkeypatch):
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    monkeypatch.setattr(events, "is_heard", lambda fact: True)
    return facts


def disputed_world(deciders=("evaluator", "supervisor"), **switches):
    """A world with a released result of 80 that can be disputed, and its supervisor."""
    world = World(document(dispute_deciders=list(deciders), dispute_rounds=2, **switches))
    world.supervisor = member("supervisor", world.team)
    world.evaluation = world.submitted()
    return world


@pytest.fixture
def world():
    return disputed_world()


def file(world, at=AT, by=None, option="full", **options):
    items = [Filed("solve", option, "The card was sent at once.")]
    options = {"items": items, "reason": REASON, **options}
    return disputes.file_dispute(
        evaluation=world.evaluation, by=by or world.agent, at=at, **options
    )


def decide(world, dispute, outcome="accepted", option="", by=None, at=AT, **more):
    by = by or world.evaluator
    disputes.take_dispute(dispute=dispute, by=by, at=at)
    items = {"solve": ItemDecision(outcome, "Turn 12 shows it.", option)}
    decision = Decision(note="Heard again.", items=items, **more)
    return disputes.decide_dispute(dispute=dispute, decision=decision, by=by, at=at)


# --- Filing -----------------------------------------------------------------------------------


def test_filed_dispute_names_its_decider_and_its_due_date(world, heard):
    dispute = file(world)

    assert Evaluation.objects.get().state == "disputed"
    assert dispute.decider == world.evaluator
    assert dispute.due_at == AT + timedelta(hours=72)
    assert dispute.items.get().proposed_option == "full"
    assert [type(fact) for fact in heard] == [EvaluationDisputed]
    assert AuditEntry.objects.filter(verb="file_dispute").count() == 1


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False)])
def test_window_closes_after_its_hours(world, seconds, is_open):
    at = AT + timedelta(hours=168, seconds=seconds)

    if is_open:
        assert file(world, at=at).round == 1
    else:
        with pytest.raises(WindowClosed, match="The window closed on 2026-05-11 10:00 UTC"):
            file(world, at=at)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([Filed("solve", "part", "Same as before, please.")], "answered like this already"),
        ([Filed("solve", "magic", "Something else, please.")], "has no option magic"),
        ([Filed("greet", "no", "Something else, please.")], "has full points already"),
        ([Filed("note", "yes", "Something else, please.")], "Only a criterion that was answered"),
        ([Filed("nonsense", "yes", "Something else, please.")], "Only a criterion"),
    ],
)
def test_what_cannot_be_disputed_is_refused_in_words(world, items, sentence):
    with pytest.raises(NotDisputable, match=sentence):
        file(world, items=items)

    assert not Dispute.objects.exists()


def test_same_criterion_twice_is_refused(world):
    item = Filed("solve", "full", "The card was sent at once.")

    with pytest.raises(NotDisputable, match="once in a round"):
        file(world, items=[item, item])


def test_dispute_without_items_or_reason_is_refused(world):
    with pytest.raises(NothingDisputed):
        file(world, items=[])
    with pytest.raises(Invalid, match="at least 20 characters"):
        file(world, reason="Unfair!")
    with pytest.raises(Invalid, match="10 to 2000 characters"):
        file(world, items=[Filed("solve", "full", "No.")])


def test_only_the_agent_disputes(world):
    with pytest.raises(NotYourResult):
        file(world, by=member("agent", world.team))


def test_second_open_dispute_is_refused(world):
    file(world)

    with pytest.raises(NotPossibleNow):
        file(world)


def test_scorecard_without_rounds_cannot_be_disputed():
    world = World(document(dispute_rounds=0, dispute_deciders=[]))
    world.evaluation = world.submitted()

    with pytest.raises(NoRoundLeft, match="cannot be disputed"):
        file(world)


def test_withdrawn_dispute_leaves_the_result_released(world):
    dispute = file(world)

    disputes.withdraw_dispute(dispute=dispute, by=world.agent, at=AT)

    assert Evaluation.objects.get().state == "released"
    assert file(world).round == 1


# --- Deciding ---------------------------------------------------------------------------------


def test_accepted_item_makes_a_new_revision(world, heard):
    dispute = decide(world, file(world))

    evaluation = Evaluation.objects.get()
    revision = evaluation.current_revision
    assert (evaluation.state, dispute.state) == ("released", "decided")
    assert (revision.number, revision.reason) == (2, "dispute")
    assert revision.score_percent == 100
    assert EvaluationRevision.objects.get(number=1).score_percent == 80
    assert dispute.items.get().decided_option == "full"
    changed = next(fact for fact in heard if isinstance(fact, EvaluationChanged))
    decided = next(fact for fact in heard if isinstance(fact, DisputeDecided))
    assert (changed.cause, changed.score_percent) == ("dispute", "100")
    assert decided.outcomes == ["accepted"]


def test_kept_item_changes_nothing(world, heard):
    decide(world, file(world), outcome="kept")

    assert EvaluationRevision.objects.count() == 1
    assert not any(isinstance(fact, EvaluationChanged) for fact in heard)


@pytest.mark.parametrize(
    ("answer", "option", "is_refused"), [("part", "none", True), ("part", "full", False)]
)
def test_decision_that_lowers_the_score_is_refused(world, answer, option, is_refused):
    dispute = file(world)

    if is_refused:
        with pytest.raises(WouldLower, match="lower the score from 80"):
            decide(world, dispute, outcome="other", option=option)
        assert EvaluationRevision.objects.count() == 1
        assert Dispute.objects.get().state == "in_review"
    else:
        decide(world, dispute, outcome="other", option=option)


def test_decision_may_lower_where_the_version_says_so():
    world = disputed_world(dispute_may_lower=True)

    decide(world, file(world), outcome="other", option="none")

    assert Evaluation.objects.get().current_revision.score_percent == Decimal(60)


def test_decision_needs_notes_and_every_item(world):
    dispute = file(world)
    disputes.take_dispute(dispute=dispute, by=world.evaluator, at=AT)

    def decided(decision):
        return disputes.decide_dispute(
            dispute=dispute, decision=decision, by=world.evaluator, at=AT
        )

    with pytest.raises(NoNote):
        decided(Decision(note=" ", items={}))
    with pytest.raises(NoNote):
        decided(Decision(note="Heard.", items={"solve": ItemDecision("kept", "")}))
    with pytest.raises(Undecided, match="1 answer is not decided"):
        decided(Decision(note="Heard.", items={}))
    with pytest.raises(Invalid, match="Choose the answer"):
        decided(Decision(note="Heard.", items={"solve": ItemDecision("other", "Note.")}))
    with pytest.raises(Invalid, match="kept, accepted, partial or other"):
        decided(Decision(note="Heard.", items={"solve": ItemDecision("maybe", "Note.")}))


def test_only_the_named_one_decides(world):
    dispute = file(world)

    for person in (world.agent, world.supervisor, UserFactory(roles=["admin"])):
        with pytest.raises(NotYoursToDecide):
            disputes.take_dispute(dispute=dispute, by=person, at=AT)


def test_second_round_goes_to_the_supervisor_and_is_the_last(world):
    decide(world, file(world), outcome="kept")

    second = file(world, at=AT + timedelta(hours=1))
    decided = decide(world, second, outcome="accepted", by=world.supervisor)

    assert (second.round, second.decider) == (2, world.supervisor)
    assert decided.state == "closed"
    with pytest.raises(NoRoundLeft, match="at most 2 rounds"):
        file(world, at=AT + timedelta(hours=2))


def test_pool_gives_it_to_the_first_who_takes_it():
    world = disputed_world(deciders=("pool", "pool"))
    first, second = (RightGrantFactory(right="quality.decide_disputes").user for _ in range(2))
    dispute = file(world)

    taken = disputes.take_dispute(dispute=dispute, by=first, at=AT)
    with pytest.raises(AlreadyTaken, match="Taken by"):
        disputes.take_dispute(dispute=dispute, by=second, at=AT)

    assert taken.decider == first


def test_dispute_closes_when_nobody_carries_it_further(world):
    decide(world, file(world), outcome="kept")

    before = disputes.close_disputes(at=AT + timedelta(hours=167))
    after = disputes.close_disputes(at=AT + timedelta(hours=168))

    assert (before, after) == (0, 1)
    assert Dispute.objects.get().state == "closed"


def test_scoring_begun_again_is_dropped_by_a_decision(world):
    from quality.actions import evaluations

    evaluations.resubmit_evaluation(
        evaluation=world.evaluation, reason="Heard it again.", by=world.evaluator, at=AT
    )

    decide(world, file(world))

    assert Evaluation.objects.get().open_revision is None


# --- Somebody else's work ---------------------------------------------------------------------


@pytest.fixture
def other_leg(world):
    colleague = member("agent", world.team)
    return LegFactory(
        interaction=world.leg.interaction,
        position=2,
        agent=colleague,
        team=world.team,
        hold_seconds=0,
    )


def move(world, leg):
    dispute = file(world, kind="wrong_agent", items=[])
    disputes.take_dispute(dispute=dispute, by=world.evaluator, at=AT)
    return disputes.decide_dispute(
        dispute=dispute,
        decision=Decision(note="It was the colleague.", leg=leg),
        by=world.evaluator,
        at=AT + timedelta(hours=5),
    )


def test_wrong_agent_moves_the_result_and_opens_a_new_window(world, other_leg, heard):
    move(world, other_leg)

    evaluation = Evaluation.objects.get()
    assert (evaluation.leg, evaluation.agent) == (other_leg, other_leg.agent)
    assert evaluation.current_revision.reason == "moved"
    assert evaluation.released_at == AT + timedelta(hours=5)
    assert evaluation not in Evaluation.objects.visible_to(world.agent)
    assert evaluation in Evaluation.objects.visible_to(other_leg.agent)
    assert [fact.cause for fact in heard if isinstance(fact, EvaluationChanged)] == ["moved"]


def test_facts_of_the_new_leg_decide_what_counts(world, other_leg):
    move(world, other_leg)

    states = {
        row.criterion.key: row.state
        for row in Evaluation.objects.get().current_revision.answers.select_related("criterion")
    }
    assert states["hold"] == "hidden"


def test_leg_of_another_interaction_is_refused(world):
    foreign = World().leg

    with pytest.raises(NotInThisInteraction):
        move(world, foreign)


def test_leg_that_was_evaluated_already_is_refused(world, other_leg):
    mine = world.leg
    world.leg = other_leg
    world.start()
    world.leg = mine

    with pytest.raises(LegTaken):
        move(world, other_leg)
