"""The smallest valid rules of quality, and what came of them."""

import factory
from factory.django import DjangoModelFactory

from quality import models
from tests.factories.accounts import UserFactory
from tests.factories.crm import LegFactory
from tests.factories.quality import (
    AT,
    EvaluationFactory,
    ScorecardFactory,
    ScorecardVersionFactory,
)


class AssistRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.AssistRule

    name = factory.Sequence(lambda n: f"Rule {n}")
    scorecard = factory.SubFactory(ScorecardFactory)
    criterion_key = "greet"
    option_key = "yes"
    phrases = factory.LazyFunction(lambda: ["turn number 0"])
    speaker = "any"
    asked_since = AT
    created_by = factory.SubFactory(UserFactory)


class SuggestionFactory(DjangoModelFactory):
    class Meta:
        model = models.Suggestion

    evaluation = factory.SubFactory(EvaluationFactory)
    rule = factory.SubFactory(AssistRuleFactory)
    criterion_key = factory.SelfAttribute("rule.criterion_key")
    option_key = factory.SelfAttribute("rule.option_key")
    is_blind = False
    is_withheld = False


class QualityRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.QualityRule

    name = factory.Sequence(lambda n: f"Quality rule {n}")
    test = "critical"
    asks_coaching = True
    created_by = factory.SubFactory(UserFactory)


class RuleFiringFactory(DjangoModelFactory):
    class Meta:
        model = models.RuleFiring

    evaluation = factory.SubFactory(EvaluationFactory)
    rule = factory.SubFactory(QualityRuleFactory)
    at = AT


class ReferenceEvaluationFactory(DjangoModelFactory):
    class Meta:
        model = models.ReferenceEvaluation

    leg = factory.SubFactory(LegFactory)
    version = factory.SubFactory(ScorecardVersionFactory)
    created_by = factory.SubFactory(UserFactory)


class EvaluatorGateFactory(DjangoModelFactory):
    class Meta:
        model = models.EvaluatorGate

    evaluator = factory.SubFactory(UserFactory)
    scorecard = factory.SubFactory(ScorecardFactory)
    told_at = AT
