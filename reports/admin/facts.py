"""Facts to read: they are made from raw rows and never changed by hand."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin
from accounts.models import User
from reports import models
from reports.rollups import mark


def make_anew(row: models.FactDay, *, by: User, at: datetime, reason: str) -> None:
    mark([row.on_date], at=at, families=[row.family])


@admin.register(models.FactDay)
class FactDayAdmin(ReadOnlyAdmin):
    list_display = ("on_date", "family", "is_up_to_date", "marked_at", "built_at")
    list_filter = ("family",)
    actions = (
        confirmed(
            make_anew,
            verb="reports.manage_definitions",
            description="Make the facts of these days anew",
        ),
    )

    @admin.display(boolean=True, description="up to date")
    def is_up_to_date(self, row: models.FactDay) -> bool:
        return not row.is_dirty


class FactAdmin(ReadOnlyAdmin):
    list_filter = ("channel",)
    ordering = ("-on_date", "-pk")


@admin.register(models.IntervalQueueFact)
class IntervalQueueFactAdmin(FactAdmin):
    list_display = ("starts_at", "queue_key", "channel", "answered", "abandoned", "flowed_out")
    ordering = ("-quarter", "-pk")


@admin.register(models.DayQueueFact)
class DayQueueFactAdmin(FactAdmin):
    list_display = ("on_date", "queue_key", "channel", "answered", "abandoned", "flowed_out")


@admin.register(models.DayWaitCount)
class DayWaitCountAdmin(FactAdmin):
    list_display = ("on_date", "queue_key", "channel", "group", "wait_seconds", "visits")


@admin.register(models.DayLegFact)
class DayLegFactAdmin(FactAdmin):
    list_display = ("on_date", "agent_key", "team_key", "queue_key", "channel", "legs", "talk")


@admin.register(models.DayHandledFact)
class DayHandledFactAdmin(FactAdmin):
    list_display = ("on_date", "agent_key", "team_key", "queue_key", "channel", "handled")


@admin.register(models.DayDispositionFact)
class DayDispositionFactAdmin(FactAdmin):
    list_display = ("on_date", "disposition_key", "queue_key", "channel", "agent_key", "handled")


@admin.register(models.DayRepeatFact)
class DayRepeatFactAdmin(FactAdmin):
    list_display = ("on_date", "rule", "agent_key", "queue_key", "contacts", "eligible", "repeated")


@admin.register(models.DayGapCount)
class DayGapCountAdmin(FactAdmin):
    list_display = ("on_date", "queue_key", "channel", "gap", "contacts")


@admin.register(models.DayAgentTime)
class DayAgentTimeAdmin(FactAdmin):
    list_display = ("on_date", "agent_key", "team_key", "handling", "available", "logged_in")
    list_filter = ()  # type: ignore[assignment]
