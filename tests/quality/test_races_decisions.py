"""Decisions among many connections: each race has a twin without its lock."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import AuditEntry
from quality.actions import approval, calibration, disputes, follow_up, references, second_looks
from quality.actions.dispute_results import Decision, ItemDecision
from quality.actions.disputes import Filed
from quality.actions.evaluations import NotPossibleNow
from quality.actions.second_looks import AlreadyGraded
from quality.models import Dispute, Evaluation, EvaluationRevision, QualityRule, RuleFiring
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.factories.quality_rules import QualityRuleFactory
from tests.quality.worlds import GIVEN, World, document, member, published
from tests.races import drop_constraint, together

pytestmark = pytest.mark.race
MANY = 12
needs_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our lock",
)


@pytest.fixture
def without_locks(monkeypatch):
    names = ("evaluation", "dispute", "calibration", "reference")
    off = ",".join(f"quality.{name}_lock" for name in names)
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", off)


def count(results, kind):
    return sum(isinstance(result, kind) for result in results)


# --- Disputes ---------------------------------------------------------------------------------


def decide_at_once(outcome):
    """The decider presses the button in many windows."""
    world = World(document(dispute_deciders=["evaluator"], dispute_rounds=1))
    dispute = disputes.file_dispute(
        evaluation=world.submitted(),
        items=[Filed("solve", "full", "The card was sent at once.")],
        reason="I did solve it, please read the last turns.",
        by=world.agent,
        at=AT,
    )
    disputes.take_dispute(dispute=dispute, by=world.evaluator, at=AT)
    items = {"solve": ItemDecision(outcome, "Turn 12 tells.")}

    def decide(number):
        decision = Decision(note="Heard again.", items=items)
        return disputes.decide_dispute(
            dispute=dispute, decision=decision, by=world.evaluator, at=AT
        )

    return together(decide, MANY)


def test_a_dispute_is_decided_once(race_database):
    results = decide_at_once("accepted")

    assert (count(results, Dispute), count(results, NotPossibleNow)) == (1, MANY - 1)
    assert EvaluationRevision.objects.count() == 2
    assert AuditEntry.objects.filter(verb="decide_dispute").count() == 1


@needs_row_locks
def test_twin_of_decide_decides_several_times(race_database, without_locks):
    assert count(decide_at_once("kept"), Dispute) > 1


# --- Approval ---------------------------------------------------------------------------------


def approve_and_return_at_once():
    world = World(document(approval_percent="100"))
    evaluation = world.submitted()
    people = [member("evaluator", world.team) for _ in range(MANY)]

    def act(number):
        if number % 2:
            return approval.approve_evaluation(evaluation=evaluation, by=people[number], at=AT)
        return approval.return_evaluation(
            evaluation=evaluation, reason="Hear the end again.", by=people[number], at=AT
        )

    return together(act, MANY)


def test_a_result_is_approved_or_returned_and_only_once(race_database):
    results = approve_and_return_at_once()

    assert (count(results, Evaluation), count(results, NotPossibleNow)) == (1, MANY - 1)


@needs_row_locks
def test_twin_of_approval_does_both(race_database, without_locks):
    assert count(approve_and_return_at_once(), NotPossibleNow) < MANY - 1


# --- Calibration and references ---------------------------------------------------------------


def close_at_once():
    world = World()
    session = calibration.plan_calibration(
        leg=world.leg,
        scorecard=world.scorecard,
        raters=[member("evaluator", world.team) for _ in range(2)],
        deadline_at=AT + timedelta(days=1),
        by=member("supervisor", world.team),
        at=AT,
    )
    return together(
        lambda number: calibration.close_calibration(session=session, by=None, at=AT), MANY
    )


def test_a_session_closes_once(race_database):
    results = close_at_once()

    assert count(results, NotPossibleNow) == MANY - 1
    assert AuditEntry.objects.filter(verb="closed_calibration").count() == 1


@needs_row_locks
def test_twin_of_close_closes_several_times(race_database, without_locks):
    assert count(close_at_once(), NotPossibleNow) < MANY - 1


def agree_at_once():
    """Everybody wants to be the second person."""
    world = World()
    reference = references.propose_reference(
        leg=world.leg,
        version=world.scorecard.current_version,
        answers={key: {"option": option} for key, option in GIVEN.items()},
        notes={},
        by=UserFactory(),
        at=AT,
    )
    people = [UserFactory() for _ in range(MANY)]

    def agree(number):
        return references.agree_to_reference(reference=reference, by=people[number], at=AT)

    return reference, together(agree, MANY)


def test_one_person_is_the_second_to_agree(race_database):
    reference, results = agree_at_once()

    assert count(results, references.NotPossibleNow) == MANY - 1
    assert reference.agreed_by.count() == 2


@needs_row_locks
def test_twin_of_agreement_takes_more(race_database, without_locks):
    reference, _results = agree_at_once()

    assert reference.agreed_by.count() > 2


# --- Second looks and rules -------------------------------------------------------------------


def grade_at_once():
    world = World()
    subject, card = world.submitted(), published(kind="evaluator")
    people = [UserFactory() for _ in range(MANY)]

    def grade(number):
        return second_looks.start_grading(subject=subject, scorecard=card, by=people[number], at=AT)

    return together(grade, MANY)


def test_an_evaluation_is_graded_once(race_database):
    results = grade_at_once()

    assert (count(results, Evaluation), count(results, AlreadyGraded)) == (1, MANY - 1)


def test_twin_of_grading_without_the_constraint(race_database):
    drop_constraint(Evaluation, "quality_evaluation_graded_once_per_scorecard")

    assert count(grade_at_once(), Evaluation) > 1


def fire_at_once():
    world = World()
    QualityRuleFactory()
    QualityRule.objects.update(created_at=AT - timedelta(days=1))
    evaluation = world.submitted({**GIVEN, "verify": "no"})
    return together(lambda number: follow_up.fire_rules(evaluation=evaluation, at=AT), MANY)


def test_a_rule_fires_once(race_database):
    results = fire_at_once()

    assert sum(len(fired) for fired in results) == 1
    assert RuleFiring.objects.count() == 1


@needs_row_locks
def test_twin_of_firing_without_the_constraint(race_database):
    drop_constraint(RuleFiring, "quality_firing_once_per_evaluation")

    fire_at_once()

    assert RuleFiring.objects.count() > 1
