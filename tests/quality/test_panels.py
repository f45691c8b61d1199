"""The panel about evaluations on an interaction's page."""

import pytest

from quality.models import Evaluation
from tests.factories.accounts import UserFactory
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


def panel_address(evaluation: Evaluation) -> str:
    return f"/quality/interactions/{evaluation.leg.interaction_id}/panel/"


def test_panel_lists_what_one_may_see(client):
    world = World()
    evaluation = world.start()
    client.force_login(world.evaluator)

    answer = client.get(panel_address(evaluation))

    assert answer.status_code == 200
    assert f"/quality/evaluations/{evaluation.pk}/" in answer.content.decode()


def test_panel_of_an_interaction_out_of_sight_is_absent(client):
    evaluation = World().start()
    stranger = UserFactory(roles=["evaluator"])
    client.force_login(stranger)

    assert client.get(panel_address(evaluation)).status_code == 404


def test_agent_sees_no_button_to_evaluate_oneself(client):
    world = World()
    evaluation = world.start()
    client.force_login(evaluation.agent)

    answer = client.get(panel_address(evaluation))

    assert "Evaluate " not in answer.content.decode()
