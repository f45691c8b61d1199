"""Refusals and faults are told in the language that the person chose."""

import pytest
from django.db import InterfaceError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from config import errors
from tests.factories.accounts import UserFactory
from tests.words import english_left, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def reader(client):
    """An agent who reads Spanish, with an English browser."""
    person = UserFactory(roles=["agent"], language="es")
    client.force_login(person)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return person


def faulty(reader, error):
    """The page of a fault that comes up while `reader` is served."""
    request = RequestFactory().get("/")
    request.user = reader
    try:
        raise error
    except type(error):
        return errors.server_error(request)


def read(answer):
    assert answer["Content-Language"] == "es"
    return answer.content.decode()


def refused(client, reader):
    return client.get(reverse("accounts:token_list"))


def unknown(client, reader):
    return client.get("/nothing/here/")


def not_visible(client, reader):
    return client.get(reverse("quality:evaluation_detail", args=[0]))


def fault(client, reader):
    return faulty(reader, LookupError())


def no_database(client, reader):
    return faulty(reader, InterfaceError())


def forged(client, reader):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    return strict.post(reverse("accounts:profile"))


WAYS = {
    "refused": (403, refused),
    "unknown": (404, unknown),
    "not visible": (404, not_visible),
    "fault": (500, fault),
    "no database": (503, no_database),
    "forged": (403, forged),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_word_of_a_refusal_is_ours_and_unmarked(client, monkeypatch, reader, way):
    mark_what_is_said(monkeypatch)
    status, reach = WAYS[way]

    answer = reach(client, reader)

    assert answer.status_code == status
    assert unsaid(read(answer), words_of_the_records()) == []


@pytest.mark.parametrize("way", WAYS)
def test_no_english_of_ours_is_in_a_refusal(client, reader, way):
    assert english_left(read(WAYS[way][1](client, reader))) == set()


def test_stranger_is_refused_in_the_language_of_the_browser(client):
    spanish = client.get("/nothing/here/", headers={"accept-language": "es-CO"})
    english = client.get("/nothing/here/", headers={"accept-language": "fr"})

    assert "Aquí no hay nada" in read(spanish)
    assert english["Content-Language"] == "en"
    assert "There is nothing here" in english.content.decode()


def test_database_that_is_away_is_not_asked_for_the_person():
    def away():
        raise InterfaceError

    request = RequestFactory().get("/", headers={"accept-language": "es"})
    request.user = SimpleLazyObject(away)

    assert "Attune no está disponible" in read(errors.answer(request, 503))
