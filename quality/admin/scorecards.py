"""Scorecards, their versions and what these ask; content is edited in the builder alone."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline, visible
from accounts.models import User
from quality.actions import scorecards as verbs
from quality.models import (
    AnswerSet,
    Criterion,
    ImpactRun,
    Option,
    Scorecard,
    ScorecardVersion,
    Section,
)
from quality.refusals import Refused


def archive_row(row: Scorecard, *, by: User, at: datetime, reason: str) -> None:
    verbs.archive_scorecard(scorecard=row, by=by, at=at)


class VersionInline(ReadOnlyInline):
    model = ScorecardVersion
    fk_name = "scorecard"
    fields = ("number", "state", "published_at", "change_note")
    readonly_fields = fields
    show_change_link = True


@admin.register(Scorecard)
class ScorecardAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "in_force", "bound_to", "direction", "archived_at", "builder")
    list_filter = ("kind", "direction", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("name",)
    fields = ("name", "kind", "channels", "direction", "queues", "teams", "current_version")
    inlines = (VersionInline,)
    actions = (
        confirmed(
            archive_row,
            verb="quality.manage_scorecards",
            description="Archive",
            refusals=(Refused,),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scorecard]:
        return super().get_queryset(request).select_related("current_version")

    @admin.display(description="in force")
    def in_force(self, row: Scorecard) -> str:
        return f"Version {row.current_version.number}" if row.current_version else "–"

    @admin.display(description="channels")
    def bound_to(self, row: Scorecard) -> str:
        return ", ".join(row.channels) or "every channel"

    @admin.display(description="page")
    def builder(self, row: Scorecard) -> SafeString:
        return format_html(
            '<a href="{}">Open</a>', reverse("quality:scorecard_detail", args=[row.pk])
        )


class SectionInline(ReadOnlyInline):
    model = Section
    fields = ("position", "key", "title", "weight", "is_scored", "is_bonus", "fail_scope")


class CriterionInline(ReadOnlyInline):
    model = Criterion
    fields = ("section", "position", "key", "text", "kind", "weight", "critical_family")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        return super().get_queryset(request).select_related("section")


class ImpactInline(ReadOnlyInline):
    """Simulations of the draft; their study is read on its own page."""

    model = ImpactRun
    fields = ("size", "ordered_by", "created_at", "result_sha256")
    readonly_fields = fields


@admin.register(ScorecardVersion)
class ScorecardVersionAdmin(ReadOnlyAdmin):
    list_display = ("scorecard", "number", "state", "weight_mode", "pass_percent", "published_at")
    list_filter = ("state", "weight_mode")
    list_select_related = ("scorecard",)
    search_fields = ("scorecard__name", "content_sha256")
    ordering = ("scorecard__name", "-number")
    inlines = (SectionInline, CriterionInline, ImpactInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScorecardVersion]:
        seen = visible(Scorecard.objects.all(), request)
        return super().get_queryset(request).filter(scorecard__in=seen.values("pk"))


class OptionInline(ReadOnlyInline):
    model = Option
    fields = ("position", "key", "label", "points", "is_fail", "critical_scope", "tone")


@admin.register(Criterion)
class CriterionAdmin(ReadOnlyAdmin):
    list_display = ("text", "version", "section", "kind", "weight", "critical_family")
    list_filter = ("kind", "critical_family")
    list_select_related = ("version__scorecard", "section")
    search_fields = ("text", "key")
    inlines = (OptionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        seen = visible(Scorecard.objects.all(), request)
        return super().get_queryset(request).filter(version__scorecard__in=seen.values("pk"))


@admin.register(AnswerSet)
class AnswerSetAdmin(ReadOnlyAdmin):
    list_display = ("name", "frozen_at", "updated_at")
    list_filter = (("frozen_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
