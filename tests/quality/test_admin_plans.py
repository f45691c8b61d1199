"""Supervisors' admin over plans, draws and assignments."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quality.actions import draws
from quality.models import Assignment, SamplingPlan
from tests.factories.accounts import TeamFactory
from tests.quality.plan_worlds import AFTER, PlanWorld
from tests.quality.worlds import member

pytestmark = pytest.mark.django_db
PAGES = ("samplingplan", "seedcommitment", "draw", "assignment")


@pytest.fixture
def world():
    world = PlanWorld(calls=1)
    world.commitment = world.committed(slices=2)
    world.draw = draws.draw_slice(commitment=world.commitment, number=1, at=AFTER)
    return world


def address(name, *args):
    return reverse(f"admin:quality_{name}_{'change' if args else 'changelist'}", args=args)


def act(client, name, action, row, reason="Asked for by the team."):
    fields = {"action": action, "_selected_action": [row.pk], "is_confirmed": "1", "reason": reason}
    return client.post(address(name), fields, follow=True)


@pytest.mark.parametrize("name", PAGES)
def test_list_and_row_open_for_a_supervisor(client, world, name):
    client.force_login(world.supervisor)
    rows = {
        "samplingplan": world.draw.plan,
        "seedcommitment": world.commitment,
        "draw": world.draw,
        "assignment": world.draw.assignments.first(),
    }

    assert client.get(address(name)).status_code == 200
    assert client.get(address(name, rows[name].pk)).status_code == 200


def test_a_secret_seed_is_not_in_the_admin(client, world):
    """Q-404."""
    client.force_login(world.supervisor)

    for page in (address("seedcommitment"), address("seedcommitment", world.commitment.pk)):
        assert world.commitment.seed not in client.get(page).content.decode()
    draws.draw_slice(commitment=world.commitment, number=2, at=AFTER)
    page = client.get(address("seedcommitment", world.commitment.pk)).content.decode()
    assert world.commitment.seed in page


def test_nothing_of_a_draw_can_be_changed(client, world):
    """Q-904."""
    client.force_login(world.supervisor)

    for name, row in (("draw", world.draw), ("seedcommitment", world.commitment)):
        assert client.post(address(name, row.pk), {"picked": 0}).status_code == 403


def test_plans_are_paused_by_the_verb(client, world):
    client.force_login(world.supervisor)

    act(client, "samplingplan", "pause_row", world.draw.plan)

    assert SamplingPlan.objects.get().state == "paused"


def test_a_plan_over_other_teams_too_stays(client, world):
    half = member("supervisor", world.team)
    world.draw.plan.teams.add(TeamFactory())
    client.force_login(half)

    answer = act(client, "samplingplan", "pause_row", world.draw.plan)

    assert "whoever leads all of its teams" in answer.content.decode()
    assert SamplingPlan.objects.get().state == "active"


def test_assignments_return_to_the_pool_or_are_taken_off(client, world):
    first, second = world.draw.assignments.all()[:2]
    client.force_login(world.supervisor)

    act(client, "assignment", "pool_row", first)
    act(client, "assignment", "cancel_row", second)

    assert Assignment.objects.get(pk=first.pk).is_pooled
    assert Assignment.objects.get(pk=second.pk).state == "canceled"


def test_rows_of_other_teams_are_absent(client, world):
    client.force_login(member("supervisor", TeamFactory()))

    for name in PAGES:
        assert "0 " in client.get(address(name)).content.decode()
        assert not client.get(address(name)).context["cl"].result_list


def test_the_list_of_assignments_asks_the_same_for_few_and_for_many(client):
    counts = []
    for agents in (1, 10):
        world = PlanWorld(calls=1, agents=agents)
        world.drawn()
        client.force_login(world.supervisor)
        client.get(address("assignment"))
        with CaptureQueriesContext(connection) as captured:
            client.get(address("assignment"))
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 16
