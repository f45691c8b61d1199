"""Cases, their statuses, policies and clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from accounts.admin_actions import confirmed
from accounts.admin_base import (
    AttuneModelAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from accounts.admin_filters import period_of
from accounts.models import User
from crm import access, bulk
from crm.actions import cases as actions
from crm.actions import clocks as clock_actions
from crm.actions import exports, tags
from crm.forms.cases import MOST_CHOSEN
from crm.models import (
    Case,
    CaseInteraction,
    CaseStatus,
    CaseWatcher,
    ClockEvent,
    PolicyVersion,
    SlaClock,
    SlaPolicy,
    SlaTarget,
    Task,
)
from crm.models.cases import StatusCategory
from crm.models.exports import ExportFormat, ExportKind
from lib.refusals import Refused
from lib.templatetags.look import duration


class CategoryFilter(admin.SimpleListFilter):
    title = "category"
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(label)) for name, label in StatusCategory.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() not in StatusCategory.values:
            return None
        return queryset.filter(status__category=self.value())


class ClockInline(ReadOnlyInline):
    model = SlaClock
    fields = (
        "metric",
        "instance",
        "state",
        "target_seconds",
        "due_at",
        "breached_at",
        "is_excused",
    )
    readonly_fields = ("is_excused",)

    @admin.display(boolean=True, description="excused")
    def is_excused(self, clock: SlaClock) -> bool:
        return clock.is_excused


class TaskInline(ReadOnlyInline):
    model = Task
    fk_name = "case"
    fields = ("title", "kind", "assignee", "team", "due_at", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("assignee", "team")


class CaseInteractionInline(ReadOnlyInline):
    model = CaseInteraction
    fields = ("interaction", "linked_by", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("interaction", "linked_by")


class WatcherInline(ReadOnlyInline):
    model = CaseWatcher
    fields = ("user", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")


def take_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    """Give a case to whoever ticks it."""
    actions.assign_case(case=row, assignee=by, by=by, at=at)


def hold_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    actions.hold_case(case=row, by=by, at=at, reason=reason)


def resolve_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    actions.resolve_case(case=row, by=by, at=at, reason=reason)


def close_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    actions.close_case(case=row, by=by, at=at, reason=reason)


def raise_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    actions.change_case(case=row, changes={"priority": "urgent"}, by=by, at=at, reason=reason)


def lower_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    actions.change_case(case=row, changes={"priority": "normal"}, by=by, at=at, reason=reason)


def tag_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    tags.tag_record(record=row, name=reason, by=by, at=at)


def assign_row(row: Case, *, by: User, at: datetime, reason: str) -> None:
    """Give a case to the person whose e-mail address is the reason."""
    assignee = bulk.find_colleague(reason, by)
    actions.assign_case(case=row, assignee=assignee, by=by, at=at)


@admin.action(description="Export as CSV")
def export_chosen(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Case]
) -> HttpResponse | None:
    """Orders a file of the ticked cases, as their list does, and leads to it."""
    assert isinstance(request.user, User)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_CHOSEN + 1])
    if len(ids) > MOST_CHOSEN:
        messages.error(request, f"Tick at most {MOST_CHOSEN} cases, or export them from the list.")
        return None
    query = urlencode({"state": "any", "chosen": ",".join(map(str, ids))})
    run = exports.order_export(
        kind=ExportKind.CASES,
        format=ExportFormat.CSV,
        query=query,
        by=request.user,
        at=timezone.now(),
    )
    return redirect(run)


export_chosen.verb = "crm.export_list"  # type: ignore[attr-defined]


def case_action(do: Any, verb: str, description: str) -> Any:
    return confirmed(do, verb=verb, description=description, refusals=(Refused,))


@admin.register(Case)
class CaseAdmin(AttuneModelAdmin):
    """Cases of one's teams; what is saved here goes through the verbs of the pages."""

    list_display = (
        "shown_reference",
        "subject",
        "customer",
        "status",
        "priority",
        "assignee",
        "team",
        "next_due_at",
        "is_breached",
    )
    list_filter = (
        CategoryFilter,
        "status",
        "priority",
        "kind",
        "team",
        "policy_version__policy",
        "is_breached",
        "tags",
        period_of("opened_at"),
    )
    list_select_related = ("customer", "status", "assignee", "team")
    search_fields = ("subject_key",)
    search_help_text = "Reference, subject, customer"
    ordering = ("-opened_at", "-id")
    autocomplete_fields = ("customer", "assignee", "team", "queue")
    fields = (
        "subject",
        "description",
        ("priority", "kind", "channel"),
        "customer",
        ("assignee", "team", "queue"),
        ("status", "opened_at", "resolved_at", "closed_at"),
        ("policy_version", "next_due_at", "is_breached"),
    )
    readonly_fields = (
        "status",
        "opened_at",
        "resolved_at",
        "closed_at",
        "policy_version",
        "next_due_at",
        "is_breached",
    )
    inlines = (ClockInline, TaskInline, CaseInteractionInline, WatcherInline)
    actions = (
        case_action(take_row, "crm.change_case", "Give the chosen cases to me"),
        case_action(hold_row, "crm.change_case", "Set waiting"),
        case_action(resolve_row, "crm.resolve_case", "Resolve"),
        case_action(close_row, "crm.resolve_case", "Close"),
        case_action(raise_row, "crm.change_case", "Make urgent"),
        case_action(lower_row, "crm.change_case", "Make normal"),
        case_action(assign_row, "crm.change_case", "Give to the person whose e-mail is the reason"),
        case_action(tag_row, "crm.change_case", "Tag with the word in the reason"),
        export_chosen,
    )

    def has_change_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        assert isinstance(request.user, User)
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or access.may_change_case(request.user, obj))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Case], bool]:
        if not search_term.strip():
            return queryset, False
        assert isinstance(request.user, User)
        in_full = access.may_see_contact_points(request.user)
        return queryset.matching(search_term, with_contact_points=in_full), False

    def save_model(self, request: HttpRequest, obj: Case, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        changes = {
            name: value for name, value in form.cleaned_data.items() if name in form.changed_data
        }
        stored = Case.objects.get(pk=obj.pk)
        saved = actions.change_case(
            case=stored, changes=changes, by=request.user, at=timezone.now()
        )
        obj.version = saved.version

    @admin.display(description="case", ordering="id")
    def shown_reference(self, case: Case) -> SafeString:
        return format_html('<span class="nowrap">{}</span>', case.reference)


@admin.register(CaseStatus)
class CaseStatusAdmin(AttuneModelAdmin):
    list_display = ("name", "category", "position")
    list_filter = ("category",)
    search_fields = ("name",)
    fields = ("name", "category", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The category of a status that cases have had decides what happened to them."""
        return ("category",) if obj is not None and obj.cases.exists() else ()


class TargetInline(ReadOnlyInline):
    model = SlaTarget
    fields = ("metric", "priority", "target_seconds", "clock", "pauses_while_waiting")
    show_change_link = False


@admin.register(SlaPolicy)
class SlaPolicyAdmin(ReadOnlyAdmin):
    """Policies are edited on their own page, where a case can be tried against them."""

    list_display = ("name", "position", "edition", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("current",)
    search_fields = ("name",)
    ordering = ("position",)

    @admin.display(description="version")
    def edition(self, policy: SlaPolicy) -> int | None:
        return policy.current.number if policy.current else None


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ("policy", "number", "calendar", "made_by", "created_at")
    list_filter = ("policy",)
    list_select_related = ("policy", "calendar", "made_by")
    ordering = ("-id",)
    inlines = (TargetInline,)


class ClockEventInline(ReadOnlyInline):
    model = ClockEvent
    fields = ("kind", "at", "noted_at", "elapsed_seconds", "cause", "target_seconds")
    show_change_link = False


def excuse_row(row: SlaClock, *, by: User, at: datetime, reason: str) -> None:
    clock_actions.excuse_breach(clock=row, reason=reason, by=by, at=at)


def refold_row(row: SlaClock, *, by: User, at: datetime, reason: str) -> None:
    clock_actions.refold_clock(clock=row, by=by, at=at)


@admin.register(SlaClock)
class SlaClockAdmin(ReadOnlyAdmin):
    actions = (
        case_action(excuse_row, "crm.excuse_breach", "Excuse the miss"),
        case_action(refold_row, "crm.manage_settings", "Count anew from the events"),
    )
    list_display = (
        "of_case",
        "metric",
        "instance",
        "state",
        "due_at",
        "breached_at",
        "missed_by",
        "is_excused",
    )
    list_filter = ("metric", "state", ("breached_at", admin.EmptyFieldListFilter), "policy_version")
    list_select_related = ("case",)
    search_fields = ("case__subject_key",)
    ordering = ("-id",)
    inlines = (ClockEventInline,)

    @admin.display(description="case")
    def of_case(self, clock: SlaClock) -> str:
        return clock.case.reference

    @admin.display(description="missed by")
    def missed_by(self, clock: SlaClock) -> str:
        return duration(clock.miss_seconds)

    @admin.display(boolean=True, description="excused")
    def is_excused(self, clock: SlaClock) -> bool:
        return clock.is_excused


@admin.register(ClockEvent)
class ClockEventAdmin(ReadOnlyAdmin):
    list_display = ("clock", "kind", "at", "noted_at", "elapsed_seconds", "cause")
    list_filter = ("kind", period_of("at"))
    list_select_related = ("clock",)
    search_fields = ("cause",)
    ordering = ("-id",)
