"""The smallest valid rows of quality."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from quality import models
from tests.factories.accounts import UserFactory
from tests.factories.crm import LegFactory, TurnFactory

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


class ScorecardFactory(DjangoModelFactory):
    class Meta:
        model = models.Scorecard

    name = factory.Sequence(lambda n: f"Scorecard {n}")


class ScorecardVersionFactory(DjangoModelFactory):
    class Meta:
        model = models.ScorecardVersion

    scorecard = factory.SubFactory(ScorecardFactory)
    number = 1


class SectionFactory(DjangoModelFactory):
    class Meta:
        model = models.Section

    version = factory.SubFactory(ScorecardVersionFactory)
    key = factory.Sequence(lambda n: f"section-{n}")
    position = factory.Sequence(lambda n: n)
    title = factory.Sequence(lambda n: f"Section {n}")


class CriterionFactory(DjangoModelFactory):
    class Meta:
        model = models.Criterion

    version = factory.SelfAttribute("section.version")
    section = factory.SubFactory(SectionFactory)
    key = factory.Sequence(lambda n: f"criterion-{n}")
    position = factory.Sequence(lambda n: n)
    text = factory.Sequence(lambda n: f"Criterion {n}")


class OptionFactory(DjangoModelFactory):
    class Meta:
        model = models.Option

    criterion = factory.SubFactory(CriterionFactory)
    key = factory.Sequence(lambda n: f"option-{n}")
    position = factory.Sequence(lambda n: n)
    label = factory.Sequence(lambda n: f"Option {n}")


class AnswerSetFactory(DjangoModelFactory):
    class Meta:
        model = models.AnswerSet

    name = factory.Sequence(lambda n: f"Answer set {n}")


class EvaluationFactory(DjangoModelFactory):
    class Meta:
        model = models.Evaluation

    leg = factory.SubFactory(LegFactory)
    version = factory.SubFactory(ScorecardVersionFactory)
    scorecard = factory.SelfAttribute("version.scorecard")
    agent = factory.SelfAttribute("leg.agent")
    team = factory.SelfAttribute("leg.team")
    evaluator = factory.SubFactory(UserFactory)
    handled_at = AT


class EvaluationRevisionFactory(DjangoModelFactory):
    class Meta:
        model = models.EvaluationRevision

    evaluation = factory.SubFactory(EvaluationFactory)
    author = factory.SelfAttribute("evaluation.evaluator")


class AnswerFactory(DjangoModelFactory):
    class Meta:
        model = models.Answer

    revision = factory.SubFactory(EvaluationRevisionFactory)
    criterion = factory.SubFactory(CriterionFactory)


class EvidenceFactory(DjangoModelFactory):
    class Meta:
        model = models.Evidence

    answer = factory.SubFactory(AnswerFactory)
    turn_from = factory.SubFactory(TurnFactory)
    turn_to = factory.SelfAttribute("turn_from")
    created_by = factory.SubFactory(UserFactory)


class MarkFactory(DjangoModelFactory):
    class Meta:
        model = models.Mark

    evaluation = factory.SubFactory(EvaluationFactory)
    offset_ms = 1000
    created_by = factory.SelfAttribute("evaluation.evaluator")


class ImpactRunFactory(DjangoModelFactory):
    class Meta:
        model = models.ImpactRun

    version = factory.SubFactory(ScorecardVersionFactory)
    content_sha256 = "c" * 64
    size = 500
    ordered_by = factory.SubFactory(UserFactory)
