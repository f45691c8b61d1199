"""Packages and what learners' content reported, commit by commit."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from training.models import (
    ScormCommit,
    ScormImport,
    ScormItem,
    ScormLaunch,
    ScormPackage,
    ScormState,
)


class ItemInline(ReadOnlyInline):
    model = ScormItem
    fields = ("position", "title", "href", "scorm_type", "mastery_score", "scaled_passing_score")


@admin.register(ScormPackage)
class ScormPackageAdmin(ReadOnlyAdmin):
    list_display = ("title", "edition", "file_count", "bytes", "imported_by", "created_at")
    list_filter = ("edition", "trusts_status")
    list_select_related = ("imported_by",)
    search_fields = ("title", "sha256")
    inlines = (ItemInline,)


@admin.register(ScormImport)
class ScormImportAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "state", "package", "ordered_by", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("package", "ordered_by")
    search_fields = ("file_name", "sha256")


@admin.register(ScormState)
class ScormStateAdmin(ReadOnlyAdmin):
    list_display = ("enrollment", "item", "status", "success", "percent", "seconds", "done_at")
    list_filter = ("status", "success", period_of("done_at"))
    list_select_related = ("enrollment__person", "enrollment__course", "item")
    search_fields = ("enrollment__person__full_name", "item__title")


class CommitInline(ReadOnlyInline):
    model = ScormCommit
    fields = ("sequence", "received_at", "session_hundredths", "credited_hundredths", "refusals")


@admin.register(ScormLaunch)
class ScormLaunchAdmin(ReadOnlyAdmin):
    list_display = ("person", "item", "mode", "entry", "started_at", "ended_at")
    list_filter = ("mode", period_of("started_at"))
    list_select_related = ("person", "item")
    search_fields = ("person__full_name", "item__title")
    exclude = ("token_hash",)
    inlines = (CommitInline,)
