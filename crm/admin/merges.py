"""Pairs that look alike, and merges with their journal."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from crm.actions import merges
from crm.models import DuplicateCandidate, MergeMove, MergeRecord
from lib.refusals import Refused


def dismiss_row(row: DuplicateCandidate, *, by: User, at: datetime, reason: str) -> None:
    merges.dismiss_pair(one=row.lower, other=row.higher, by=by, at=at)


@admin.register(DuplicateCandidate)
class DuplicateCandidateAdmin(ReadOnlyAdmin):
    list_display = ("lower", "higher", "score", "why", "state", "decided_by", "preview")
    list_filter = ("state", period_of("created_at"))
    list_select_related = ("lower", "higher", "decided_by")
    search_fields = ("=lower__external_id", "=higher__external_id")
    search_help_text = "External id of one of the two"
    ordering = ("-score", "-id")
    actions = (
        confirmed(
            dismiss_row,
            verb="crm.dismiss_pair",
            description="These are two people",
            refusals=(Refused,),
        ),
    )

    @admin.display(description="reasons")
    def why(self, pair: DuplicateCandidate) -> str:
        return ", ".join(f"{words} ({points:+})" for _, points, words in pair.reasons)

    @admin.display(description="preview")
    def preview(self, pair: DuplicateCandidate) -> SafeString | str:
        if pair.state != "open":
            return ""
        url = reverse("crm:merge_preview", args=[pair.lower_id, pair.higher_id])
        return format_html('<a href="{}">Preview</a>', url)


class MergeMoveInline(ReadOnlyInline):
    model = MergeMove
    fields = ("model", "row_id", "field", "old", "new")
    show_change_link = False


def undo_row(row: MergeRecord, *, by: User, at: datetime, reason: str) -> None:
    merges.undo_merge(record=row, by=by, at=at)


@admin.register(MergeRecord)
class MergeRecordAdmin(ReadOnlyAdmin):
    list_display = ("winner", "loser", "by", "at", "state", "undone_at")
    list_filter = ("state", period_of("at"))
    list_select_related = ("winner", "loser", "by")
    search_fields = ("=winner__external_id", "=loser__external_id")
    search_help_text = "External id of one of the two"
    ordering = ("-id",)
    inlines = (MergeMoveInline,)
    actions = (confirmed(undo_row, verb="crm.undo_merge", description="Undo", refusals=(Refused,)),)
