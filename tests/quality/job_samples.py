"""What each job of quality finds, and the ids it is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from quality.actions.scorecards import draft_from
from quality.content import sha256_of
from quality.models import SamplingPlan
from tests.factories.accounts import UserFactory
from tests.factories.quality import ImpactRunFactory
from tests.factories.quality_plans import AssignmentFactory
from tests.ops.job_samples import sample
from tests.quality.plan_worlds import PlanWorld
from tests.quality.test_actions_calibration import plan
from tests.quality.test_actions_disputes import decide, disputed_world, file
from tests.quality.worlds import World, document


@sample("quality.open_periods")
@sample("quality.draw_slices")
def active_plan() -> dict[str, Any]:
    PlanWorld(calls=1).active()
    return {}


@sample("quality.draw_period")
def due_period() -> dict[str, Any]:
    commitment = PlanWorld(calls=1).committed(slices=2)
    assert SamplingPlan.objects.in_use().exists()
    return {"commitment_id": commitment.pk}


@sample("quality.expire_leases")
def lapsed_lease() -> dict[str, Any]:
    AssignmentFactory(
        state="claimed", evaluator=UserFactory(), lease_until=timezone.now() - timedelta(minutes=1)
    )
    return {}


@sample("quality.remind")
def due_assignment() -> dict[str, Any]:
    AssignmentFactory(evaluator=UserFactory(), due_at=timezone.now() + timedelta(seconds=1))
    return {}


@sample("quality.release_due")
def due_release() -> dict[str, Any]:
    world = World(document(release_mode="delayed", release_delay_hours=1))
    world.submitted()
    return {}


@sample("quality.dispute_clock")
def decided_dispute() -> dict[str, Any]:
    world = disputed_world()
    decide(world, file(world), outcome="kept")
    return {}


@sample("quality.close_calibrations")
def late_calibration() -> dict[str, Any]:
    plan(World())
    return {}


@sample("quality.run_impact")
def draft_to_simulate() -> dict[str, Any]:
    world = World()
    world.submitted()
    draft = draft_from(scorecard=world.scorecard, by=world.evaluator, at=timezone.now())
    run = ImpactRunFactory(version=draft, content_sha256=sha256_of(draft.as_document()))
    return {"run_id": run.pk}


@sample("quality.check_scores")
def stored_score() -> dict[str, Any]:
    World().submitted()
    return {}
