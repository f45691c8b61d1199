"""Alerts and recoveries: unhappy answers that somebody finishes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm.models import Case
from feedback import survey_access
from feedback.actions import alerts as actions
from feedback.ledger import months_before
from feedback.models import Alert, Recovery, RootCause
from feedback.models.survey_alerts import AlertQuerySet, AlertState
from feedback.recovery_figures import recovery_figures
from feedback.redaction import mask_text
from feedback.site_days import first_of_month, month_span
from feedback.views.common import person
from lib import keyset
from lib.answers import page_refusals

TONES = {"open": "bad", "acknowledged": "warn", "closed": ""}
OUTCOME_TONES = {"recovered": "good", "improved": "good", "worse": "bad"}
MOST_SHOWN = 200
MONTHS_OFFERED = 13


def alert_list(request: HttpRequest) -> HttpResponse:
    """What waits, the least time left first; what is closed, newest first."""
    user = person(request)
    rows: AlertQuerySet = Alert.objects.visible_to(user).select_related(
        "survey", "customer", "team", "assignee", "response", "recovery"
    )
    is_closed = request.GET.get("tab") == "closed"
    context: dict[str, Any] = {"is_closed": is_closed, "at": timezone.now()}
    if is_closed:
        page = keyset.page_of(request, rows.filter(state=AlertState.CLOSED), order="-pk", limit=50)
        context["previous_url"], context["next_url"] = keyset.page_links(request, page)
        shown = page.rows
    else:
        shown = list(rows.waiting().order_by("recovery__due_at", "pk")[:MOST_SHOWN])
    context["rows"] = [(alert, TONES[alert.state], _time_left(alert)) for alert in shown]
    return render(request, "feedback/alert_list.html", context)


def _time_left(alert: Alert) -> datetime | None:
    """When the customer must be reached; nothing once that was done."""
    recovery: Recovery | None = getattr(alert, "recovery", None)
    if recovery is None or recovery.contacted_at is not None or recovery.resolved_at is not None:
        return None
    return recovery.due_at


def _case_of(request: HttpRequest, recovery: Recovery | None) -> Case | None:
    """The case that the alert opened, if the person may see it."""
    if recovery is None or recovery.case_id is None:
        return None
    return Case.objects.visible_to(person(request)).filter(pk=recovery.case_id).first()


def alert_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert with its answer, and what is done about it."""
    alert = visible_alert(request, pk)
    response = alert.response
    recovery: Recovery | None = getattr(alert, "recovery", None)
    context = {
        "alert": alert,
        "tone": TONES[alert.state],
        "response": response,
        "comment": mask_text(response.comment),
        "recovery": recovery,
        "case": _case_of(request, recovery),
        "outcome_tone": OUTCOME_TONES.get(recovery.outcome or "", "") if recovery else "",
        "causes": RootCause.objects.filter(is_active=True),
        "may_work": survey_access.may_work_alert(person(request), alert),
    }
    return render(request, "feedback/alert_detail.html", context)


@require_POST
@page_refusals
def alert_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge, note the contact, write cause and action, resolve, close."""
    alert = visible_alert(request, pk)
    by, at = person(request), timezone.now()
    act = request.POST.get("act", "")
    recovery: Recovery | None = getattr(alert, "recovery", None)
    if act == "acknowledge":
        actions.acknowledge_alert(alert=alert, by=by, at=at)
    elif act == "close":
        actions.close_alert(alert=alert, by=by, at=at, reason=request.POST.get("reason", ""))
    elif recovery is not None and act == "contacted":
        actions.note_contact(recovery=recovery, by=by, at=at)
    elif recovery is not None and act in ("write", "resolve"):
        cause = RootCause.objects.filter(pk=request.POST.get("root_cause") or 0).first()
        actions.write_action(
            recovery=recovery,
            root_cause=cause,
            action_taken=request.POST.get("action_taken", "")[:4000],
            by=by,
            at=at,
        )
        if act == "resolve":
            actions.resolve_recovery(recovery=recovery, by=by, at=at)
    return redirect("feedback:alert_detail", pk=pk)


def visible_alert(request: HttpRequest, pk: int) -> Alert:
    rows = Alert.objects.visible_to(person(request)).select_related(
        "survey", "customer", "team", "assignee", "rule", "response__survey", "recovery__root_cause"
    )
    return get_object_or_404(rows, pk=pk)


# --- Recoveries ----------------------------------------------------------------------------------


def recovery_list(request: HttpRequest) -> HttpResponse:
    """How recoveries go: in time, resolved, recovered with its interval, causes; of a month or all.

    A month that is not understood narrows nothing.
    """
    user, now = person(request), timezone.now()
    found = Recovery.objects.visible_to(user)
    months = [months_before(first_of_month(now), back) for back in range(MONTHS_OFFERED)]
    month = next((one for one in months if f"{one:%Y-%m}" == request.GET.get("month")), None)
    if month is not None:
        start, end = month_span(month)
        found = found.filter(opened_at__gte=start, opened_at__lt=end)
    rows = list(
        found.select_related("alert__survey", "alert__customer", "root_cause").order_by(
            "-opened_at"
        )[:500]
    )
    context = {
        "rows": [(row, OUTCOME_TONES.get(row.outcome or "", "")) for row in rows[:100]],
        "months": months,
        "month": month,
    }
    context |= recovery_figures(rows, now)
    return render(request, "feedback/recovery_list.html", context)
