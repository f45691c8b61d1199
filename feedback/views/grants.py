"""Grants from budgets, budgets themselves, and what open points are worth."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Team
from accounts.permissions import scope
from feedback.actions import budgets as actions
from feedback.models import Budget, GrantRequest
from feedback.models.points import GrantState
from feedback.recognition_forms import BudgetForm, GrantForm
from feedback.site_days import site_day
from feedback.statements import budget_rows, budget_uses, liability_of
from feedback.views.recognition_common import person, table_file
from lib.answers import must, page_refusals
from lib.refusals import Invalid, Refused


@page_refusals
def grant_list(request: HttpRequest) -> HttpResponse:
    """Give points of a budget, decide what waits, and see what is left."""
    user, at = person(request), timezone.now()
    budgets = actions.budgets_for(user, at)
    form = GrantForm(user, budgets, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.grant_points(**form.cleaned_data, by=user, at=at)
            return redirect("feedback:grant_list")
        except Refused as refusal:
            if refusal.status == 403:
                raise
            name = refusal.field if isinstance(refusal, Invalid) else None
            form.add_error(name if name in form.fields else None, str(refusal))
    rows = (
        GrantRequest.objects.visible_to(user)
        .select_related("giver", "budget__team", "decided_by")
        .prefetch_related("recipients")
        .distinct()
    )
    waiting = list(rows.filter(state=GrantState.PENDING)[:50])
    open_budgets = Budget.objects.visible_to(user).filter(closed_at=None)
    context = {
        "form": form if budgets else None,
        "waiting": [(row, _may_decide(request, row)) for row in waiting],
        "decided": rows.exclude(state=GrantState.PENDING)[:50],
        "budgets": [(use, use.forecast(at)) for use in budget_uses(open_budgets)],
        "is_admin": scope(user, "feedback.grant_points") == "all",
        "user": user,
    }
    return render(request, "feedback/grant_list.html", context, status=422 if form.errors else 200)


@require_POST
@page_refusals
def grant_approve(request: HttpRequest, pk: int) -> HttpResponse:
    note = request.POST.get("note", "")
    actions.approve_grant(
        grant=visible_grant(request, pk), by=person(request), at=timezone.now(), note=note
    )
    return redirect("feedback:grant_list")


@require_POST
@page_refusals
def grant_decline(request: HttpRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    actions.decline_grant(
        grant=visible_grant(request, pk), reason=reason, by=person(request), at=timezone.now()
    )
    return redirect("feedback:grant_list")


@require_POST
@page_refusals
def grant_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    actions.cancel_grant(grant=visible_grant(request, pk), by=person(request), at=timezone.now())
    return redirect("feedback:grant_list")


@page_refusals
def budget_fund(request: HttpRequest) -> HttpResponse:
    """A new budget for a team or the site."""
    user = person(request)
    must(scope(user, "feedback.grant_points") == "all")
    form = BudgetForm(request.POST or None, initial={"starts_on": site_day(timezone.now())})
    if request.method == "POST" and form.is_valid():
        try:
            actions.fund_budget(**form.cleaned_data, by=user, at=timezone.now())
            return redirect("feedback:grant_list")
        except Invalid as refusal:
            form.add_error(refusal.field, str(refusal))
    status = 422 if form.errors else 200
    return render(request, "feedback/budget_fund.html", {"form": form}, status=status)


def liability(request: HttpRequest) -> HttpResponse:
    """Open points as money by team, with the proof of the books."""
    user, at = person(request), timezone.now()
    context = {
        "liability": liability_of(seen_teams(request), at),
        "budgets": budget_uses(Budget.objects.visible_to(user)),
        "at": at,
    }
    return render(request, "feedback/liability.html", context)


def budget_export(request: HttpRequest) -> HttpResponseBase:
    uses = budget_uses(Budget.objects.visible_to(person(request)))
    return table_file(request, budget_rows(uses), "budgets")


# --- Below the views ----------------------------------------------------------------------------


def visible_grant(request: HttpRequest, pk: int) -> GrantRequest:
    return get_object_or_404(GrantRequest.objects.visible_to(person(request)).distinct(), pk=pk)


def _may_decide(request: HttpRequest, grant: GrantRequest) -> bool:
    recipients = list(grant.recipients.all())
    return actions.may_approve(person(request), grant, recipients, timezone.now())


def seen_teams(request: HttpRequest) -> QuerySet[Team]:
    """Every team for administrators; for others those they supervise."""
    user = person(request)
    if scope(user, "feedback.grant_points") == "all":
        return Team.objects.all()
    led = user.memberships.in_force(timezone.now()).filter(kind="supervisor")
    return Team.objects.filter(pk__in=led.values("team_id"))
