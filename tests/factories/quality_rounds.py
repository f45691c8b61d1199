"""Disputes, calibrations and figures from elsewhere."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from quality.models import (
    AccuracyTarget,
    CalibrationSession,
    Dispute,
    DisputeItem,
    GoldAnswer,
    InteractionSignal,
    Seat,
)
from tests.factories.accounts import UserFactory
from tests.factories.crm import InteractionFactory, LegFactory
from tests.factories.quality import (
    CriterionFactory,
    EvaluationFactory,
    EvaluationRevisionFactory,
    ScorecardVersionFactory,
)

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)


class DisputeFactory(DjangoModelFactory):
    class Meta:
        model = Dispute

    evaluation = factory.SubFactory(EvaluationFactory)
    revision = factory.SubFactory(
        EvaluationRevisionFactory, evaluation=factory.SelfAttribute("..evaluation")
    )
    reason = "The company was named in the second sentence."
    filed_by = factory.SelfAttribute("evaluation.agent")
    filed_at = AT
    due_at = AT + timedelta(hours=72)


class DisputeItemFactory(DjangoModelFactory):
    class Meta:
        model = DisputeItem

    dispute = factory.SubFactory(DisputeFactory)
    criterion = factory.SubFactory(CriterionFactory)
    proposed_option = "yes"
    reason = "It was said at the very beginning."


class CalibrationSessionFactory(DjangoModelFactory):
    class Meta:
        model = CalibrationSession

    leg = factory.SubFactory(LegFactory)
    version = factory.SubFactory(ScorecardVersionFactory)
    planned_by = factory.SubFactory(UserFactory)
    deadline_at = AT + timedelta(days=3)


class SeatFactory(DjangoModelFactory):
    class Meta:
        model = Seat

    session = factory.SubFactory(CalibrationSessionFactory)
    rater = factory.SubFactory(UserFactory)


class GoldAnswerFactory(DjangoModelFactory):
    class Meta:
        model = GoldAnswer

    session = factory.SubFactory(CalibrationSessionFactory)
    criterion_key = "greet"
    set_by = factory.SubFactory(UserFactory)


class AccuracyTargetFactory(DjangoModelFactory):
    class Meta:
        model = AccuracyTarget

    family = "customer"
    target_percent = 95


class InteractionSignalFactory(DjangoModelFactory):
    class Meta:
        model = InteractionSignal

    interaction = factory.SubFactory(InteractionFactory)
    kind = "csat"
    value = 4
    source = "survey"
