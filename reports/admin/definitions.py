"""Definitions, thresholds, targets, special days and notes, for those who manage them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin_base import AttuneModelAdmin
from reports import models
from reports.definitions import parse
from reports.rollups import mark


@admin.register(models.KpiDefinition)
class KpiDefinitionAdmin(AttuneModelAdmin):
    """What a definition counts is its slug; a new slug is a new definition."""

    list_display = ("slug", "words", "state", "is_default", "min_n")
    list_filter = ("state", "is_default")
    search_fields = ("slug", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    @admin.display(description="in words")
    def words(self, row: models.KpiDefinition) -> str:
        return parse(row.slug).label


@admin.register(models.QueueThreshold)
class QueueThresholdAdmin(AttuneModelAdmin):
    list_display = ("queue", "threshold_seconds", "short_seconds", "effective_on")
    list_filter = ("queue",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The facts of its days follow the threshold."""
        super().save_model(request, obj, form, change)
        days = models.FactDay.objects.filter(family="queues", on_date__gte=obj.effective_on)
        mark(days.values_list("on_date", flat=True), at=timezone.now(), families=["queues"])


def mark_queues() -> None:
    """The facts of every day follow which segments are counted by themselves."""
    days = models.FactDay.objects.filter(family="queues").values_list("on_date", flat=True)
    mark(days, at=timezone.now(), families=["queues"])


@admin.register(models.TrackedSegment)
class TrackedSegmentAdmin(AttuneModelAdmin):
    list_display = ("segment", "created_at")
    list_select_related = ("segment",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        mark_queues()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        mark_queues()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        mark_queues()


@admin.register(models.Target)
class TargetAdmin(AttuneModelAdmin):
    list_display = (
        *("definition", "team", "queue", "target_value", "limit_value"),
        *("effective_on", "until_on"),
    )
    list_filter = ("team", "queue")
    search_fields = ("definition",)


@admin.register(models.SpecialDay)
class SpecialDayAdmin(AttuneModelAdmin):
    list_display = ("on_date", "queue", "kind", "note")
    list_filter = ("kind", "queue")


@admin.register(models.Annotation)
class AnnotationAdmin(AttuneModelAdmin):
    list_display = ("on_date", "queue", "text", "by")
    list_filter = ("queue",)
    search_fields = ("text",)


@admin.register(models.MonthComment)
class MonthCommentAdmin(AttuneModelAdmin):
    list_display = ("month", "text", "by")
