"""Forms that were taken in, to look them up."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from quality.models import FormImport


@admin.register(FormImport)
class FormImportAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "format", "version", "ordered_by", "created_at")
    list_filter = ("format",)
    list_select_related = ("version__scorecard", "ordered_by")
    search_fields = ("file_name__startswith",)
    fields = ("file_name", "format", "version", "ordered_by", "created_at")
