"""The scorecard's sides: what customers said, what was learned, what was thanked for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessEntry
from reports.periods import Period
from reports.scorecard_sides import SideReader
from tests.factories.recognition import KudosFactory, KudosRecipientFactory
from tests.factories.training import AttemptFactory, EnrollmentFactory
from tests.feedback.survey_worlds import AskingWorld, answer, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return AskingWorld()


def lately():
    today = timezone.localdate()
    return Period(today - timedelta(days=20), today)


def sides_of(world, *, is_own=True):
    return SideReader(world.agent, lately(), is_own=is_own).read()


def named(figures, label):
    return next(figure for figure in figures if figure.label == label)


def test_only_answers_because_of_the_person_count_and_only_from_five_on(world):
    for value in (5, 5, 4, 1):
        answer(world, value)
    answer(world, 1, driver="process")
    (few,) = sides_of(world).customer
    answer(world, 5)
    for _ in range(4):
        member("agent", world.team)
    (enough,) = sides_of(world).customer

    assert (few.own.value, few.own.n, few.missing) == (None, 4, "4 so far, figures from 5")
    assert (enough.own.value, enough.own.n) == (80.0, 5)
    assert enough.own.low < 80 < enough.own.high
    assert (few.team.n, enough.team.value) == (0, 80.0)


def test_answers_under_a_promise_are_left_out(world):
    for _ in range(6):
        answer(world, 5)
    world.survey.anonymity = "confidential"
    world.survey.save()

    (figure,) = sides_of(world).customer

    assert (figure.own.value, figure.own.n) == (None, 0)


def test_learning_is_of_the_period_and_beside_the_team(world):
    other, *_others = (member("agent", world.team) for _ in range(4))
    now = timezone.now()
    for person, days in ((world.agent, 2), (world.agent, 40), (other, 3), (other, 4), (other, 5)):
        done = EnrollmentFactory(
            person=person, state="completed", completed_at=now - timedelta(days=days)
        )
        AttemptFactory(
            enrollment=done, state="graded", percent=60 + days, submitted_at=done.completed_at
        )

    learning = sides_of(world).learning
    courses, quizzes = named(learning, "Courses completed"), named(learning, "Quiz results")

    assert (courses.value, courses.team) == (1, 4 / 5)
    assert (quizzes.own.value, quizzes.own.n, quizzes.team.n) == (None, 1, 4)


def test_team_of_four_is_not_told_beside_one_of_them(world):
    for _ in range(3):
        EnrollmentFactory(
            person=member("agent", world.team), state="completed", completed_at=timezone.now()
        )

    assert named(sides_of(world).learning, "Courses completed").team is None
    member("agent", world.team)
    assert named(sides_of(world).learning, "Courses completed").team == 3 / 5


def test_thanks_of_colleagues_and_customers_are_told_apart(world):
    now = timezone.now()
    for days, more in ((1, {}), (2, {"giver": None, "source": "customer"}), (90, {})):
        kudos = KudosFactory(posted_at=now - timedelta(days=days), **more)
        KudosRecipientFactory(kudos=kudos, agent=world.agent)

    thanks = sides_of(world).recognition

    assert named(thanks, "Thanks received").value == 2
    assert named(thanks, "Of these from customers").value == 1


@pytest.mark.parametrize("part", ["", "sides/"])
def test_each_part_costs_at_most_thirty_queries_however_much_there_is(client, world, part):
    client.force_login(world.supervisor)
    address = f"/reports/agents/{world.agent.pk}/{part}?period=last_28"
    answer(world, 5)
    client.get(address)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few = cost()
    for value in (5, 4, 3):
        answer(world, value)
        EnrollmentFactory(person=world.agent, state="completed", completed_at=timezone.now())

    assert cost() == few <= 30


def test_sides_are_told_to_the_agent_and_the_lead_alone(client, world):
    other = member("agent", world.team)
    address = f"/reports/agents/{world.agent.pk}/sides/"

    def status(person, query=""):
        client.force_login(person)
        return client.get(address + query).status_code

    assert [status(one) for one in (world.agent, world.supervisor, other)] == [200, 200, 404]
    assert AccessEntry.objects.filter(kind="viewed_scorecard", about=world.agent).count() == 1
    assert status(world.agent, "?period=soon") == 400
    assert status(world.agent, "?begin=2026-05-04&end=2026-05-01") == 422
