"""Starting, submitting, acknowledging, voiding: result, audit entry and event."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from lib import events
from quality import access, scoring
from quality.actions import evaluations, release
from quality.actions.desks import Closed, NotYours
from quality.actions.evaluations import (
    AlreadyEvaluated,
    Incomplete,
    NobodyToEvaluate,
    NotBound,
    NotPossibleNow,
    NoVersionInForce,
    OwnWork,
    PresetsUntouched,
)
from quality.desk import desk_of, request_document
from quality.events import (
    EvaluationAcknowledged,
    EvaluationChanged,
    EvaluationFinalized,
    EvaluationSubmitted,
    EvaluationVoided,
    FaultReported,
)
from quality.models import Answer, Evaluation, EvaluationRevision
from quality.refusals import Invalid
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import GIVEN, World, document, handled_leg, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def heard(monkeypatch):
    """Every fact published, in order."""
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    monkeypatch.setattr(events, "is_heard", lambda fact: True)
    return facts


def audit_verbs(record):
    rows = AuditEntry.objects.filter(object_type=record._meta.label_lower, object_id=str(record.pk))
    return list(rows.order_by("id").values_list("verb", flat=True))


# --- Start ------------------------------------------------------------------------------------


def test_start_evaluation_stamps_what_was_true_then(world):
    evaluation = world.start(selection="manual", reason="Customer praised this call.")

    assert evaluation.agent == world.agent
    assert evaluation.team == world.team
    assert evaluation.version == world.scorecard.current_version
    assert evaluation.handled_at == world.leg.answered_at
    assert evaluation.open_revision.number == 1
    assert audit_verbs(evaluation) == ["start_evaluation"]


def test_leg_picked_by_hand_needs_a_reason(world):
    with pytest.raises(Invalid, match="at least 10 characters"):
        world.start(selection="manual", reason="because")


def test_nobody_starts_scoring_their_own_leg(world):
    with pytest.raises(OwnWork):
        world.start(by=world.agent)


def test_leg_without_an_agent_has_nobody_to_evaluate(world):
    world.leg.agent = None

    with pytest.raises(NobodyToEvaluate):
        world.start()


def test_scorecard_without_a_version_in_force_is_refused(world):
    world.scorecard.current_version = None

    with pytest.raises(NoVersionInForce):
        world.start()


def test_other_channel_is_refused_and_the_binding_named(world):
    world.scorecard.channels = ["chat"]

    with pytest.raises(NotBound, match="is for chat only"):
        world.start()


def test_other_direction_is_refused(world):
    world.scorecard.direction = "outbound"

    with pytest.raises(NotBound, match="outbound"):
        world.start()


def test_other_team_is_refused(world):
    world.scorecard.teams.add(handled_leg().team)

    with pytest.raises(NotBound, match="the teams"):
        world.start()


def test_leg_is_evaluated_once_per_scorecard(world):
    first = world.start()

    with pytest.raises(AlreadyEvaluated) as refusal:
        world.start(by=member("evaluator", world.team))

    assert refusal.value.evaluation == first
    assert str(world.evaluator) in str(refusal.value)


# --- Submit -----------------------------------------------------------------------------------


def test_submit_writes_every_figure_and_the_receipt(world, heard):
    evaluation = world.submitted()

    revision = EvaluationRevision.objects.get(evaluation=evaluation)
    assert revision.score_percent == Decimal("80.00")
    assert revision.raw_percent == Decimal("80.00")
    assert (revision.outcome, revision.band) == ("passed", "Meets")
    assert revision.facts == {"hold_seconds": "95"}
    assert revision.submitted_at == AT
    solve = Answer.objects.get(criterion__key="solve")
    assert (solve.state, solve.earned, solve.possible) == ("scored", 5, 10)
    assert solve.contribution_percent == Decimal("20.0000")
    assert solve.is_failed is False


def test_submitted_score_is_what_the_public_endpoint_recomputes(world):
    evaluation = world.submitted()

    revision = evaluation.current_revision
    request = request_document(desk_of(evaluation, revision))
    again = scoring.score(request["scorecard"], request["answers"], request["facts"])
    assert again.receipt.sha256 == revision.receipt_sha256
    assert again.as_dict() == revision.receipt


def test_submit_releases_at_once_and_tells_everyone(world, heard):
    evaluation = world.submitted()

    finalized = next(fact for fact in heard if isinstance(fact, EvaluationFinalized))
    assert evaluation.state == "released"
    assert evaluation.released_at == AT
    assert audit_verbs(evaluation) == ["start_evaluation", "submit_evaluation"]
    assert [type(fact) for fact in heard] == [EvaluationFinalized, EvaluationSubmitted]
    assert finalized.score_percent == "80"
    assert {
        "key": "verify",
        "state": "scored",
        "failed": False,
        "fault_owner": None,
        "critical": True,
    } in finalized.criteria


def test_submit_lists_every_gap_in_one_pass(world):
    draft = world.start()
    world.save(draft, "greet", answer={"option": "no"}, fault_owner="tool")
    world.save(draft, "solve", answer={"option": "none"})
    world.save(draft, "hold", answer={"option": "no"})

    with pytest.raises(Incomplete) as refusal:
        world.submit(draft)

    assert [(gap.key, gap.code) for gap in refusal.value.gaps] == [
        ("greet", "fault_comment"),
        ("verify", "answer"),
        ("solve", "root_cause"),
        ("hold", "comment"),
    ]
    assert EvaluationRevision.objects.get().submitted_at is None


def test_evidence_is_asked_for_where_the_criterion_says_so():
    content = document()
    content["sections"][0]["criteria"][0]["evidence_rule"] = "required_on_fail"
    world = World(content)
    draft = world.answered(GIVEN | {"greet": "no"})

    with pytest.raises(Incomplete) as refusal:
        world.submit(draft)

    assert [gap.code for gap in refusal.value.gaps] == ["evidence"]


def test_untouched_presets_ask_for_a_confirmation():
    content = document()
    content["sections"][0]["criteria"][0]["default_rule"] = "highest"
    world = World(content)
    draft = world.start()
    for key in ("verify", "solve", "hold"):
        world.save(draft, key, answer={"option": GIVEN[key]})

    with pytest.raises(PresetsUntouched, match="1 answer was preset"):
        world.submit(draft)
    evaluation = world.submit(draft, confirmed=True)

    assert evaluation.state == "released"


def test_submit_twice_with_the_same_key_is_one_submission(world):
    key = uuid4()
    draft = world.answered()
    first = world.submit(draft, key=key)

    second = world.submit(draft, key=key)

    assert first.current_revision_id == second.current_revision_id
    assert EvaluationRevision.objects.count() == 1


def test_submit_again_with_another_key_is_refused(world):
    evaluation = world.submitted()

    with pytest.raises(Closed):
        world.submit(evaluation)


def test_only_the_evaluator_submits(world):
    draft = world.answered()

    with pytest.raises(NotYours):
        world.submit(draft, by=UserFactory(roles=["evaluator"]))


def test_excused_failure_leaves_the_score_and_is_reported(world, heard):
    draft = world.answered()
    world.save(
        draft,
        "hold",
        seen=1,
        answer={"option": "no"},
        fault_owner="tool",
        comment_public="The hold button is broken.",
    )

    evaluation = world.submit(draft)

    revision = evaluation.current_revision
    assert revision.score_percent == Decimal("77.78")
    assert revision.interaction_percent == Decimal("70.00")
    assert [fact.fault_owner for fact in heard if isinstance(fact, FaultReported)] == ["tool"]


def test_submit_of_200_criteria_takes_at_most_30_queries(django_assert_max_num_queries):
    content = document(weight_mode="points")
    criterion = content["sections"][0]["criteria"][0]
    content["sections"] = [
        {
            "key": f"s{n}",
            "title": f"Section {n}",
            "criteria": [{**criterion, "key": f"c{n}-{m}"} for m in range(20)],
        }
        for n in range(10)
    ]
    world = World(content)
    draft = world.start()
    rows = [
        Answer(revision=draft.open_revision, criterion=row, option_keys=["yes"])
        for row in draft.version.criteria.all()
    ]
    Answer.objects.bulk_create(rows)

    with django_assert_max_num_queries(30):
        evaluation = world.submit(draft)

    assert evaluation.current_revision.score_percent == 100


# --- Release and approval ---------------------------------------------------------------------


def test_delayed_release_waits_for_its_moment(heard):
    world = World(document(release_mode="delayed", release_delay_hours=24))

    evaluation = world.submitted()

    assert evaluation.state == "submitted"
    assert evaluation.release_at == AT + timedelta(hours=24)
    assert not any(isinstance(fact, EvaluationFinalized) for fact in heard)


def test_manual_release_happens_once(heard):
    world = World(document(release_mode="manual"))
    evaluation = world.submitted()

    released = release.release_evaluation(evaluation=evaluation, by=world.evaluator, at=AT)
    with pytest.raises(release.NotReleasable):
        release.release_evaluation(evaluation=evaluation, by=world.evaluator, at=AT)

    assert released.state == "released"
    assert sum(isinstance(fact, EvaluationFinalized) for fact in heard) == 1


@pytest.mark.parametrize("purpose", ["double", "calibration"])
def test_what_is_no_result_is_never_released(purpose, heard):
    world = World(document(release_mode="manual"))
    evaluation = world.submitted(purpose=purpose)

    with pytest.raises(release.NotForAgents):
        release.release_evaluation(evaluation=evaluation, by=world.evaluator, at=AT)
    with pytest.raises(release.NotForAgents):
        release.schedule_release(evaluation=evaluation, release_at=AT, by=world.evaluator, at=AT)

    assert not access.may_release_evaluation(world.evaluator, evaluation)
    assert not any(isinstance(fact, EvaluationFinalized) for fact in heard)


@pytest.mark.parametrize("days", [-1, 46])
def test_release_moment_lies_within_45_days(days):
    world = World(document(release_mode="manual"))
    evaluation = world.submitted()

    with pytest.raises(release.ReleaseMomentOutOfRange):
        release.schedule_release(
            evaluation=evaluation,
            release_at=AT + timedelta(days=days),
            by=world.evaluator,
            at=AT,
        )


@pytest.mark.parametrize(("percent", "state"), [("0", "released"), ("100", "in_approval")])
def test_share_of_submissions_waits_for_approval(percent, state):
    world = World(document(approval_percent=percent))

    assert world.submitted().state == state


# --- Afterwards -------------------------------------------------------------------------------


def test_acknowledge_happens_once_by_the_agent(world, heard):
    evaluation = world.submitted()

    evaluations.acknowledge_evaluation(
        evaluation=evaluation, by=world.agent, at=AT, comment="Fair."
    )
    with pytest.raises(NotPossibleNow):
        evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.agent, at=AT)
    with pytest.raises(NotYours):
        evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.evaluator, at=AT)

    evaluation.refresh_from_db()
    assert (evaluation.acknowledged_at, evaluation.acknowledge_comment) == (AT, "Fair.")
    assert isinstance(heard[-1], EvaluationAcknowledged)


def test_void_needs_a_reason_and_happens_once(world, heard):
    evaluation = world.submitted()
    by = member("supervisor", world.team)

    with pytest.raises(Invalid):
        evaluations.void_evaluation(evaluation=evaluation, reason="oops", by=by, at=AT)
    evaluations.void_evaluation(evaluation=evaluation, reason="The wrong call.", by=by, at=AT)
    with pytest.raises(NotPossibleNow):
        evaluations.void_evaluation(evaluation=evaluation, reason="The wrong call.", by=by, at=AT)

    assert isinstance(heard[-1], EvaluationVoided)
    assert audit_verbs(evaluation)[-1] == "void_evaluation"
    assert world.start().pk != evaluation.pk


def test_resubmission_is_a_new_revision_while_the_old_one_counts(world, heard):
    evaluation = world.submitted()
    revision = evaluations.resubmit_evaluation(
        evaluation=evaluation, reason="Heard it again.", by=world.evaluator, at=AT
    )
    before = Evaluation.objects.get().current_revision.number

    world.save(evaluation, "solve", seen=1, answer={"option": "full"})
    evaluation = world.submit(evaluation)

    assert (before, revision.number) == (1, 2)
    assert evaluation.current_revision.number == 2
    assert evaluation.current_revision.score_percent == 100
    assert EvaluationRevision.objects.get(number=1).score_percent == 80
    changed = next(fact for fact in heard if isinstance(fact, EvaluationChanged))
    assert (changed.revision, changed.cause, changed.score_percent) == (2, "resubmit", "100")


def test_discarded_draft_is_gone(world):
    draft = world.answered()

    evaluations.discard_draft(evaluation=draft, by=world.evaluator, at=AT)

    assert Evaluation.objects.count() == 0


def test_discarded_resubmission_leaves_the_result(world):
    evaluation = world.submitted()
    evaluations.resubmit_evaluation(
        evaluation=evaluation, reason="Heard it again.", by=world.evaluator, at=AT
    )

    evaluations.discard_draft(evaluation=evaluation, by=world.evaluator, at=AT)

    assert Evaluation.objects.get().current_revision.number == 1
    assert EvaluationRevision.objects.count() == 1


# --- Who sees what ----------------------------------------------------------------------------


def seen_by(user):
    return set(Evaluation.objects.visible_to(user))


def test_draft_is_seen_by_its_evaluator_alone(world):
    draft = world.start()

    assert seen_by(world.evaluator) == {draft}
    for role in ("agent", "trainer", "supervisor", "evaluator"):
        assert seen_by(member(role, world.team)) == set()
    assert seen_by(world.agent) == set()


def test_released_result_is_seen_by_agent_and_leaders_of_the_team(world):
    evaluation = world.submitted()

    assert seen_by(world.agent) == {evaluation}
    for role in ("trainer", "supervisor", "evaluator"):
        assert seen_by(member(role, world.team)) == {evaluation}
        assert seen_by(member(role, handled_leg().team)) == set()
    assert seen_by(member("agent", world.team)) == set()
    assert seen_by(UserFactory(roles=["admin"])) == {evaluation}


def test_submitted_result_is_not_seen_by_agent_and_trainer():
    world = World(document(release_mode="manual"))
    evaluation = world.submitted()

    assert seen_by(world.agent) == set()
    assert seen_by(member("trainer", world.team)) == set()
    assert seen_by(member("supervisor", world.team)) == {evaluation}


def test_counting_evaluations_are_drawn_at_random_and_scored(world):
    world.submitted()
    by_hand = World()
    by_hand.submitted(selection="manual", reason="Asked for by the team.")
    World().start()

    assert Evaluation.objects.counting().count() == 1
    assert Evaluation.objects.counting(chosen_too=True).count() == 2


def test_moments_are_aware(world):
    assert timezone.is_aware(world.submitted().released_at)
