"""Ordered reports, schedules, unusual days and risk in the admin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.admin_actions import confirmed
from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from accounts.models import User
from lib.refusals import Refused
from reports import models
from reports.actions import anomalies, risk, runs, schedules
from reports.risk import rule_faults


def retry_row(row: models.ReportRun, *, by: User, at: datetime, reason: str) -> None:
    runs.retry_failed(run=row, by=by, at=at)


def pause_row(row: models.ReportSchedule, *, by: User, at: datetime, reason: str) -> None:
    schedules.pause_schedule(schedule=row, by=by, at=at)


def resume_row(row: models.ReportSchedule, *, by: User, at: datetime, reason: str) -> None:
    schedules.resume_schedule(schedule=row, by=by, at=at)


def acknowledge_row(row: models.AnomalyFlag, *, by: User, at: datetime, reason: str) -> None:
    anomalies.acknowledge_flag(flag=row, by=by, at=at)


def activate_row(row: models.RiskRuleSet, *, by: User, at: datetime, reason: str) -> None:
    risk.activate_rules(rule_set=row, by=by, at=at)


def preview_row(row: models.RiskRuleSet, *, by: User, at: datetime, reason: str) -> None:
    risk.preview_rules(rule_set=row, at=at)


class ItemInline(ReadOnlyInline):
    model = models.ReportItem
    fields = ("name", "state", "attempts", "sentence")
    show_change_link = False


@admin.register(models.ReportRun)
class ReportRunAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "requested_by", "state", "total", "done", "failed")
    list_filter = ("kind", "state")
    search_fields = ("title",)
    inlines = (ItemInline,)
    actions = (
        confirmed(
            retry_row,
            verb="reports.manage_definitions",
            description="Print failed documents again",
            refusals=(Refused,),
        ),
    )


@admin.register(models.ReportSchedule)
class ReportScheduleAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "rhythm", "at", "delivery", "owner", "state")
    list_filter = ("kind", "delivery", "state")
    search_fields = ("name",)
    actions = (
        confirmed(pause_row, verb="reports.schedule_report", description="Pause schedules"),
        confirmed(resume_row, verb="reports.schedule_report", description="Let schedules go on"),
    )


@admin.register(models.AnomalyFlag)
class AnomalyFlagAdmin(ReadOnlyAdmin):
    list_display = ("on_date", "queue", "definition", "value", "expected", "z", "state")
    list_filter = ("state", "queue")
    search_fields = ("definition", "note")
    actions = (
        confirmed(
            acknowledge_row,
            verb="reports.handle_anomaly",
            description="Mark as seen",
            refusals=(Refused,),
        ),
    )


@admin.register(models.RiskRuleSet)
class RiskRuleSetAdmin(AttuneModelAdmin):
    list_display = ("number", "state", "previewed_at")
    fields = ("number", "rules", "state", "previewed_at")
    readonly_fields = ("state", "previewed_at")
    actions = (
        confirmed(
            preview_row,
            verb="reports.manage_definitions",
            description="Compute who would change band",
        ),
        confirmed(
            activate_row,
            verb="reports.manage_definitions",
            description="Put into use",
            refusals=(Refused,),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rules in use, and those that were, stay as they are."""
        is_open = obj is None or obj.state == "draft"
        return is_open and super().has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.clean_rules = clean_rules
        return form


def clean_rules(form: Any) -> Any:
    """Refuse weights outside 0 to 50 and rules that do not exist."""
    given = form.cleaned_data["rules"]
    try:
        pairs = {name: (int(pair[0]), int(pair[1])) for name, pair in given.items()}
    except (AttributeError, TypeError, ValueError, IndexError):
        raise ValidationError('Write points and cap of each rule: {"R1": [30, 30]}.') from None
    if faults := rule_faults(pairs):
        raise ValidationError(faults)
    return given


@admin.register(models.RiskScore)
class RiskScoreAdmin(ReadOnlyAdmin):
    list_display = ("customer", "score", "band", "rule_set", "as_of_at")
    list_filter = ("band",)
    list_select_related = ("customer",)
