"""Who takes what: assignments, enrollments, pauses, rules."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from training.models import (
    Assignment,
    AssignmentRule,
    Certificate,
    ClockPause,
    Enrollment,
    LessonProgress,
    Submission,
)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("person", "course", "source", "assigned_on", "due_on", "completed_at")
    list_filter = ("source", "course", period_of("due_on"))
    list_select_related = ("person", "course")
    search_fields = ("person__full_name", "course__title")


class ProgressInline(ReadOnlyInline):
    model = LessonProgress
    fields = ("lesson", "seconds_spent", "percent", "done_at")


class SubmissionInline(ReadOnlyInline):
    model = Submission
    fields = ("lesson", "number", "submitted_at", "percent", "graded_by", "graded_at")


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnlyAdmin):
    list_display = ("person", "course", "state", "progress_percent", "started_at", "completed_at")
    list_filter = ("state", "course", period_of("completed_at"))
    list_select_related = ("person", "course")
    search_fields = ("person__full_name", "course__title")
    inlines = (ProgressInline, SubmissionInline)


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(ReadOnlyAdmin):
    list_display = ("name", "course", "role", "team", "queue", "hired_within_days", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("course", "team", "queue")


@admin.register(ClockPause)
class ClockPauseAdmin(ReadOnlyAdmin):
    list_display = ("person", "starts_on", "ends_on", "source", "reason")
    list_filter = ("source",)
    list_select_related = ("person",)
    search_fields = ("person__full_name",)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("shown_serial", "person", "title", "issued_on", "valid_until_on", "revoked_at")
    list_filter = (period_of("revoked_at"),)
    list_select_related = ("person",)
    search_fields = ("serial", "person__full_name", "title")
