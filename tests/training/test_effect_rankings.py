"""Coaches and courses beside each other: computed in a job, for one reader, and told on pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from ops.models import JobRun
from tests.factories.accounts import TeamFactory
from tests.factories.feedback_surveys import CollectorFactory, ResponseFactory
from tests.factories.training import AttemptFactory, CourseTieFactory, EnrollmentFactory
from tests.jobs import run_waiting_jobs
from tests.quality.worlds import member
from tests.training.judged import START
from tests.training.test_effect_reports import CoachedWorld
from training import effect_rank
from training.actions import effects as actions
from training.models import EffectRanking

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=40)


@pytest.fixture(autouse=True)
def pages_look_back_to_the_world(monkeypatch):
    """Pages and jobs read today's date; what they look at happened on fixed days."""
    since = (timezone.now() - START).days
    monkeypatch.setattr(effect_rank, "LOOKS_BACK_DAYS", max(365, since + 1))


def url(name):
    return reverse(f"training:{name}")


class TaughtWorld(CoachedWorld):
    """The agent took a course with a survey and two quizzes; so did somebody of another team."""

    def __init__(self):
        super().__init__()
        self.enrollment = EnrollmentFactory(
            person=self.agent, state="completed", completed_at=START
        )
        self.course = self.enrollment.course
        self.course.feedback_link = CollectorFactory()
        self.course.save()
        CourseTieFactory(course=self.course, criterion_key="solve")
        self.attempts(self.enrollment, 40, 90)
        stranger = EnrollmentFactory(
            person=member("agent", TeamFactory()), revision=self.enrollment.revision
        )
        self.attempts(stranger, 10)

    def attempts(self, enrollment, *percents):
        for number, percent in enumerate(percents, 1):
            AttemptFactory(
                enrollment=enrollment, number=number, state="graded", percent=percent,
                submitted_at=START,
            )  # fmt: skip

    def answers(self, count):
        link = self.course.feedback_link
        for _each in range(count):
            ResponseFactory(
                invitation=None, collector=link, survey=link.survey,
                version=link.survey.versions.first(), is_satisfied=True,
            )  # fmt: skip

    def ranking(self, scorecard=None):
        ranking = actions.order_ranking(scorecard=scorecard, by=self.supervisor, at=NOW)
        return actions.compute_ranking(ranking=ranking, at=NOW)


def test_coaches_are_computed_in_a_job_and_kept(client):
    world = CoachedWorld()
    client.force_login(world.supervisor)
    page = client.get(url("effect_coaches")).content.decode()
    assert ("Not computed yet" in page, "every 2s" in page) == (True, False)
    for _twice in range(2):
        made = client.post(url("ranking_order"), {"scorecard": world.scorecard.pk})
    assert made.url == f"{url('effect_coaches')}?scorecard={world.scorecard.pk}"
    assert JobRun.objects.filter(job=actions.RANKING_JOB).count() == 1
    page = client.get(made.url).content.decode()
    assert ("Being computed" in page, "every 2s" in page) == (True, True)
    assert 'aria-label="Coaches"' not in page
    run_waiting_jobs(job=actions.RANKING_JOB)

    page = client.get(made.url).content.decode()
    assert ("Being computed" in page, "as of" in page) == (False, True)
    assert world.supervisor.full_name in page.split("<table", 1)[1]
    assert "5 people with 5 evaluations a side are needed" in page
    client.force_login(world.trainer)
    assert "Not computed yet" in client.get(made.url).content.decode()


def test_a_ranking_is_computed_anew_when_asked_again(client):
    world = CoachedWorld()
    first = TaughtWorld.ranking(world, world.scorecard)
    moment = first.computed_at
    again = actions.order_ranking(
        scorecard=world.scorecard, by=world.supervisor, at=NOW + timedelta(hours=1)
    )
    assert (again.pk, again.is_up_to_date) == (first.pk, False)
    actions.compute_ranking(ranking=again, at=NOW + timedelta(hours=2))

    assert EffectRanking.objects.get().computed_at > moment


def test_a_ranking_whose_job_gave_up_says_so_and_can_be_asked_for_again(client):
    world = CoachedWorld()
    actions.order_ranking(scorecard=world.scorecard, by=world.supervisor, at=NOW)
    JobRun.objects.update(state="dead", finished_at=NOW)
    client.force_login(world.supervisor)
    page = client.get(url("effect_coaches")).content.decode()
    assert ("did not come to an end" in page, "every 2s" in page) == (True, False)
    client.post(url("ranking_order"), {"scorecard": world.scorecard.pk})

    assert JobRun.objects.filter(job=actions.RANKING_JOB, state="waiting").count() == 1


def test_names_are_looked_up_and_not_kept():
    world = CoachedWorld()
    ranking = TaughtWorld.ranking(world, world.scorecard)
    assert world.supervisor.full_name not in str(ranking.result)
    User.objects.filter(pk=world.supervisor.pk).update(full_name="Erased")

    assert [row.name for row in effect_rank.shown(ranking).rows] == ["Erased"]


@pytest.mark.parametrize(("answers", "reaction"), [(4, "too few answers"), (5, "n 5")])
def test_a_course_tells_reaction_learning_and_behavior(client, answers, reaction):
    world = TaughtWorld()
    world.answers(answers)
    client.force_login(world.supervisor)
    assert client.post(url("ranking_order")).url == url("effect_courses")
    run_waiting_jobs(job=actions.RANKING_JOB)
    page = client.get(url("effect_courses")).content.decode()

    assert reaction in page
    assert ("40.0 % (n 1)" in page, "90.0 %" in page) == (True, True)
    assert "10 people with 5 evaluations a side are needed" in page


def test_pages_cost_the_same_for_one_course_and_many(client):
    world = TaughtWorld()
    client.force_login(world.supervisor)
    counts = []
    for more in (0, 8):
        for _each in range(more):
            CourseTieFactory(course=EnrollmentFactory(person=world.agent).course)
        EffectRanking.objects.all().delete()
        world.ranking()
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url("effect_courses")).status_code == 200
        counts.append(len(caught))

    assert len(EffectRanking.objects.get().result["rows"]) == 9
    assert counts[0] == counts[1]


@pytest.mark.parametrize("scorecard", ["²", "999999999", "x"])
def test_a_scorecard_that_is_none_is_not_found(client, scorecard):
    client.force_login(CoachedWorld().supervisor)

    assert client.post(url("ranking_order"), {"scorecard": scorecard}).status_code == 404
    assert client.get(url("effect_coaches"), {"scorecard": scorecard}).status_code == 200
