"""What the areas put on the start page of each role."""

from datetime import UTC, datetime, timedelta

import pytest

from config import start_quality, start_sources
from crm.models.imports import ImportState
from lib.start_page import Card
from ops.models import JobState
from quality.actions import evaluations
from quality.models import Evaluation
from tests.factories.accounts import UserFactory
from tests.factories.crm import ImportRunFactory
from tests.factories.ops import DeliveryFactory, JobRunFactory
from tests.factories.quality import EvaluationFactory, EvaluationRevisionFactory
from tests.factories.quality_plans import AssignmentFactory
from tests.factories.quality_rounds import DisputeFactory, SeatFactory
from tests.quality.worlds import World, document, member

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 6, 9, tzinfo=UTC)


def told(tasks) -> list[tuple[str, int]]:
    return [(task.title, task.count) for task in tasks]


def test_evaluator_is_told_of_own_drafts_alone():
    draft = EvaluationFactory()
    EvaluationFactory()

    assert told(start_quality.scoring_tasks(draft.evaluator, AT)) == [("Evaluations to finish", 1)]


def test_evaluator_is_told_of_dealt_work_with_its_first_due_time():
    mine = AssignmentFactory(evaluator=UserFactory(), due_at=AT - timedelta(hours=1))
    AssignmentFactory(evaluator=mine.evaluator, due_at=AT + timedelta(days=1))
    AssignmentFactory(evaluator=mine.evaluator, state="canceled")

    (task,) = start_quality.assigned_tasks(mine.evaluator, AT)

    assert (task.count, task.due_at, task.tone) == (2, mine.due_at, "bad")


def test_draft_of_dealt_work_is_told_once():
    mine = AssignmentFactory(
        evaluator=UserFactory(), state="in_progress", lease_until=AT + timedelta(hours=1)
    )
    mine.evaluation = EvaluationFactory(evaluator=mine.evaluator)
    mine.save()

    assert start_quality.scoring_tasks(mine.evaluator, AT) == []


def test_rater_is_told_of_an_open_calibration_until_submitting():
    seat = SeatFactory(session__state="open", session__deadline_at=AT)
    before = start_quality.calibration_tasks(seat.rater, AT)

    seat.evaluation, seat.submitted_at = EvaluationFactory(evaluator=seat.rater), AT
    seat.save()

    assert (told(before), before[0].due_at) == ([("Calibrations to score", 1)], AT)
    assert start_quality.calibration_tasks(seat.rater, AT) == []


def test_decider_is_told_of_undecided_disputes():
    dispute = DisputeFactory(decider=UserFactory(roles=["supervisor"]), due_at=AT)

    assert told(start_quality.dispute_tasks(dispute.decider, AT)) == [("Disputes to decide", 1)]
    assert start_quality.dispute_tasks(dispute.evaluation.agent, AT) == []


def test_agent_is_told_of_released_results_until_they_are_acknowledged():
    world = World()
    evaluation = world.submitted()
    before = start_quality.result_tasks(world.agent, AT)

    evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.agent, at=AT)

    assert told(before) == [("Results to read and acknowledge", 1)]
    assert start_quality.result_tasks(world.agent, AT) == []


def test_leader_of_the_team_is_told_of_results_to_release():
    world = World(document(release_mode="manual"))
    world.submitted()

    for_leader = start_quality.release_tasks(member("supervisor", world.team), AT)

    assert told(for_leader) == [("Results to release", 1)]
    assert start_quality.release_tasks(UserFactory(roles=["supervisor"]), AT) == []


def test_leader_is_told_of_results_that_were_not_acknowledged_in_time():
    """Q-601."""
    world = World(document(acknowledge_hours=48))
    evaluation = world.submitted()
    leader = member("supervisor", world.team)
    due = evaluation.released_at + timedelta(hours=48)

    early = start_quality.overdue_tasks(leader, due - timedelta(seconds=1))
    late = start_quality.overdue_tasks(leader, due)
    evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.agent, at=due)

    assert (early, told(late)) == ([], [("Results not acknowledged in time", 1)])
    assert start_quality.overdue_tasks(leader, due) == []


def test_nobody_is_told_of_nothing():
    person = UserFactory(roles=["agent", "evaluator", "supervisor", "admin"])
    sources = (
        start_quality.scoring_tasks,
        start_quality.result_tasks,
        start_quality.release_tasks,
        start_sources.import_tasks,
        start_sources.operator_tasks,
    )

    assert [task for source in sources for task in source(person, AT)] == []


def test_person_is_told_of_own_imports_by_what_they_need():
    person = UserFactory(roles=["supervisor"])
    ImportRunFactory(ordered_by=person, state=ImportState.FAILED)
    ImportRunFactory(ordered_by=person, state=ImportState.CHECKED)
    ImportRunFactory(ordered_by=person, state=ImportState.FINISHED)
    ImportRunFactory(state=ImportState.FAILED)

    tasks = start_sources.import_tasks(person, AT)

    assert told(tasks) == [("Imports that failed", 1), ("Imports to go on with", 1)]
    assert tasks[0].tone == "bad"


def test_only_admins_are_told_of_jobs_that_gave_up():
    JobRunFactory(state=JobState.DEAD, finished_at=AT)
    DeliveryFactory(state="unclear")

    for_admin = start_sources.operator_tasks(UserFactory(roles=["admin"]), AT)
    for_supervisor = start_sources.operator_tasks(UserFactory(roles=["supervisor"]), AT)

    assert told(for_admin) == [("Jobs that gave up", 1), ("Deliveries to settle", 1)]
    assert for_supervisor == []


def test_agent_sees_that_there_is_not_enough_evidence():
    card = start_sources.own_week(UserFactory(roles=["agent"]), AT)

    assert isinstance(card, Card)
    assert not card.data["average"].is_shown


def test_week_is_for_those_who_see_more_than_their_own():
    assert start_sources.team_week(UserFactory(roles=["agent"]), AT) is None
    assert start_sources.team_week(UserFactory(roles=["supervisor"]), AT) is not None


def test_week_counts_what_was_handled_in_the_last_seven_days():
    admin = UserFactory(roles=["admin"])
    EvaluationFactory(handled_at=AT - timedelta(days=1))
    EvaluationFactory(handled_at=AT - timedelta(days=8))

    card = start_sources.team_week(admin, AT)

    assert card.data["evaluated"] == 0
    assert card.data["average"].n == 0


def test_points_begin_on_mondays_and_thin_ones_stay_empty():
    for number, score in enumerate((80, 90, 85, 95, 100, 60)):
        evaluation = EvaluationFactory(handled_at=AT if number < 5 else AT - timedelta(days=7))
        revision = EvaluationRevisionFactory(
            evaluation=evaluation,
            submitted_at=AT,
            score_percent=score,
            outcome="passed",
            receipt_sha256="0" * 64,
        )
        evaluation.current_revision, evaluation.state = revision, "submitted"
        evaluation.save()

    chart = start_sources.over_time(Evaluation.objects.counting(), AT, points=3)

    assert [row[0] for row in chart.rows] == ["20 Apr", "27 Apr", "04 May"]
    assert "90" in chart.rows[2][1]
    assert "60" not in chart.rows[1][1]


def test_no_chart_without_evidence():
    assert start_sources.over_time(Evaluation.objects.counting(), AT) is None


@pytest.mark.parametrize("role", ["agent", "evaluator", "trainer", "supervisor", "admin"])
def test_start_page_of_every_role_opens(client, role):
    client.force_login(UserFactory(roles=[role]))

    assert client.get("/").status_code == 200
