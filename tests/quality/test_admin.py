"""The supervisors' admin over quality."""

import pytest
from django.urls import reverse

from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db
PAGES = ("scorecard", "scorecardversion", "criterion", "answerset", "evaluation")


@pytest.fixture
def world():
    world = World()
    world.evaluation = world.submitted()
    return world


@pytest.fixture
def supervisor(world):
    person = UserFactory(roles=["supervisor"])
    TeamMembershipFactory(user=person, team=world.evaluation.team, kind="supervisor")
    return person


@pytest.mark.parametrize("name", [*PAGES, "evaluationrevision", "answer"])
def test_list_opens_for_a_supervisor(client, supervisor, name):
    client.force_login(supervisor)

    assert client.get(reverse(f"admin:quality_{name}_changelist")).status_code == 200


def test_evaluation_opens_with_its_revisions(client, supervisor, world):
    client.force_login(supervisor)

    page = client.get(reverse("admin:quality_evaluation_change", args=[world.evaluation.pk]))

    assert page.status_code == 200
    assert world.evaluation.public_ref in page.content.decode()


def test_evaluation_of_another_team_is_absent(client, world):
    stranger = UserFactory(roles=["supervisor"])
    client.force_login(stranger)

    page = client.get(reverse("admin:quality_evaluation_changelist"))

    assert world.evaluation.public_ref not in page.content.decode()


def test_list_of_evaluations_asks_the_same_for_one_and_for_many(
    client, supervisor, world, django_assert_max_num_queries
):
    client.force_login(supervisor)

    with django_assert_max_num_queries(16):
        client.get(reverse("admin:quality_evaluation_changelist"))


def test_scorecard_opens_with_its_versions(client, supervisor, world):
    client.force_login(supervisor)
    version = world.evaluation.version

    scorecard = client.get(reverse("admin:quality_scorecard_change", args=[version.scorecard_id]))
    content = client.get(reverse("admin:quality_scorecardversion_change", args=[version.pk]))

    assert scorecard.status_code == content.status_code == 200
    assert "Verifies the caller" in content.content.decode()


def test_supervisor_voids_with_a_reason_from_the_list(client, supervisor, world):
    client.force_login(supervisor)
    chosen = {
        "action": "void",
        "_selected_action": [world.evaluation.pk],
        "is_confirmed": "1",
        "reason": "The wrong interaction was scored.",
    }
    names = client.get(reverse("admin:quality_evaluation_changelist")).context["action_form"]
    chosen["action"] = next(
        value for value, label in names.fields["action"].choices if label == "Void"
    )

    client.post(reverse("admin:quality_evaluation_changelist"), chosen)

    world.evaluation.refresh_from_db()
    assert world.evaluation.state == "void"
