"""Sampling in the admin: plans to start and stop, assignments to pass on, draws to read."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline, visible
from accounts.models import User
from quality import access
from quality.actions import assignments, plans
from quality.models import (
    Assignment,
    Draw,
    PlanOverride,
    PlanShare,
    SamplingPlan,
    SeedCommitment,
)
from quality.models.plans import AssignmentQuerySet
from quality.refusals import Forbidden, Refused


class NotYourTeams(Forbidden):
    def __init__(self) -> None:
        super().__init__("A plan is managed by whoever leads all of its teams.")


def activate_row(row: SamplingPlan, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    plans.activate_plan(plan=row, by=by, at=at)


def pause_row(row: SamplingPlan, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    plans.pause_plan(plan=row, by=by, at=at)


def end_row(row: SamplingPlan, *, by: User, at: datetime, reason: str) -> None:
    _must_manage(row, by)
    plans.end_plan(plan=row, by=by, at=at)


def _must_manage(plan: SamplingPlan, by: User) -> None:
    if not access.may_manage_plan(by, plan):
        raise NotYourTeams


def pool_row(row: Assignment, *, by: User, at: datetime, reason: str) -> None:
    assignments.reassign_assignments(assignments=[row], to=None, reason=reason, by=by, at=at)


def cancel_row(row: Assignment, *, by: User, at: datetime, reason: str) -> None:
    assignments.cancel_assignments(assignments=[row], reason=reason, by=by, at=at)


class ShareInline(ReadOnlyInline):
    model = PlanShare
    fields = ("evaluator", "weight")
    show_change_link = False


class OverrideInline(ReadOnlyInline):
    model = PlanOverride
    fields = ("agent", "quota_n", "from_on", "until_on", "reason")
    show_change_link = False


class DrawInline(ReadOnlyInline):
    model = Draw
    fields = ("slice_number", "slice_start_at", "slice_end_at", "frame_n", "picked")


@admin.register(SamplingPlan)
class SamplingPlanAdmin(ReadOnlyAdmin):
    list_display = ("name", "state", "scorecard", "quota_kind", "period", "slices", "owner", "page")
    list_filter = ("state", "quota_kind", "period", "order")
    list_select_related = ("scorecard", "owner")
    search_fields = ("name", "scorecard__name")
    inlines = (ShareInline, OverrideInline, DrawInline)
    actions = (
        confirmed(
            activate_row,
            verb="quality.manage_plans",
            description="Activate",
            refusals=(Refused,),
        ),
        confirmed(pause_row, verb="quality.manage_plans", description="Pause", refusals=(Refused,)),
        confirmed(end_row, verb="quality.manage_plans", description="End", refusals=(Refused,)),
    )

    @admin.display(description="page")
    def page(self, row: SamplingPlan) -> SafeString:
        return format_html('<a href="{}">Open</a>', reverse("quality:plan_detail", args=[row.pk]))


@admin.register(SeedCommitment)
class SeedCommitmentAdmin(ReadOnlyAdmin):
    """The seed itself is told only once it was revealed."""

    list_display = ("plan", "period_start_on", "seed_sha256", "committed_at", "revealed_at")
    list_filter = (("revealed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("plan",)
    search_fields = ("plan__name", "seed_sha256")
    fields = (
        *("plan", "period_start_on", "slices", "committed_at", "seed_sha256"),
        *("revealed_at", "revealed_seed"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SeedCommitment]:
        seen = visible(SamplingPlan.objects.all(), request)
        return super().get_queryset(request).filter(plan__in=seen.values("pk"))

    @admin.display(description="seed")
    def revealed_seed(self, row: SeedCommitment) -> str:
        return row.seed if row.is_revealed else "secret until the last draw of its period"


@admin.register(Draw)
class DrawAdmin(ReadOnlyAdmin):
    list_display = ("plan", "slice_end_at", "slice_number", "frame_n", "picked", "page")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    search_fields = ("plan__name", "frame_sha256")
    fields = (
        *("plan", "slice_number", "slice_start_at", "slice_end_at", "filters", "rule"),
        *("plan_sha256", "frame_n", "frame_sha256", "picked"),
    )

    @admin.display(description="page")
    def page(self, row: Draw) -> SafeString:
        return format_html('<a href="{}">Open</a>', reverse("quality:draw_detail", args=[row.pk]))


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = (
        "interaction",
        "agent",
        "scorecard",
        "evaluator",
        "state",
        "selection",
        "due_at",
    )
    list_filter = (
        "state",
        "selection",
        "is_pooled",
        ("scorecard", admin.RelatedOnlyFieldListFilter),
        "swap_kind",
    )
    search_fields = (
        "leg__agent__full_name",
        "evaluator__full_name",
        "leg__interaction__external_id",
    )
    search_help_text = "Agent, evaluator or the interaction's id at its source"
    actions = (
        confirmed(
            pool_row,
            verb="quality.manage_plans",
            description="Return to the pool",
            refusals=(Refused,),
        ),
        confirmed(
            cancel_row, verb="quality.manage_plans", description="Take off", refusals=(Refused,)
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        rows = cast(AssignmentQuerySet, super().get_queryset(request))
        return rows.for_list()

    @admin.display(description="interaction", ordering="leg__interaction")
    def interaction(self, row: Assignment) -> str:
        return row.leg.interaction.reference

    @admin.display(description="agent", ordering="leg__agent__full_name")
    def agent(self, row: Assignment) -> str:
        return str(row.leg.agent)
