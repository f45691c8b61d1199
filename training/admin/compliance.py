"""Requirements with their rounds, papers from elsewhere, and learning paths."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from training.models import (
    Cycle,
    ElectiveCourse,
    ExternalDocument,
    LearningPath,
    PathAssignment,
    PathStep,
    Proof,
    Requirement,
    RequirementAssignment,
)


class ProofInline(ReadOnlyInline):
    model = Proof
    fields = ("alternative", "kind", "course", "path")


@admin.register(Requirement)
class RequirementAdmin(ReadOnlyAdmin):
    list_display = ("title", "code", "role", "team", "validity_months", "anchor", "retired_at")
    list_filter = ("anchor",)
    list_select_related = ("team",)
    search_fields = ("title", "code")
    inlines = (ProofInline,)


@admin.register(Cycle)
class CycleAdmin(ReadOnlyAdmin):
    list_display = (
        "person",
        "requirement",
        "number",
        "opened_on",
        "due_on",
        "satisfied_on",
        "expires_on",
        "ended_on",
    )
    list_filter = ("requirement", period_of("expires_on"))
    list_select_related = ("person", "requirement")
    search_fields = ("person__full_name", "requirement__title")


@admin.register(RequirementAssignment)
class RequirementAssignmentAdmin(ReadOnlyAdmin):
    list_display = ("person", "requirement", "assigned_on", "assigned_by", "withdrawn_at")
    list_filter = ("requirement",)
    list_select_related = ("person", "requirement", "assigned_by")
    search_fields = ("person__full_name", "requirement__title")


@admin.register(ExternalDocument)
class ExternalDocumentAdmin(ReadOnlyAdmin):
    list_display = ("title", "person", "requirement", "issued_on", "valid_until_on", "state")
    list_filter = ("state", "requirement")
    list_select_related = ("person", "requirement")
    search_fields = ("title", "person__full_name")


class StepInline(ReadOnlyInline):
    model = PathStep
    fields = ("position", "course", "required_count", "weight")


@admin.register(LearningPath)
class LearningPathAdmin(ReadOnlyAdmin):
    list_display = ("title", "code", "is_ordered", "retired_at")
    search_fields = ("title", "code")
    inlines = (StepInline,)


@admin.register(ElectiveCourse)
class ElectiveCourseAdmin(ReadOnlyAdmin):
    list_display = ("course", "step")
    list_select_related = ("course", "step__path", "step__course")


@admin.register(PathAssignment)
class PathAssignmentAdmin(ReadOnlyAdmin):
    list_display = ("person", "path", "source", "assigned_on", "due_on", "completed_at")
    list_filter = ("source", "path")
    list_select_related = ("person", "path")
    search_fields = ("person__full_name", "path__title")
