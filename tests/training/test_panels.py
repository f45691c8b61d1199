"""The panel of training on the page of an agent's results."""

import pytest
from django.urls import reverse

from tests.factories.accounts import TeamFactory
from tests.factories.training import ActionItemFactory, CoachingSessionFactory
from tests.training.worlds import LearningWorld, member

pytestmark = pytest.mark.django_db


def panel(client, person, agent):
    client.force_login(person)
    return client.get(reverse("training:agent_panel", args=[agent.pk]))


def test_agents_see_what_follows_from_their_results(client):
    world = LearningWorld().published()
    world.assigned()
    session = CoachingSessionFactory(agent=world.learner, coach=world.supervisor, state="shared")
    ActionItemFactory(agenda_item__session=session)
    own = panel(client, world.learner, world.learner).content.decode()
    led = panel(client, world.supervisor, world.learner).content.decode()

    assert ("Birds" in own, "Coaching to answer" in own) == (True, True)
    assert ("Birds" in led, "Coaching to answer" in led) == (True, False)
    stranger = member("supervisor", TeamFactory())
    assert panel(client, stranger, world.learner).status_code == 404
    other = member("agent", world.team)
    assert panel(client, other, world.learner).status_code == 404
    assert "Nothing to learn" in panel(client, other, other).content.decode()


def test_the_panel_stands_on_the_page_of_results(client):
    world = LearningWorld()
    client.force_login(world.learner)
    page = client.get(reverse("quality:my_results")).content.decode()

    assert reverse("training:agent_panel", args=[world.learner.pk]) in page
