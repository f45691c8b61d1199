"""What timelines and counters say; written by verbs and handlers, never by hand."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin
from accounts.admin_filters import period_of
from accounts.models import User
from crm import counters
from crm.models import CounterCell, TimelineEntry


@admin.register(TimelineEntry)
class TimelineEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "customer", "kind", "title", "actor")
    list_filter = ("kind", period_of("at"))
    list_select_related = ("customer", "actor")
    search_fields = ("=target_id",)
    search_help_text = "Number of the row it tells of"
    ordering = ("-id",)


def recount_row(row: CounterCell, *, by: User, at: datetime, reason: str) -> None:
    counters.recount_cell(row)


@admin.register(CounterCell)
class CounterCellAdmin(ReadOnlyAdmin):
    list_display = ("name", "scope", "value")
    list_filter = ("name",)
    search_fields = ("=scope",)
    search_help_text = "Scope, such as user:7"
    ordering = ("scope", "name")
    actions = (
        confirmed(recount_row, verb="crm.manage_settings", description="Count anew", refusals=()),
    )
