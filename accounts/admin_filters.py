"""Filters that every app's admin lists use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

DAYS = {"today": 0, "7": 7, "30": 30, "90": 90}


class PeriodFilter(admin.SimpleListFilter):
    """Today, or the last 7, 30 or 90 days of `field`; use `period_of("started_at")`."""

    title = "period"
    parameter_name = "period"
    field = "at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("today", "Today")] + [(days, f"Last {days} days") for days in ("7", "30", "90")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any] | None:
        if self.value() not in DAYS:
            return None
        return queryset.filter(**{f"{self.field}__gte": self.since(DAYS[str(self.value())])})

    def since(self, days: int) -> datetime:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days)


def period_of(name: str) -> type[PeriodFilter]:
    return type("PeriodFilter", (PeriodFilter,), {"field": name})
