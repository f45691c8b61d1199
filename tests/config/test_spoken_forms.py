"""What a form of a spoken page is answered with is in the reader's language too, refused or not."""

from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.urls import resolve, reverse

from config.spoken_pages import OF_PEOPLE
from tests.config import test_spoken_agent_pages as agents
from tests.config import test_spoken_cases as cases
from tests.config import test_spoken_coaching_page as coaching
from tests.config import test_spoken_customers as customers
from tests.config import test_spoken_player_pages as player
from tests.config import test_spoken_recognition as recognition
from tests.config import test_spoken_reports as reports
from tests.config import test_spoken_ways as ways
from tests.config.test_spoken_player_pages import places  # noqa: F401
from tests.factories.accounts import UserFactory
from tests.forms import forms_of
from tests.training.worlds import LearningWorld
from tests.words import WORD, in_spanish, mark_what_is_said, unsaid, words_of_the_records
from training.models import Enrollment, LessonProgress

pytestmark = [pytest.mark.django_db, pytest.mark.words]


def own_page(name):
    return lambda: (UserFactory(roles=["agent"]), reverse(name))


def of_agent(name, world):
    def read():
        reader = world()
        return reader, agents.address_of(name, reader)

    return read


def of_session(world):
    def read():
        talk, reader = world()
        return reader, reverse("training:session_detail", args=[talk.session.pk])

    return read


WORLDS = {
    **{name: own_page(name) for name in ("home", "accounts:profile", "accounts:security")},
    **{f"{name} {world.__qualname__}": of_agent(name, world) for name, world in agents.PAGES},
    **{f"lesson {name}": world for name, world in player.WORLDS.items()},
    **recognition.WORLDS,
    **cases.WORLDS,
    **ways.WORLDS,
    **reports.WORLDS,
    **customers.WORLDS,
    **customers.LISTS,
    **{f"session {world.__name__}": of_session(world) for world in coaching.WORLDS},
}


def sent(client, reader, address, given):
    """What the form is answered with, or the page it leads to; nothing of it stays done."""
    with transaction.atomic():
        client.force_login(reader)
        answer = client.post(address, given, headers={"accept": "text/html"})
        if answer.status_code == 302 and name_of(answer["Location"]) in OF_PEOPLE:
            answer = client.get(answer["Location"])
        transaction.set_rollback(True)
    return answer


def name_of(address):
    return resolve(urlsplit(address).path).view_name


def words_in(given):
    return {word.lower() for values in given.values() for word in WORD.findall(" ".join(values))}


def foreign(answer, known):
    """What of an answer is not in Spanish."""
    if answer.status_code == 302:
        return []
    if answer["Content-Language"] != "es":
        return [answer["Content-Language"]]
    is_page = answer["Content-Type"].startswith("text/html")
    return unsaid(answer.content.decode(), known) if is_page else []


@pytest.mark.parametrize("world", WORLDS)
def test_forms_of_a_spoken_page_are_answered_in_its_language(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    html = in_spanish(client, reader, path).content.decode()
    forms = [form for form in forms_of(html, path) if name_of(form.address) != "account_logout"]
    mark_what_is_said(monkeypatch)
    known = words_of_the_records()

    found = [
        (name_of(address), given, words)
        for form in forms
        for address, given in form.sendings()
        if (words := foreign(sent(client, reader, address, given), known | words_in(given)))
    ]

    assert {name_of(form.address) for form in forms} <= OF_PEOPLE
    assert found == []


def test_scripts_of_the_player_are_refused_in_its_language(client):
    world = LearningWorld().published()
    begun, ended = world.enrolled(), world.taken(world.at_quiz(), right=False)
    LessonProgress.objects.all().delete()
    Enrollment.objects.update(state="withdrawn")
    in_spanish(client, world.learner, "/")
    beat = reverse("training:lesson_beat", args=[begun.pk, world.text.pk])
    save = reverse("training:answer_save", args=[ended.pk, 0])

    told = [client.post(path, {"sequence": 9}).json()["error"] for path in (beat, save)]

    assert told[0].startswith("Este curso se retiró")
    assert told[1].startswith("Este intento ya se entregó")
