"""Answers, alerts and recoveries in the admin; all of them change by verbs alone."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from feedback.actions import alerts, responses
from feedback.models import (
    Alert,
    Answer,
    AnswerHistory,
    CommentLabel,
    Recovery,
    Response,
    StateChange,
    Tally,
)
from feedback.redaction import mask_text
from lib.refusals import Refused


def release_row(row: Response, *, by: User, at: datetime, reason: str) -> None:
    responses.release_response(response=row, by=by, at=at, reason=reason)


def reject_row(row: Response, *, by: User, at: datetime, reason: str) -> None:
    responses.reject_response(response=row, by=by, at=at, reason=reason)


def quarantine_row(row: Response, *, by: User, at: datetime, reason: str) -> None:
    responses.quarantine_response(response=row, by=by, at=at, reason=reason)


def acknowledge_row(row: Alert, *, by: User, at: datetime, reason: str) -> None:
    alerts.acknowledge_alert(alert=row, by=by, at=at)


class AnswerInline(ReadOnlyInline):
    model = Answer
    fields = (
        *("question", "row_code", "option", "number", "masked", "date"),
        *("is_on_path", "is_skipped", "is_not_applicable"),
    )
    readonly_fields = fields
    show_change_link = False

    @admin.display(description="text")
    def masked(self, row: Answer) -> str:
        return mask_text(row.text)


class ChangeInline(ReadOnlyInline):
    model = StateChange
    fields = ("from_state", "to_state", "by", "at", "reason")


class LabelInline(ReadOnlyInline):
    model = CommentLabel
    fields = ("topic", "by_rule", "by_human", "polarity", "by", "at")


class HistoryInline(ReadOnlyInline):
    model = AnswerHistory
    fields = ("at", "reason")


@admin.register(Response)
class ResponseAdmin(ReadOnlyAdmin):
    list_display = ("short_id", "survey", "submitted_on", "state", "value", "driver", "team")
    list_filter = (
        "state",
        "needs_review",
        "survey",
        "driver_by_customer",
        period_of("submitted_on"),
    )
    list_select_related = ("survey", "team")
    fields = (
        *("survey", "version", "state", "needs_review", "automation_score", "automation_signals"),
        *("language", "channel", "origin", "submitted_on", "queue", "team", "value"),
        *("is_satisfied", "driver_by_customer", "driver_by_staff", "driver_reason"),
    )
    inlines = (AnswerInline, LabelInline, ChangeInline, HistoryInline)
    actions = tuple(
        confirmed(
            verb, verb="feedback.release_response", description=description, refusals=(Refused,)
        )
        for verb, description in (
            (release_row, "Release"),
            (reject_row, "Reject"),
            (quarantine_row, "Take back into quarantine"),
        )
    )


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    list_display = ("on_date", "survey", "question", "series", "key", "count")
    list_filter = ("survey", "origin")
    list_select_related = ("survey",)


class RecoveryInline(ReadOnlyInline):
    model = Recovery
    fields = ("opened_at", "due_at", "contacted_at", "resolved_at", "root_cause", "outcome")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("id", "survey", "on_date", "state", "team", "assignee")
    list_filter = ("state", "survey", period_of("on_date"))
    list_select_related = ("survey", "team", "assignee")
    inlines = (RecoveryInline,)
    actions = (
        confirmed(
            acknowledge_row,
            verb="feedback.work_alert",
            description="Acknowledge",
            refusals=(Refused,),
        ),
    )


@admin.register(Recovery)
class RecoveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "alert", "due_at", "contacted_at", "resolved_at", "outcome")
    list_filter = ("outcome", period_of("opened_at"))
    list_select_related = ("alert",)
