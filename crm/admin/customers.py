"""Customers and their contact points."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.admin_actions import confirmed
from accounts.admin_base import AttuneModelAdmin, AttuneTabularInline, ReadOnlyInline
from accounts.models import User
from crm import access
from crm.actions import customers as actions
from crm.actions import tags
from crm.forms.customers import ContactPointForm
from crm.models import ConsentEvent, ContactPoint, Customer, OrganizationRole
from crm.models.customers import primary_points
from crm.names import name_key
from lib.refusals import Refused


class ContactPointInline(AttuneTabularInline):
    model = ContactPoint
    form = ContactPointForm
    fields = ("kind", "network", "raw", "value", "extension", "label", "is_primary", "validity")
    readonly_fields = ("value", "extension", "validity")
    show_change_link = False


class RoleInline(AttuneTabularInline):
    model = OrganizationRole
    fields = ("organization", "role", "title", "from_on", "to_on")
    autocomplete_fields = ("organization",)
    show_change_link = False


class ConsentInline(ReadOnlyInline):
    model = ConsentEvent
    fields = ("at", "purpose", "channel", "decision", "lawful_basis", "source")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("purpose")


def delete_row(row: Customer, *, by: User, at: datetime, reason: str) -> None:
    actions.delete_customer(customer=row, reason=reason, by=by, at=at)


def restore_row(row: Customer, *, by: User, at: datetime, reason: str) -> None:
    actions.restore_customer(customer=row, by=by, at=at)


def vip_row(row: Customer, *, by: User, at: datetime, reason: str) -> None:
    on = timezone.localdate(at)
    actions.set_vip(customer=row, is_vip=True, reason=reason, on=on, by=by, at=at)


def no_vip_row(row: Customer, *, by: User, at: datetime, reason: str) -> None:
    on = timezone.localdate(at)
    actions.set_vip(customer=row, is_vip=False, on=on, by=by, at=at)


def tag_row(row: Customer, *, by: User, at: datetime, reason: str) -> None:
    tags.tag_record(record=row, name=reason, by=by, at=at)


@admin.action(description="Merge two")
def merge_two(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Customer]
) -> HttpResponse | None:
    """Leads to the preview, where one chooses what stays; the one with more contacts wins."""
    chosen = list(rows.order_by("-interaction_count", "pk")[:3])
    if len(chosen) != 2:
        messages.error(request, "Tick exactly two customers.")
        return None
    winner, loser = chosen
    return redirect("crm:merge_preview", pk=winner.pk, other=loser.pk)


merge_two.verb = "crm.merge_customers"  # type: ignore[attr-defined]


@admin.register(Customer)
class CustomerAdmin(AttuneModelAdmin):
    list_display = (
        "name",
        "is_vip",
        "main_contact",
        "interaction_count",
        "last_interaction_at",
        "state",
        "source",
    )
    list_filter = ("is_vip", "state", "source", ("tags", admin.RelatedOnlyFieldListFilter))
    search_fields = ("display_name",)
    search_help_text = "Name, reference, external id, e-mail address, end of a telephone number"
    ordering = ("-last_interaction_at", "-id")
    inlines = (ContactPointInline, RoleInline, ConsentInline)
    actions = (
        merge_two,
        confirmed(
            delete_row,
            verb="crm.change_customer",
            description="Delete (can be restored)",
            refusals=(Refused,),
        ),
        confirmed(
            restore_row, verb="crm.change_customer", description="Restore", refusals=(Refused,)
        ),
        confirmed(
            vip_row, verb="crm.change_customer", description="Mark as VIP", refusals=(Refused,)
        ),
        confirmed(
            no_vip_row, verb="crm.change_customer", description="Take VIP off", refusals=(Refused,)
        ),
        confirmed(
            tag_row,
            verb="crm.change_customer",
            description="Tag with the word in the reason",
            refusals=(Refused,),
        ),
    )
    autocomplete_fields = ("tags",)
    fields = (
        ("first_name", "last_name"),
        "display_name",
        ("preferred_language", "preferred_channel", "time_zone"),
        ("is_vip", "vip_reason", "vip_until_on"),
        "tags",
        ("source", "external_id"),
        ("state", "interaction_count", "first_interaction_at", "last_interaction_at"),
    )
    readonly_fields = ("state", "interaction_count", "first_interaction_at", "last_interaction_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).prefetch_related(primary_points())

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        if not search_term.strip():
            return queryset, False
        assert isinstance(request.user, User)
        in_full = access.may_see_contact_points(request.user)
        return queryset.matching(search_term, with_contact_points=in_full), False

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        obj.display_name = obj.display_name or f"{obj.first_name} {obj.last_name}".strip()
        obj.name_key = name_key(obj.display_name)[:220]
        super().save_model(request, obj, form, change)

    @admin.display(description="name", ordering="name_key")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @admin.display(description="main contact")
    def main_contact(self, customer: Customer) -> str:
        point = customer.main_contact
        return point.masked if point else ""


@admin.register(ContactPoint)
class ContactPointAdmin(AttuneModelAdmin):
    """One way to reach somebody; found by its exact value."""

    form = ContactPointForm
    list_display = ("masked", "kind", "customer", "validity", "is_primary")
    list_filter = ("kind", "validity")
    list_select_related = ("customer",)
    search_fields = ("value",)
    search_help_text = "An e-mail address, or the end of a telephone number"
    ordering = ("-id",)
    autocomplete_fields = ("customer",)
    fields = ("customer", "kind", "network", "raw", "value", "extension", "label", "is_primary")
    readonly_fields = ("value", "extension")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[ContactPoint], bool]:
        found = queryset.answering(search_term) if search_term.strip() else queryset
        return found, False
