"""The smallest valid rows of sampling."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from quality import models
from quality.drawing import Frame, pack
from quality.sampling import commitment, frame_hash
from tests.factories.accounts import UserFactory
from tests.factories.crm import LegFactory
from tests.factories.quality import ScorecardFactory

SEED = "00112233445566778899aabbccddeeff"
PERIOD_ON = date(2026, 5, 4)
COMMITTED_AT = datetime(2026, 5, 3, 22, 0, tzinfo=UTC)


class SamplingPlanFactory(DjangoModelFactory):
    class Meta:
        model = models.SamplingPlan

    name = factory.Sequence(lambda n: f"Plan {n}")
    scorecard = factory.SubFactory(ScorecardFactory)
    owner = factory.SubFactory(UserFactory)
    quota_n = 2


class PlanShareFactory(DjangoModelFactory):
    class Meta:
        model = models.PlanShare

    plan = factory.SubFactory(SamplingPlanFactory)
    evaluator = factory.SubFactory(UserFactory)


class PlanOverrideFactory(DjangoModelFactory):
    class Meta:
        model = models.PlanOverride

    plan = factory.SubFactory(SamplingPlanFactory)
    agent = factory.SubFactory(UserFactory)
    quota_n = 0
    from_on = PERIOD_ON
    until_on = PERIOD_ON
    reason = "On leave."


class SeedCommitmentFactory(DjangoModelFactory):
    class Meta:
        model = models.SeedCommitment

    plan = factory.SubFactory(SamplingPlanFactory)
    period_start_on = PERIOD_ON
    seed = SEED
    seed_sha256 = commitment(SEED)
    committed_at = COMMITTED_AT


class DrawFactory(DjangoModelFactory):
    """A draw from an empty frame."""

    class Meta:
        model = models.Draw

    commitment = factory.SubFactory(SeedCommitmentFactory)
    plan = factory.SelfAttribute("commitment.plan")
    slice_number = 1
    slice_start_at = datetime(2026, 5, 4, tzinfo=UTC)
    slice_end_at = datetime(2026, 5, 11, tzinfo=UTC)
    plan_sha256 = "0" * 64
    frame = factory.LazyFunction(lambda: pack(Frame()))
    frame_n = 0
    frame_sha256 = frame_hash(())


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Assignment

    leg = factory.SubFactory(LegFactory)
    scorecard = factory.SubFactory(ScorecardFactory)
    is_pooled = factory.LazyAttribute(lambda row: row.evaluator is None)
    evaluator = None
