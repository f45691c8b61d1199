"""Evaluations with their revisions and answers; results change by verbs alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline, visible
from accounts.admin_filters import period_of
from accounts.models import User
from accounts.permissions import has
from quality.actions import evaluations as verbs
from quality.actions import release
from quality.models import Answer, Evaluation, EvaluationRevision, Evidence, Mark
from quality.models.evaluations import EvaluationQuerySet
from quality.refusals import Refused


def release_row(row: Evaluation, *, by: User, at: datetime, reason: str) -> None:
    release.release_evaluation(evaluation=row, by=by, at=at)


def void_row(row: Evaluation, *, by: User, at: datetime, reason: str) -> None:
    verbs.void_evaluation(evaluation=row, reason=reason, by=by, at=at)


def sees_private(request: HttpRequest) -> bool:
    return has(request.user, "quality.view_private_comment")


class RevisionInline(ReadOnlyInline):
    model = EvaluationRevision
    fk_name = "evaluation"
    fields = ("number", "reason", "author", "submitted_at", "score_percent", "outcome", "band")
    readonly_fields = fields
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[EvaluationRevision]:
        return super().get_queryset(request).select_related("author")


class MarkInline(ReadOnlyInline):
    model = Mark
    fields = ("offset_ms", "text", "is_private", "created_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mark]:
        rows = super().get_queryset(request).select_related("created_by")
        return rows if sees_private(request) else rows.filter(is_private=False)


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = (
        *("public_ref", "handled_at", "agent", "team", "scorecard", "evaluator"),
        *("selection", "state", "score", "outcome", "acknowledged_at", "page"),
    )
    list_filter = (
        "state",
        "current_revision__outcome",
        "selection",
        "purpose",
        ("scorecard", admin.RelatedOnlyFieldListFilter),
        ("team", admin.RelatedOnlyFieldListFilter),
        period_of("handled_at"),
    )
    search_fields = ("public_ref", "agent__full_name", "evaluator__full_name")
    search_help_text = "Reference, agent or evaluator"
    inlines = (RevisionInline, MarkInline)
    actions = (
        confirmed(
            release_row,
            verb="quality.release_evaluation",
            description="Release to the agent",
            refusals=(Refused,),
        ),
        confirmed(
            void_row,
            verb="quality.void_evaluation",
            description="Void",
            refusals=(Refused,),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> EvaluationQuerySet:
        return cast(EvaluationQuerySet, super().get_queryset(request)).for_reading()

    @admin.display(description="score %", ordering="current_revision__score_percent")
    def score(self, row: Evaluation) -> Any:
        return row.current_revision.score_percent if row.current_revision else None

    @admin.display(description="outcome")
    def outcome(self, row: Evaluation) -> str:
        return row.current_revision.get_outcome_display() if row.current_revision else "–"

    @admin.display(description="page")
    def page(self, row: Evaluation) -> SafeString:
        return format_html(
            '<a href="{}">Open</a>', reverse("quality:evaluation_detail", args=[row.pk])
        )


class AnswerInline(ReadOnlyInline):
    model = Answer
    fields = (
        *("criterion", "option_keys", "is_na", "state", "earned", "possible"),
        *("contribution_percent", "is_failed", "fault_owner", "comment_public"),
    )
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        return super().get_queryset(request).select_related("criterion")


class WithoutPrivateComment(ReadOnlyAdmin):
    """Shows the private comment only to those who may read it."""

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if sees_private(request) else ("comment_private",)


@admin.register(EvaluationRevision)
class EvaluationRevisionAdmin(WithoutPrivateComment):
    list_display = ("evaluation", "number", "reason", "author", "submitted_at", "score_percent")
    list_filter = ("reason", "outcome", period_of("submitted_at"))
    list_select_related = ("evaluation", "author")
    search_fields = ("evaluation__public_ref", "receipt_sha256")
    inlines = (AnswerInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[EvaluationRevision]:
        seen = visible(Evaluation.objects.all(), request)
        return super().get_queryset(request).filter(evaluation__in=seen.values("pk"))


class EvidenceInline(ReadOnlyInline):
    model = Evidence
    fields = ("start_ms", "end_ms", "created_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evidence]:
        return super().get_queryset(request).select_related("created_by")


@admin.register(Answer)
class AnswerAdmin(WithoutPrivateComment):
    list_display = ("criterion", "evaluation", "option_keys", "is_failed", "fault_owner", "state")
    list_filter = ("state", "is_failed", "fault_owner", "origin")
    list_select_related = ("criterion", "revision__evaluation")
    search_fields = ("revision__evaluation__public_ref", "criterion__key")
    inlines = (EvidenceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        seen = visible(Evaluation.objects.all(), request)
        return super().get_queryset(request).filter(revision__evaluation__in=seen.values("pk"))

    @admin.display(description="evaluation")
    def evaluation(self, row: Answer) -> Evaluation:
        return row.revision.evaluation
