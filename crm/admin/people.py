"""Organizations, relations and consents."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.admin_base import AttuneModelAdmin, AttuneTabularInline, ReadOnlyAdmin
from accounts.admin_filters import period_of
from crm.models import (
    ConsentEvent,
    ConsentPurpose,
    CustomerRelation,
    Organization,
    OrganizationRole,
    RelationType,
)
from crm.names import name_key


class RoleInline(AttuneTabularInline):
    model = OrganizationRole
    fields = ("customer", "role", "title", "from_on", "to_on")
    autocomplete_fields = ("customer",)
    show_change_link = False


@admin.register(Organization)
class OrganizationAdmin(AttuneModelAdmin):
    list_display = ("name", "domains", "people", "parent", "source")
    list_filter = (("tags", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("parent",)
    search_fields = ("name",)
    search_help_text = "Name, reference, domain, external id"
    ordering = ("name", "id")
    autocomplete_fields = ("parent", "tags")
    fields = ("name", "domains", "parent", ("source", "external_id"), "tags")
    inlines = (RoleInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(people_count=Count("roles", distinct=True))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Organization], bool]:
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        obj.name_key = name_key(obj.name)[:220]
        super().save_model(request, obj, form, change)

    @admin.display(description="people", ordering="people_count")
    def people(self, row: Organization) -> int:
        return row.people_count  # type: ignore[attr-defined]


@admin.register(RelationType)
class RelationTypeAdmin(AttuneModelAdmin):
    list_display = ("name", "inverse_name", "is_symmetric")
    search_fields = ("name",)


@admin.register(CustomerRelation)
class CustomerRelationAdmin(ReadOnlyAdmin):
    list_display = ("left", "type", "right", "from_on", "to_on")
    list_filter = ("type",)
    list_select_related = ("left", "right", "type")
    ordering = ("-id",)


@admin.register(ConsentPurpose)
class ConsentPurposeAdmin(AttuneModelAdmin):
    list_display = ("label", "code", "default_allowed")
    search_fields = ("label", "code")


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "customer", "purpose", "channel", "decision", "lawful_basis", "by")
    list_filter = ("purpose", "decision", period_of("at"))
    list_select_related = ("customer", "purpose", "by")
    search_fields = ("=customer__external_id",)
    search_help_text = "External id of the customer"
    ordering = ("-at", "-id")
