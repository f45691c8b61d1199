"""Coaching and remediation: where things stand, never what was written."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from training.models import (
    ActionItem,
    AgendaItem,
    AgendaTemplate,
    BlindScoring,
    CoachingNote,
    CoachingProgram,
    CoachingSession,
    CourseTie,
    EffectRanking,
    EffectReport,
    EvidenceLink,
    Proposal,
    RemediationRule,
)


class AgendaInline(ReadOnlyInline):
    model = AgendaItem
    fields = ("position", "text", "criterion_key")


class NoteInline(ReadOnlyInline):
    """That there are notes and whose; their words are for the pages alone."""

    model = CoachingNote
    fields = ("author", "is_private", "row_version", "updated_at")
    readonly_fields = fields


class ActionInline(ReadOnlyInline):
    model = ActionItem
    fields = ("text", "metric", "baseline", "target", "due_on", "owner", "canceled_at")


@admin.register(CoachingSession)
class CoachingSessionAdmin(ReadOnlyAdmin):
    list_display = ("agent", "coach", "kind", "state", "starts_at", "acknowledged_at")
    list_filter = ("state", "kind", period_of("starts_at"))
    list_select_related = ("agent", "coach")
    search_fields = ("agent__full_name", "coach__full_name")
    exclude = ("group_key", "agent_rating")
    inlines = (AgendaInline, NoteInline, ActionInline)


class EvidenceInline(ReadOnlyInline):
    model = EvidenceLink
    fields = (
        "evaluation",
        "interaction",
        "turn_position",
        "second",
        "attempt",
        "response",
        "kudos",
    )


@admin.register(AgendaItem)
class AgendaItemAdmin(ReadOnlyAdmin):
    list_display = ("session", "position", "criterion_key")
    list_select_related = ("session__agent",)
    inlines = (EvidenceInline,)


@admin.register(AgendaTemplate)
class AgendaTemplateAdmin(ReadOnlyAdmin):
    list_display = ("name", "updated_at", "retired_at")
    list_filter = (period_of("updated_at"),)
    search_fields = ("name",)


@admin.register(CoachingProgram)
class CoachingProgramAdmin(ReadOnlyAdmin):
    list_display = ("coach", "kind", "cadence", "starts_on", "until_on")
    list_select_related = ("coach",)


@admin.register(RemediationRule)
class RemediationRuleAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "criterion_key", "in_words", "course", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("course",)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ("agent", "rule", "criterion_key", "fired_at", "state", "decided_by")
    list_filter = ("state", "rule", period_of("fired_at"))
    list_select_related = ("agent", "rule", "decided_by")
    search_fields = ("agent__full_name",)


class BlindScoringInline(ReadOnlyInline):
    model = BlindScoring
    fields = ("side", "evaluation", "assignment")


@admin.register(EffectReport)
class EffectReportAdmin(ReadOnlyAdmin):
    list_display = ("title", "treatment", "created_by", "data_cutoff_at", "result_sha256")
    list_filter = ("treatment",)
    list_select_related = ("created_by",)
    search_fields = ("title",)
    inlines = (BlindScoringInline,)


@admin.register(EffectRanking)
class EffectRankingAdmin(ReadOnlyAdmin):
    list_display = ("reader", "scorecard", "ordered_at", "computed_at")
    list_select_related = ("reader", "scorecard")


@admin.register(CourseTie)
class CourseTieAdmin(ReadOnlyAdmin):
    list_display = ("course", "criterion_key")
    list_select_related = ("course",)
