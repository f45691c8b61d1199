"""Agreement of evaluators over shared work."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quality.models import Evaluation
from quality.reliability import by_criterion, by_pair, ratings_of
from tests.quality.test_actions_calibration import close, plan, rate
from tests.quality.worlds import GIVEN, World, handled_leg, member

pytestmark = pytest.mark.django_db


def shared_world(legs, answers=("full", "part")):
    """A world in which two evaluators scored so many legs; the second one as `answers` has it."""
    world = World()
    world.second = member("evaluator", world.team)
    for number in range(legs):
        world.leg = handled_leg(world.team, agent=world.agent, turns=0)
        mine = ("full", "part")[number % 2]
        world.submitted(GIVEN | {"solve": mine})
        first, world.evaluator = world.evaluator, world.second
        theirs = mine if number % 5 else answers[number % 2]
        world.submitted(GIVEN | {"solve": theirs}, purpose="double", selection="double")
        world.evaluator = first
    return world


def test_below_ten_shared_items_only_counts_are_told():
    world = shared_world(9)
    version = world.scorecard.current_version

    criteria = by_criterion(version, ratings_of(version))

    assert {(one.n, one.alpha, one.why) for one in criteria} == {(9, None, "too few")}


def test_from_ten_on_alpha_and_agreement_are_told():
    world = shared_world(20, answers=("part", "full"))
    version = world.scorecard.current_version

    criteria = {one.name: one for one in by_criterion(version, ratings_of(version))}
    solve, greet = criteria["Solves the matter"], criteria["Greets"]

    assert (solve.n, solve.agreement_percent) == (20, 80.0)
    assert 0.5 < solve.alpha < 0.7
    assert (greet.alpha, greet.why) == (None, "no variation")


def test_pairs_are_told_with_kappa_and_icc():
    world = shared_world(20, answers=("part", "full"))

    (pair,) = by_pair(ratings_of(world.scorecard.current_version))

    assert pair.n == 80  # Four criteria on 20 legs.
    assert pair.agreement_percent == 95.0
    # By chance: 60 of 80 say yes, 10 full, 10 part, on either side: 0.75² + 2 · 0.125² = 0.59375.
    assert pair.kappa == pytest.approx((0.95 - 0.59375) / (1 - 0.59375))
    assert pair.icc is not None


def test_open_calibrations_stay_out_and_closed_ones_count():
    world = World()
    plan(world)
    for rater in world.raters:
        rate(world, rater)
    version = world.scorecard.current_version

    before = ratings_of(version).legs
    close(world)

    assert before == []
    assert ratings_of(version).legs == [world.leg.pk]


def test_void_results_do_not_count():
    world = shared_world(1)
    Evaluation.objects.filter(purpose="double").update(
        state="void", voided_at="2026-05-05T00:00Z", voided_by=world.second, void_reason="Test"
    )

    assert ratings_of(world.scorecard.current_version).legs == []


def test_page_costs_the_same_for_2_and_for_12_shared_legs(client):
    counts = []
    for legs in (2, 12):
        world = shared_world(legs)
        client.force_login(member("supervisor", world.team))
        address = reverse("quality:reliability")
        query = {"version": world.scorecard.current_version_id}
        client.get(address, query)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address, query)
        assert page.status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 14


def test_evaluators_do_not_see_the_page(client):
    client.force_login(World().evaluator)

    assert client.get(reverse("quality:reliability")).status_code == 403
