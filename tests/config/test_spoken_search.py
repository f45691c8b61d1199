"""The palette finds in the reader's language, and its page speaks it."""

import pytest
from django.urls import reverse

from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import CustomerFactory, LegFactory
from tests.factories.training import CourseFactory, EnrollmentFactory
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def reader():
    """An agent with a colleague, a course, a customer and a call."""
    team, agent = TeamFactory(), UserFactory(roles=["agent"], full_name="Olga")
    for person in (agent, UserFactory(full_name="Ola")):
        TeamMembershipFactory(user=person, team=team)
    EnrollmentFactory(person=agent, course=CourseFactory(title="Olive oil"))
    CustomerFactory(first_name="Olaf", last_name="Berg", display_name="Olaf Berg")
    LegFactory(agent=agent, team=team, interaction__external_id="call-1")
    return agent


def searched(client, reader, words):
    return in_spanish(client, reader, f"{reverse('crm:search')}?q={words}")


@pytest.mark.parametrize("words", ["", "mi", "aprendizaje", "ol", "call-1", "nothing-at-all"])
def test_no_word_of_a_search_is_ours_and_unmarked(client, monkeypatch, reader, words):
    mark_what_is_said(monkeypatch)
    page = searched(client, reader, words).content.decode()

    assert unsaid(page, words_of_the_records() | {"nothing", "at", "all", words}) == []


@pytest.mark.parametrize("words", ["mi", "aprendizaje", "ol", "call-1"])
def test_no_english_of_ours_is_in_what_is_found(client, reader, words):
    page = searched(client, reader, words)

    assert page.context["groups"]
    assert english_left(page.content.decode()) == set()


def test_page_is_found_by_its_name_in_the_readers_language(client, reader):
    (pages,) = searched(client, reader, "mi tab").context["groups"]
    (again,) = searched(client, reader, "certificádos").context["groups"]

    assert pages.title == again.title == "Páginas"
    assert reverse("training:certificate_list") in [hit.url for hit in again.hits]
