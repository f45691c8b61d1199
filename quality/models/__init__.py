"""Tables of quality, by concept."""

from quality.models.answers import Answer, Evidence, Mark
from quality.models.calibration import CalibrationSession, GoldAnswer, Seat
from quality.models.disputes import Dispute, DisputeItem
from quality.models.evaluations import Evaluation, EvaluationRevision
from quality.models.plans import (
    Assignment,
    Draw,
    PlanOverride,
    PlanShare,
    SamplingPlan,
    SeedCommitment,
)
from quality.models.references import EvaluatorGate, ReferenceEvaluation
from quality.models.rules import AssistRule, QualityRule, RuleFiring, Suggestion
from quality.models.scorecards import Scorecard, ScorecardVersion
from quality.models.signals import InteractionSignal
from quality.models.studies import AccuracyTarget, FormImport, ImpactRun
from quality.models.tree import AnswerSet, Criterion, Option, Section

__all__ = [
    "AccuracyTarget",
    "Answer",
    "AnswerSet",
    "Assignment",
    "AssistRule",
    "CalibrationSession",
    "Criterion",
    "Dispute",
    "DisputeItem",
    "Draw",
    "Evaluation",
    "EvaluationRevision",
    "EvaluatorGate",
    "Evidence",
    "FormImport",
    "GoldAnswer",
    "ImpactRun",
    "InteractionSignal",
    "Mark",
    "Option",
    "PlanOverride",
    "PlanShare",
    "QualityRule",
    "ReferenceEvaluation",
    "RuleFiring",
    "SamplingPlan",
    "Scorecard",
    "ScorecardVersion",
    "Seat",
    "Section",
    "SeedCommitment",
    "Suggestion",
]
