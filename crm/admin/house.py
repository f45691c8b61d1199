"""What a center sets up for itself: custom fields, tags, saved views, segments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts import audit
from accounts.admin_actions import confirmed
from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin
from accounts.models import User
from crm.actions import saved
from crm.models import (
    Case,
    Customer,
    CustomFieldDefinition,
    Interaction,
    Organization,
    SavedView,
    Segment,
    Tag,
)
from crm.models.custom_fields import FieldType
from lib.refusals import Refused

MOST_FIELDS, MOST_FILTERS = 100, 15


class CustomFieldForm(forms.ModelForm):
    """The type and the key of a field stay: values are kept in their form."""

    class Meta:
        model = CustomFieldDefinition
        fields = (
            *("target", "key", "label", "position", "type", "places", "options", "minimum"),
            *("maximum", "is_required", "is_personal", "is_filterable"),
        )

    def clean_options(self) -> list[list[str]]:
        given = self.cleaned_data["options"] or []
        is_list = isinstance(given, list) and all(
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(part, str) for part in pair)
            for pair in given
        )
        if not is_list:
            raise ValidationError('Write pairs of code and label: [["gold", "Gold"]]')
        codes = [code for code, _ in given]
        if len(codes) != len(set(codes)):
            raise ValidationError("A code stands there twice.")
        return given

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = cleaned.get("type") or self.instance.type
        if kind in (FieldType.CHOICE, FieldType.CHOICES) and not cleaned.get("options"):
            self.add_error("options", "A list needs choices.")
        same = CustomFieldDefinition.objects.filter(target=cleaned.get("target")).exclude(
            pk=self.instance.pk
        )
        if not self.instance.pk and same.count() >= MOST_FIELDS:
            raise ValidationError(f"At most {MOST_FIELDS} fields are kept for one kind of record.")
        if cleaned.get("is_filterable") and same.filter(is_filterable=True).count() >= MOST_FILTERS:
            self.add_error("is_filterable", f"At most {MOST_FILTERS} fields are filters.")
        return cleaned


def retire_field(row: CustomFieldDefinition, *, by: User, at: datetime, reason: str) -> None:
    row.retired_at = at
    row.version += 1
    row.save(update_fields=["retired_at", "version", "updated_at"])
    audit.record(verb="retire_custom_field", record=row, by=by, at=at, reason=reason)


@admin.register(CustomFieldDefinition)
class CustomFieldAdmin(AttuneModelAdmin):
    form = CustomFieldForm
    list_display = ("key", "label", "target", "type", "is_required", "is_filterable", "retired_at")
    list_filter = ("target", "type", ("retired_at", admin.EmptyFieldListFilter))
    search_fields = ("key", "label")
    ordering = ("target", "position", "id")
    fields = (
        ("target", "key"),
        ("label", "position"),
        ("type", "places"),
        "options",
        ("minimum", "maximum"),
        ("is_required", "is_personal", "is_filterable"),
    )
    actions = (
        confirmed(
            retire_field, verb="crm.manage_settings", description="Retire", refusals=(Refused,)
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("target", "key", "type") if obj else ()


class TagForm(forms.ModelForm):
    """`merge_into` lets another tag take over everything that has this one."""

    class Meta:
        model = Tag
        fields = ("name", "color")


TAGGED: tuple[Any, ...] = (Customer, Organization, Interaction, Case)


def uses_on(model: Any) -> Coalesce:
    """How many records of a kind have the tag: a query of its own, so that none multiplies."""
    rows = model.tags.through.objects.filter(tag=OuterRef("pk")).order_by().values("tag")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


@admin.register(Tag)
class TagAdmin(AttuneModelAdmin):
    form = TagForm
    list_display = (
        "name",
        "color",
        "on_customers",
        "on_organizations",
        "on_interactions",
        "on_cases",
        "also_called",
    )
    list_filter = ("color",)
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        uses = {f"{model._meta.model_name}_uses": uses_on(model) for model in TAGGED}
        return super().get_queryset(request).annotate(**uses)

    @admin.display(description="customers", ordering="customer_uses")
    def on_customers(self, tag: Tag) -> int:
        return tag.customer_uses  # type: ignore[attr-defined]

    @admin.display(description="organizations", ordering="organization_uses")
    def on_organizations(self, tag: Tag) -> int:
        return tag.organization_uses  # type: ignore[attr-defined]

    @admin.display(description="interactions", ordering="interaction_uses")
    def on_interactions(self, tag: Tag) -> int:
        return tag.interaction_uses  # type: ignore[attr-defined]

    @admin.display(description="cases", ordering="case_uses")
    def on_cases(self, tag: Tag) -> int:
        return tag.case_uses  # type: ignore[attr-defined]

    @admin.display(description="also called")
    def also_called(self, tag: Tag) -> str:
        return ", ".join(tag.aliases)


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    list_display = ("name", "page", "audience", "owner", "is_default", "updated_at")
    list_filter = ("page", "scope")
    list_select_related = ("owner",)
    search_fields = ("name",)


def recount(row: Segment, *, by: User, at: datetime, reason: str) -> None:
    saved.count_segment(segment=row, at=at)


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "cached_count", "counted_at")
    list_select_related = ("owner",)
    search_fields = ("name",)
    actions = (confirmed(recount, verb="crm.view_customer", description="Count anew"),)
