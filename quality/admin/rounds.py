"""Disputes, calibrations and targets; all of them change by verbs alone."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from quality.models import (
    AccuracyTarget,
    CalibrationSession,
    Dispute,
    DisputeItem,
    GoldAnswer,
    InteractionSignal,
    Seat,
)


class ItemInline(ReadOnlyInline):
    model = DisputeItem
    fields = ("criterion", "proposed_option", "reason", "outcome", "decided_option", "note")


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("evaluation", "round", "kind", "filed_by", "decider", "state", "due_at")
    list_filter = ("state", "kind", "round", period_of("filed_at"))
    list_select_related = ("evaluation", "filed_by", "decider")
    search_fields = ("evaluation__public_ref", "filed_by__full_name")
    exclude = ("private_note",)
    inlines = (ItemInline,)


class SeatInline(ReadOnlyInline):
    """Who sits there and who has submitted; the answers show when the session is closed."""

    model = Seat
    fields = ("rater", "submitted_at")
    readonly_fields = fields


class GoldInline(ReadOnlyInline):
    model = GoldAnswer
    fields = ("criterion_key", "answer", "note", "set_by")


@admin.register(CalibrationSession)
class CalibrationSessionAdmin(ReadOnlyAdmin):
    list_display = ("id", "version", "planned_by", "expert", "state", "deadline_at")
    list_filter = ("state", period_of("deadline_at"))
    list_select_related = ("version__scorecard", "planned_by", "expert")
    inlines = (SeatInline, GoldInline)


@admin.register(AccuracyTarget)
class AccuracyTargetAdmin(ReadOnlyAdmin):
    list_display = ("family", "target_percent", "tolerance", "updated_at")


@admin.register(InteractionSignal)
class InteractionSignalAdmin(ReadOnlyAdmin):
    list_display = ("interaction", "kind", "value", "source", "created_at")
    list_filter = ("kind", "source")
    list_select_related = ("interaction",)
