"""Surveys, topics, causes and alert rules in the admin."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from accounts.admin_actions import confirmed
from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from accounts.models import User
from feedback.actions import surveys
from feedback.models import (
    AlertRule,
    Annotation,
    Collector,
    RootCause,
    Survey,
    SurveyVersion,
    Topic,
)
from lib.refusals import Refused


def pause_row(row: Survey, *, by: User, at: datetime, reason: str) -> None:
    surveys.set_state(survey=row, state="paused", by=by, at=at)


def resume_row(row: Survey, *, by: User, at: datetime, reason: str) -> None:
    surveys.set_state(survey=row, state="live", by=by, at=at)


def close_row(row: Survey, *, by: User, at: datetime, reason: str) -> None:
    surveys.set_state(survey=row, state="closed", by=by, at=at)


class VersionInline(ReadOnlyInline):
    model = SurveyVersion
    fields = ("number", "state", "content_sha256", "published_at", "published_by")


class CollectorInline(ReadOnlyInline):
    """The slug is the link itself; it shows on the survey's page alone."""

    model = Collector
    fields = ("name", "kind", "daily_cap", "opens_at", "closes_at")


@admin.register(Survey)
class SurveyAdmin(ReadOnlyAdmin):
    list_display = ("name", "code", "kind", "state", "anonymity", "topic", "closes_at")
    list_filter = ("state", "kind", "anonymity")
    search_fields = ("name", "code")
    inlines = (VersionInline, CollectorInline)
    actions = tuple(
        confirmed(verb, verb="feedback.design_survey", description=description, refusals=(Refused,))
        for verb, description in (
            (pause_row, "Pause"),
            (resume_row, "Resume"),
            (close_row, "Close"),
        )
    )


@admin.register(SurveyVersion)
class SurveyVersionAdmin(ReadOnlyAdmin):
    list_display = ("survey", "number", "state", "published_at", "published_by")
    list_filter = ("state",)
    list_select_related = ("survey", "published_by")
    search_fields = ("survey__name", "content_sha256")


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    list_display = ("survey", "on_date", "text", "by")
    list_select_related = ("survey", "by")


@admin.register(Topic)
class TopicAdmin(AttuneModelAdmin):
    list_display = ("name", "code", "group", "is_active")
    list_filter = ("group", "is_active")
    search_fields = ("name", "code", "phrases")


@admin.register(RootCause)
class RootCauseAdmin(AttuneModelAdmin):
    list_display = ("name", "code", "group", "is_active")
    list_filter = ("group", "is_active")
    search_fields = ("name", "code")


@admin.register(AlertRule)
class AlertRuleAdmin(AttuneModelAdmin):
    list_display = ("name", "survey", "on_detractor", "opens_case", "tells_supervisor", "is_active")
    list_filter = ("is_active", "opens_case")
    list_select_related = ("survey",)
    search_fields = ("name",)
    filter_horizontal = ("topics",)
