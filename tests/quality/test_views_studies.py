"""Comparing versions and simulating a draft, by page."""

import pytest
from django.urls import reverse

from ops import jobs
from quality.actions import drafts, impact, scorecards
from quality.actions.impact import NothingInForce, WrongSize
from quality.actions.scorecards import NoImpactRun
from quality.models import EvaluationRevision, ScorecardVersion
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import World, document, handled_leg

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


@pytest.fixture
def manager():
    return UserFactory(roles=["admin"])


@pytest.fixture
def world(manager):
    """Three results of 80 and a draft that lifts the pass mark to 85."""
    world = World()
    for _ in range(3):
        world.leg = handled_leg(world.team, agent=world.agent, turns=0)
        world.submitted()
    world.draft = scorecards.draft_from(scorecard=world.scorecard, by=manager, at=AT)
    drafts.change_switches(
        version=world.draft, changes={"pass_percent": 85}, seen=1, by=manager, at=AT
    )
    return world


def simulate(world, manager, size=20):
    run = impact.order_impact(version=world.draft, size=size, by=manager, at=AT)
    return impact.run_impact(run=run).result


def test_changes_are_told_as_page_and_json(client, world, manager):
    client.force_login(manager)
    address = url("version_compare", world.scorecard.pk, 2, 1)

    page = client.get(address).content.decode()
    data = client.get(address, {"format": "json"}).json()

    assert "pass_percent" in page
    assert data["changes"] == [
        {
            "kind": "switch",
            "item": "version",
            "key": "",
            "name": "",
            "field": "pass_percent",
            "before": "80",
            "after": "85",
        }
    ]


def test_version_of_another_scorecard_is_404(client, world, manager):
    client.force_login(manager)

    assert client.get(url("version_compare", World().scorecard.pk, 1, 7)).status_code == 404


def test_simulation_tells_what_would_flip(world, manager):
    before = list(EvaluationRevision.objects.values_list("receipt_sha256", flat=True))

    result = simulate(world, manager)

    assert (result["n"], result["flip_count"]) == (3, 3)
    assert (result["before"]["passed"], result["after"]["passed"]) == (3, 0)
    assert result["is_too_few"]
    after = list(EvaluationRevision.objects.values_list("receipt_sha256", flat=True))
    assert after == before


@pytest.mark.parametrize("size", [19, 5001])
def test_simulation_covers_20_to_5000(world, manager, size):
    with pytest.raises(WrongSize):
        impact.order_impact(version=world.draft, size=size, by=manager, at=AT)


def test_first_version_has_nothing_to_compare_with(manager):
    scorecard = scorecards.create_scorecard(name="New", document=document(), by=manager, at=AT)

    with pytest.raises(NothingInForce):
        impact.order_impact(version=scorecard.versions.get(), size=20, by=manager, at=AT)


def test_page_orders_and_shows_the_simulation(client, world, manager):
    client.force_login(manager)
    address = url("version_impact", world.scorecard.pk, 2)

    empty = client.get(address).content.decode()
    client.post(url("impact_order", world.scorecard.pk, 2), {"size": "20"})
    waiting = client.get(address).content.decode()
    simulate(world, manager)
    done = client.get(address).content.decode()

    assert "Not simulated yet" in empty
    assert "hx-get" in waiting
    assert "Too few to judge" in done
    assert "80.00 %, passed" in done


def test_publishing_accepts_the_simulation_of_this_very_content(world, manager, monkeypatch):
    monkeypatch.setattr(scorecards, "LEAST_FOR_IMPACT", 1)
    simulate(world, manager)
    drafts.change_switches(
        version=world.draft, changes={"pass_percent": 90}, seen=2, by=manager, at=AT
    )

    def publish():
        return scorecards.publish_version(
            version=world.draft, change_note="A higher mark.", by=manager, at=AT
        )

    with pytest.raises(NoImpactRun):
        publish()
    simulate(world, manager)
    assert publish().state == "published"


def test_simulation_of_a_changed_draft_says_nothing(world, manager):
    run = impact.order_impact(version=world.draft, size=20, by=manager, at=AT)
    drafts.change_switches(
        version=world.draft, changes={"pass_percent": 90}, seen=2, by=manager, at=AT
    )

    assert impact.run_impact(run=run).result == {"is_outdated": True}
    assert not impact.is_simulated(ScorecardVersion.objects.get(pk=world.draft.pk))


def test_simulation_takes_few_queries(world, manager, django_assert_max_num_queries):
    run = impact.order_impact(version=world.draft, size=500, by=manager, at=AT)

    with django_assert_max_num_queries(12):
        impact.run_impact(run=run)


def test_job_is_known():
    assert jobs.find("quality.run_impact").queue == "slow"


def test_only_managers_simulate(client, world):
    client.force_login(world.evaluator)

    assert client.get(url("version_impact", world.scorecard.pk, 2)).status_code == 403
