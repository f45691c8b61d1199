"""Imports: their runs, the rows that were not a plain create, and saved mappings."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin
from crm.models import ImportMapping, ImportRow, ImportRun, PushSource


@admin.register(ImportMapping)
class ImportMappingAdmin(AttuneModelAdmin):
    list_display = ("name", "kind", "format", "updated_at")
    list_filter = ("kind", "format")
    search_fields = ("name",)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Runs are steered on their own page, which each row leads to."""

    list_display = (
        "page",
        "format",
        "state",
        "read",
        "created",
        "updated",
        "skipped",
        "failed",
        "started_at",
        "ordered_by",
    )
    list_filter = ("state", "format", "kind")
    list_select_related = ("ordered_by",)
    search_fields = ("file_name", "file_sha256")
    ordering = ("-id",)

    @admin.display(description="file", ordering="file_name")
    def page(self, run: ImportRun) -> SafeString:
        return format_html('<a href="{}">{}</a>', run.get_absolute_url(), run.file_name)


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnlyAdmin):
    list_display = ("run", "line", "outcome", "code", "column", "message")
    list_filter = ("outcome", "code")
    list_select_related = ("run",)
    search_fields = ("message",)
    ordering = ("-id",)


@admin.register(PushSource)
class PushSourceAdmin(ReadOnlyAdmin):
    """Sources are made under Settings, since their secret is shown once."""

    list_display = ("name", "owner", "created_by", "created_at", "ended_at")
    list_select_related = ("owner", "created_by")
