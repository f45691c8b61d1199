"""The question bank, quizzes and attempts."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from training.models import (
    Attempt,
    AttemptItem,
    Override,
    Question,
    QuestionVersion,
    Quiz,
    QuizSection,
    SectionQuestion,
)


class VersionInline(ReadOnlyInline):
    """Wordings; keys are left to the pages of authors."""

    model = QuestionVersion
    fk_name = "question"
    fields = ("number", "kind", "prompt", "points", "created_by")


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ("id", "current_version", "bank", "tags", "difficulty", "retired_at")
    list_filter = ("bank", "difficulty")
    list_select_related = ("current_version",)
    search_fields = ("current_version__prompt",)
    inlines = (VersionInline,)


class SectionInline(ReadOnlyInline):
    model = QuizSection
    fields = ("position", "title", "draw_count", "draw_tag", "easiest", "hardest")


class OverrideInline(ReadOnlyInline):
    model = Override
    fields = ("person", "team", "extra_time_percent", "extra_attempts", "reason", "created_by")


@admin.register(Quiz)
class QuizAdmin(ReadOnlyAdmin):
    list_display = ("title", "pass_percent", "max_attempts", "time_limit_minutes", "grade_by")
    search_fields = ("title",)
    inlines = (SectionInline, OverrideInline)


class SectionQuestionInline(ReadOnlyInline):
    model = SectionQuestion
    fields = ("position", "question")


@admin.register(QuizSection)
class QuizSectionAdmin(ReadOnlyAdmin):
    list_display = ("quiz", "position", "title", "draw_count", "draw_tag")
    list_select_related = ("quiz",)
    inlines = (SectionQuestionInline,)


class ItemInline(ReadOnlyInline):
    model = AttemptItem
    fields = ("position", "question_version", "score", "graded_by", "grader_note")


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("quiz", "enrollment", "number", "state", "percent", "is_passed", "started_at")
    list_filter = ("state", "is_passed", period_of("started_at"))
    list_select_related = ("quiz", "enrollment__person", "enrollment__course")
    search_fields = ("quiz__title", "enrollment__person__full_name")
    inlines = (ItemInline,)
