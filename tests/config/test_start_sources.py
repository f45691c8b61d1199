"""What the areas put on the start page of each role."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from config import home, start_cards, start_quality, start_sources
from crm.models.imports import ImportState
from lib.start_page import Card
from ops.models import JobState
from quality.actions import evaluations
from quality.analytics import by_period
from quality.models import Evaluation
from tests.factories.accounts import UserFactory
from tests.factories.crm import ImportRunFactory
from tests.factories.crm_cases import CaseFactory, TaskFactory
from tests.factories.ops import DeliveryFactory, JobRunFactory
from tests.factories.quality import EvaluationFactory, EvaluationRevisionFactory
from tests.factories.quality_plans import AssignmentFactory
from tests.factories.quality_rounds import DisputeFactory, SeatFactory
from tests.factories.recognition import BadgeAwardFactory, KudosRecipientFactory
from tests.factories.training import CoachingSessionFactory
from tests.quality.worlds import World, document, member

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 6, 9, tzinfo=UTC)


def told(lines) -> list[tuple[str, int]]:
    return [(task.title, task.count) for task in home.told(lines)]


def test_evaluator_is_told_of_own_drafts_alone():
    draft = EvaluationFactory()
    EvaluationFactory()

    assert told(start_quality.scoring_tasks(draft.evaluator, AT)) == [("Evaluations to finish", 1)]


def test_evaluator_is_told_of_dealt_work_with_its_first_due_time():
    mine = AssignmentFactory(evaluator=UserFactory(), due_at=AT - timedelta(hours=1))
    AssignmentFactory(evaluator=mine.evaluator, due_at=AT + timedelta(days=1))
    AssignmentFactory(evaluator=mine.evaluator, state="canceled")

    (task,) = home.told(start_quality.assigned_tasks(mine.evaluator, AT))

    assert (task.count, task.due_at, task.tone) == (2, mine.due_at, "bad")


def test_draft_of_dealt_work_is_told_once():
    mine = AssignmentFactory(
        evaluator=UserFactory(), state="in_progress", lease_until=AT + timedelta(hours=1)
    )
    mine.evaluation = EvaluationFactory(evaluator=mine.evaluator)
    mine.save()

    assert told(start_quality.scoring_tasks(mine.evaluator, AT)) == []


def test_rater_is_told_of_an_open_calibration_until_submitting():
    seat = SeatFactory(session__state="open", session__deadline_at=AT)
    before = home.told(start_quality.calibration_tasks(seat.rater, AT))

    seat.evaluation, seat.submitted_at = EvaluationFactory(evaluator=seat.rater), AT
    seat.save()

    assert (told(before), before[0].due_at) == ([("Calibrations to score", 1)], AT)
    assert told(start_quality.calibration_tasks(seat.rater, AT)) == []


def test_decider_is_told_of_undecided_disputes():
    dispute = DisputeFactory(decider=UserFactory(roles=["supervisor"]), due_at=AT)

    assert told(start_quality.dispute_tasks(dispute.decider, AT)) == [("Disputes to decide", 1)]
    assert told(start_quality.dispute_tasks(dispute.evaluation.agent, AT)) == []


def test_agent_is_told_of_released_results_until_they_are_acknowledged():
    world = World()
    evaluation = world.submitted()
    before = told(start_quality.result_tasks(world.agent, AT))

    evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.agent, at=AT)

    assert before == [("Results to read and acknowledge", 1)]
    assert told(start_quality.result_tasks(world.agent, AT)) == []


def test_leader_of_the_team_is_told_of_results_to_release():
    world = World(document(release_mode="manual"))
    world.submitted()

    for_leader = start_quality.team_result_tasks(member("supervisor", world.team), AT)

    assert told(for_leader) == [("Results to release", 1)]
    assert start_quality.team_result_tasks(UserFactory(roles=["supervisor"]), AT) == []


def test_leader_is_told_of_results_that_were_not_acknowledged_in_time():
    """Q-601."""
    world = World(document(acknowledge_hours=48))
    evaluation = world.submitted()
    leader = member("supervisor", world.team)
    due = evaluation.released_at + timedelta(hours=48)

    early = start_quality.team_result_tasks(leader, due - timedelta(seconds=1))
    late = start_quality.team_result_tasks(leader, due)
    evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.agent, at=due)

    assert (early, told(late)) == ([], [("Results not acknowledged in time", 1)])
    assert start_quality.team_result_tasks(leader, due) == []


def test_nobody_is_told_of_nothing():
    person = UserFactory(roles=["agent", "evaluator", "supervisor", "admin"])
    sources = (
        start_quality.scoring_tasks,
        start_quality.result_tasks,
        start_quality.team_result_tasks,
        start_sources.import_tasks,
        start_sources.operator_tasks,
    )

    assert [task for source in sources for task in told(source(person, AT))] == []


def test_person_is_told_of_own_imports_by_what_they_need():
    person = UserFactory(roles=["supervisor"])
    ImportRunFactory(ordered_by=person, state=ImportState.FAILED)
    ImportRunFactory(ordered_by=person, state=ImportState.CHECKED)
    ImportRunFactory(ordered_by=person, state=ImportState.FINISHED)
    ImportRunFactory(state=ImportState.FAILED)

    tasks = home.told(start_sources.import_tasks(person, AT))

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
    card = start_cards.own_week(UserFactory(roles=["agent"]), AT)

    assert isinstance(card, Card)
    assert not card.data["average"].is_shown


def test_week_is_for_those_who_see_more_than_their_own():
    assert start_cards.team_week(UserFactory(roles=["agent"]), AT) is None
    assert start_cards.team_week(UserFactory(roles=["supervisor"]), AT) is not None


def scored(handled_at, score, **fields):
    evaluation = EvaluationFactory(handled_at=handled_at, **fields)
    evaluation.current_revision = EvaluationRevisionFactory(
        evaluation=evaluation,
        submitted_at=AT,
        score_percent=score,
        outcome="passed",
        receipt_sha256="0" * 64,
    )
    evaluation.state = "submitted"
    evaluation.save()


def test_week_counts_what_was_handled_in_the_last_seven_days():
    admin = UserFactory(roles=["admin"])
    for score in (80, 90, 85, 95, 100):
        scored(AT - timedelta(days=1), score)
    scored(AT - timedelta(days=6, hours=23), 60)
    scored(AT - timedelta(days=2), 0, selection="targeted")
    scored(AT - timedelta(days=7), 0)
    scored(AT + timedelta(seconds=1), 0)
    EvaluationFactory(handled_at=AT - timedelta(days=1))

    card = start_cards.team_week(admin, AT)

    assert (card.data["evaluated"], card.data["average"].n) == (7, 6)
    assert card.data["average"].mean == 85


def test_points_begin_on_mondays_and_thin_ones_stay_empty():
    for number, score in enumerate((80, 90, 85, 95, 100, 60)):
        scored(AT if number < 5 else AT - timedelta(days=7), score)

    by_week = by_period(Evaluation.objects.counting(), grain="week", column="handled_at")
    chart = start_cards.over_time(by_week.items(), AT, points=3)

    assert [row[0] for row in chart.rows] == ["20 Apr", "27 Apr", "04 May"]
    assert "90" in chart.rows[2][1]
    assert "60" not in chart.rows[1][1]


def test_no_chart_without_evidence():
    assert start_cards.over_time([], AT) is None


@pytest.mark.parametrize("role", ["agent", "evaluator", "trainer", "supervisor", "admin"])
def test_start_page_of_every_role_opens(client, role):
    client.force_login(UserFactory(roles=[role]))

    assert client.get("/").status_code == 200


def give_work(person, rows):
    """So many rows of what may wait for somebody, dealt with today."""
    now = timezone.now()
    for _ in range(rows):
        CaseFactory(assignee=person)
        TaskFactory(assignee=person, made_by=person)
        AssignmentFactory(evaluator=person)
        DisputeFactory(decider=person)
        EvaluationFactory(evaluator=person)
        SeatFactory(rater=person, session__state="open")
        CoachingSessionFactory(agent=person, state="shared", shared_at=now)
        ImportRunFactory(ordered_by=person, state=ImportState.FAILED)
        KudosRecipientFactory(agent=person)
        JobRunFactory(state=JobState.DEAD, finished_at=now)
        scored(now - timedelta(days=1), 90)
        BadgeAwardFactory(agent=person, awarded_at=now)


# Session, person, roles; what waits and what is new; the cards; results that wait for agents.
QUIET = {"agent": 6, "evaluator": 7, "trainer": 7, "supervisor": 9, "admin": 9}
# A query more for each kind of work that has a due time or a name, and of news.
BUSY = {role: count + 5 for role, count in QUIET.items()}


@pytest.mark.parametrize("role", QUIET)
def test_start_page_costs_few_queries_for_any_number_of_rows(
    client, role, django_assert_num_queries
):
    person = UserFactory(roles=[role])
    client.force_login(person)
    client.get("/")
    with django_assert_num_queries(QUIET[role]):
        client.get("/")

    for rows in (1, 3):
        give_work(person, rows)
        with django_assert_num_queries(BUSY[role]):
            page = client.get("/").content.decode()

    assert "4</span>" in page
