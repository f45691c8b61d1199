"""Live sessions with their seats, and evaluators' qualification."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from training.models import (
    EvaluatorQualification,
    LiveSession,
    QualificationMark,
    QualificationRun,
    Seat,
)


class SeatInline(ReadOnlyInline):
    model = Seat
    fields = ("person", "state", "number", "position", "minutes_present")


@admin.register(LiveSession)
class LiveSessionAdmin(ReadOnlyAdmin):
    list_display = ("title", "starts_at", "place", "seats", "trainer", "canceled_at")
    list_filter = (period_of("starts_at"),)
    list_select_related = ("trainer",)
    search_fields = ("title",)
    inlines = (SeatInline,)


class MarkInline(ReadOnlyInline):
    """That it was scored; the answers stand beside the agreed ones on no page."""

    model = QualificationMark
    fields = ("position", "saved_at")


@admin.register(QualificationRun)
class QualificationRunAdmin(ReadOnlyAdmin):
    list_display = ("person", "scorecard", "started_at", "ended_at", "is_passed")
    list_filter = ("is_passed", "scorecard")
    list_select_related = ("person", "scorecard")
    search_fields = ("person__full_name",)
    inlines = (MarkInline,)


@admin.register(EvaluatorQualification)
class EvaluatorQualificationAdmin(ReadOnlyAdmin):
    list_display = ("person", "scorecard", "passed_on", "valid_until_on", "ended_at")
    list_filter = ("scorecard",)
    list_select_related = ("person", "scorecard")
    search_fields = ("person__full_name",)
