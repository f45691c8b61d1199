"""The survey after a course: a link once it is completed, and results from five answers on."""

import pytest
from django.urls import reverse

from tests.factories.feedback_surveys import CollectorFactory, ResponseFactory
from tests.factories.training import EnrollmentFactory
from tests.training.worlds import AT, LearningWorld
from training.course_voice import voice_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = LearningWorld().published()
    world.course.feedback_link = CollectorFactory()
    world.course.save()
    return world


def said(world, count, satisfied=True):
    link = world.course.feedback_link
    for _ in range(count):
        ResponseFactory(
            invitation=None, collector=link, survey=link.survey,
            version=link.survey.versions.first(), is_satisfied=satisfied,
        )  # fmt: skip


def page_of(client, world):
    client.force_login(world.trainer)
    return client.get(reverse("training:course_detail", args=[world.course.pk])).content.decode()


def test_four_answers_are_hidden_and_five_are_shown(client, world):
    said(world, 4)
    assert "Too few answers" in page_of(client, world)
    said(world, 1, satisfied=False)

    page = page_of(client, world)
    assert "80.0 %" in page
    assert "of 5 answers" in page


def test_the_link_is_shown_to_who_completed_the_course(client, world):
    link = reverse("feedback:answer_open", args=[world.course.feedback_link.slug])
    open_one = world.enrolled()
    client.force_login(world.learner)
    path = reverse("training:enrollment_detail", args=[open_one.pk])
    assert link not in client.get(path).content.decode()
    done = EnrollmentFactory(
        person=world.learner, revision=world.revision, state="completed", completed_at=AT,
        attempt_no=2,
    )  # fmt: skip

    done_page = client.get(reverse("training:enrollment_detail", args=[done.pk]))
    assert link in done_page.content.decode()


def test_without_a_survey_there_is_nothing_to_say():
    assert voice_of(LearningWorld().course) is None
