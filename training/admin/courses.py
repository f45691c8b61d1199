"""Courses and what they hold."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from training.models import Course, CourseRevision, Lesson, Module, Prerequisite


class RevisionInline(ReadOnlyInline):
    model = CourseRevision
    fk_name = "course"
    fields = ("number", "state", "expected_minutes", "change_note", "published_at", "published_by")


class PrerequisiteInline(ReadOnlyInline):
    model = Prerequisite
    fk_name = "course"
    fields = ("kind", "needed_course", "needed_skill", "value")


@admin.register(Course)
class CourseAdmin(ReadOnlyAdmin):
    list_display = ("title", "code", "category", "owner", "current_revision", "retired_at")
    list_filter = ("category", "language", "is_open")
    list_select_related = ("owner", "current_revision__course")
    search_fields = ("title", "code")
    inlines = (RevisionInline, PrerequisiteInline)


class ModuleInline(ReadOnlyInline):
    model = Module
    fields = ("position", "title")


@admin.register(CourseRevision)
class CourseRevisionAdmin(ReadOnlyAdmin):
    list_display = ("course", "number", "state", "expected_minutes", "published_at", "published_by")
    list_filter = ("state",)
    list_select_related = ("course", "published_by")
    search_fields = ("course__title", "course__code")
    inlines = (ModuleInline,)


class LessonInline(ReadOnlyInline):
    model = Lesson
    fields = ("position", "kind", "title", "completion_rule", "is_required", "weight", "minutes")


@admin.register(Module)
class ModuleAdmin(ReadOnlyAdmin):
    list_display = ("title", "revision", "position")
    list_select_related = ("revision__course",)
    search_fields = ("title", "revision__course__title")
    inlines = (LessonInline,)
