"""What evaluators are measured by, in the admin: references and qualifications, read-only."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from accounts.admin_filters import period_of
from quality.models import EvaluatorGate, ReferenceEvaluation


@admin.register(ReferenceEvaluation)
class ReferenceEvaluationAdmin(ReadOnlyAdmin):
    list_display = ("id", "version", "leg", "state", "approved_at", "retired_at")
    list_filter = (("retired_at", admin.EmptyFieldListFilter), period_of("approved_at"))
    list_select_related = ("version__scorecard", "leg__interaction", "leg__agent")
    search_fields = ("version__scorecard__name", "leg__interaction__external_id")


@admin.register(EvaluatorGate)
class EvaluatorGateAdmin(ReadOnlyAdmin):
    """Facts of training: until when somebody may score with a scorecard that asks for it."""

    list_display = ("evaluator", "scorecard", "qualified_until_on", "told_at")
    list_filter = (("scorecard", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("evaluator", "scorecard")
    search_fields = ("evaluator__full_name", "scorecard__name")
