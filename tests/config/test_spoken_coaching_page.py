"""The page of a coaching session is wholly in its reader's language, agent or coach."""

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Kudos, Response
from tests.factories.crm import RecordingFactory
from tests.factories.training import AgendaTemplateFactory
from tests.quality.worlds import handled_leg
from tests.training.test_agenda import HeardTalk
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records
from training.actions import coaching
from training.models import CoachingSession

pytestmark = [pytest.mark.django_db, pytest.mark.words]


def full():
    """An agenda with evidence of every kind, an action, notes; one more answer is offered."""
    talk = HeardTalk()
    talk.line(response_ids=[talk.answer_of().pk], kudos_ids=[talk.thanks_to().pk])
    leg = handled_leg(talk.team, agent=talk.agent)
    RecordingFactory(interaction=leg.interaction, duration_seconds=95)
    for place in ({}, {"turn": 1}, {"second": 83}):
        talk.moment(leg, **place)
    talk.agree()
    talk.note("Slower.")
    talk.answer_of()
    talk.thanks_to()
    AgendaTemplateFactory(name="Monthly talk", lines="What went well")
    return talk


def led():
    talk = full()
    return talk, talk.coach


def held():
    talk = full()
    coaching.hold_session(session=talk.session, by=talk.coach, at=timezone.now())
    return talk, talk.coach


def announced():
    talk = full()
    return talk, talk.agent


def shared():
    talk = full()
    talk.shared()
    return talk, talk.agent


def answered():
    talk = full()
    talk.shared()
    talk.answer(comment="Yes.")
    return talk, talk.agent


def contested():
    talk = full()
    talk.shared()
    talk.answer(is_contested=True, comment="No.")
    CoachingSession.objects.update(decision="Agreed otherwise.")
    return talk, talk.agent


def worn():
    """The customer's answer counts no more, and the thanks were taken back."""
    talk = full()
    Response.objects.update(state="suspect")
    Kudos.objects.update(state="removed", ended_at=timezone.now())
    return talk, talk.coach


WORLDS = [led, held, announced, shared, answered, contested, worn]


def opened(client, world):
    talk, reader = world()
    return in_spanish(client, reader, reverse("training:session_detail", args=[talk.session.pk]))


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_a_session_is_ours_and_unmarked(client, monkeypatch, world):
    mark_what_is_said(monkeypatch)

    page = opened(client, world)

    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_on_a_session(client, world):
    assert english_left(opened(client, world).content.decode()) == set()
