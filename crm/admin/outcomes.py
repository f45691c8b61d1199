"""Dispositions, rules of repeats, exports, and acts on many rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.admin_actions import confirmed
from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from crm.models import (
    BulkRefusal,
    BulkRun,
    Disposition,
    ExportRun,
    InteractionDisposition,
    RepeatRule,
)
from crm.models.interactions import Channel


def retire_row(row: Disposition, *, by: User, at: datetime, reason: str) -> None:
    row.retired_at = at
    row.save(update_fields=["retired_at", "updated_at"])
    audit.record(verb="retire_disposition", record=row, by=by, at=at, reason=reason)


@admin.register(Disposition)
class DispositionAdmin(AttuneModelAdmin):
    list_display = ("code", "label", "parent", "flags", "in_force", "retired_at")
    list_filter = (("retired_at", admin.EmptyFieldListFilter),)
    list_select_related = ("parent",)
    search_fields = ("code", "label")
    ordering = ("position", "label")
    actions = (confirmed(retire_row, verb="crm.manage_settings", description="Retire"),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted = Count("uses", filter=Q(uses__superseded_at=None))
        return super().get_queryset(request).annotate(use_count=counted)

    @admin.display(description="flags")
    def flags(self, row: Disposition) -> str:
        fields = (f for f in row._meta.concrete_fields if f.get_internal_type() == "BooleanField")
        return ", ".join(str(field.verbose_name) for field in fields if getattr(row, field.name))

    @admin.display(description="uses", ordering="use_count")
    def in_force(self, row: Disposition) -> int:
        return row.use_count  # type: ignore[attr-defined]


class RepeatRuleForm(forms.ModelForm):
    channels = forms.MultipleChoiceField(
        choices=Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None means all.",
    )


@admin.register(RepeatRule)
class RepeatRuleAdmin(AttuneModelAdmin):
    """Lists and pages read the default rule as they are opened, so nothing is computed anew."""

    form = RepeatRuleForm
    list_display = ("name", "words", "key", "is_same_channel", "is_default")
    list_filter = ("key", "is_default")
    search_fields = ("name",)


@admin.register(InteractionDisposition)
class InteractionDispositionAdmin(ReadOnlyAdmin):
    list_display = ("interaction", "disposition", "note", "by", "at", "superseded_at")
    list_filter = ("disposition", period_of("at"))
    list_select_related = ("interaction", "disposition", "by")
    search_fields = ("=interaction__external_id",)
    ordering = ("-id",)


class BulkRefusalInline(ReadOnlyInline):
    model = BulkRefusal
    fields = ("reference", "message")
    show_change_link = False


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    list_display = (
        *("act", "argument", "kind", "state", "total", "done", "refused", "ordered_by"),
        "ordered_at",
    )
    list_filter = ("kind", "act", "state", period_of("ordered_at"))
    list_select_related = ("ordered_by",)
    ordering = ("-id",)
    inlines = (BulkRefusalInline,)


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyAdmin):
    list_display = ("kind", "format", "state", "rows", "ordered_by", "ordered_at", "expires_at")
    list_filter = ("kind", "state", period_of("ordered_at"))
    list_select_related = ("ordered_by",)
    ordering = ("-id",)
