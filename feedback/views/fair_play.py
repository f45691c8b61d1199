"""Hints of the fair-play scan, equity, and praise of customers: what supervisors look at."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from feedback.actions import fair_play as actions
from feedback.actions import praise
from feedback.equity import equity_of
from feedback.models import FairPlayFlag, Kudos, PraiseDraft
from feedback.models.boards import FlagState
from feedback.views.recognition_common import person
from lib import charts
from lib.answers import page_refusals


def flag_list(request: HttpRequest) -> HttpResponse:
    """What stands out, with the sentence and the people; decided ones below."""
    rows = FairPlayFlag.objects.visible_to(person(request)).prefetch_related("subjects")
    context = {
        "open_flags": rows.filter(state=FlagState.OPEN)[:100],
        "decided": rows.exclude(state=FlagState.OPEN).select_related("decided_by")[:50],
    }
    return render(request, "feedback/flag_list.html", context)


def flag_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One hint with the thanks behind it."""
    user = person(request)
    flag = visible_flag(request, pk)
    behind = Kudos.objects.visible_to(user).filter(pk__in=flag.kudos).for_wall()
    context = {"flag": flag, "kudos": behind, "is_open": flag.state == FlagState.OPEN}
    return render(request, "feedback/flag_detail.html", context)


@require_POST
@page_refusals
def flag_clear(request: HttpRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    actions.clear_flag(
        flag=visible_flag(request, pk), reason=reason, by=person(request), at=timezone.now()
    )
    return redirect("feedback:flag_list")


@require_POST
@page_refusals
def flag_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that it is what it looks like; administrators may take the points back with it."""
    user = person(request)
    actions.confirm_flag(
        flag=visible_flag(request, pk),
        reason=request.POST.get("reason", ""),
        by=user,
        at=timezone.now(),
        takes_points_back=request.POST.get("reverse") == "1" and "admin" in user.roles,
    )
    return redirect("feedback:flag_list")


def equity(request: HttpRequest) -> HttpResponse:
    """Whether everybody is seen; groups, never names."""
    found = equity_of(timezone.now())
    context = {"equity": found, "chart": _lorenz(found.lorenz) if found.lorenz else None}
    return render(request, "feedback/equity.html", context)


def praise_list(request: HttpRequest) -> HttpResponse:
    """What customers wrote about people of one's teams, to release or to leave."""
    rows = PraiseDraft.objects.visible_to(person(request)).prefetch_related("agents")
    context = {
        "waiting": rows.waiting().select_related("team"),
        "decided": rows.exclude(state="draft").select_related("decided_by", "kudos")[:50],
    }
    return render(request, "feedback/praise_list.html", context)


@require_POST
@page_refusals
def praise_release(request: HttpRequest, pk: int) -> HttpResponse:
    draft = visible_praise(request, pk)
    text = request.POST.get("text", "")
    praise.release_praise(draft=draft, text=text, by=person(request), at=timezone.now())
    return redirect("feedback:praise_list")


@require_POST
@page_refusals
def praise_discard(request: HttpRequest, pk: int) -> HttpResponse:
    draft = visible_praise(request, pk)
    reason = request.POST.get("reason", "")
    praise.discard_praise(draft=draft, reason=reason, by=person(request), at=timezone.now())
    return redirect("feedback:praise_list")


# --- Below the views ----------------------------------------------------------------------------


def visible_flag(request: HttpRequest, pk: int) -> FairPlayFlag:
    rows = FairPlayFlag.objects.visible_to(person(request)).prefetch_related("subjects")
    return get_object_or_404(rows, pk=pk)


def visible_praise(request: HttpRequest, pk: int) -> PraiseDraft:
    return get_object_or_404(PraiseDraft.objects.visible_to(person(request)), pk=pk)


def _lorenz(shares: list[float]) -> charts.Chart:
    even = charts.Series("All alike", [10.0 * tenth for tenth in range(1, 11)])
    received = charts.Series("Received", list(shares))
    return charts.line(
        [f"{10 * tenth} %" for tenth in range(1, 11)],
        [even, received],
        title="Share of thanks that the least thanked people received",
        label_header="People",
        show=charts.percent,
        height=220,
    )
