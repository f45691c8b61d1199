"""Promises to customers: what is due, what was kept, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncWeek
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.models import BusinessCalendar, User
from crm import saved_pages
from crm.actions import promises as actions
from crm.forms.work import PromiseForm
from crm.models import Promise
from crm.models.work import PromiseState
from crm.views.common import list_summary, page, person
from lib import charts, keyset
from lib.answers import page_refusals
from lib.charts.lines import Series
from lib.refusals import Invalid

LIST = "crm/promise_list.html"
VIEWS = {
    "open": pgettext_lazy("promises", "Open"),
    "mine": gettext_lazy("Made by me"),
    "broken": pgettext_lazy("promises", "Broken"),
    "settled": pgettext_lazy("promises", "Settled"),
}
WEEKS = 12


def promise_list(request: HttpRequest) -> HttpResponse:
    """Promises by what is due first, and the rate of kept ones by week."""
    user, at = person(request), timezone.now()
    if default := saved_pages.opening(request, "promises"):
        return default
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    visible = Promise.objects.visible_to(user)
    order = "due_at" if view in ("open", "mine") else "-due_at"
    found = keyset.page_of(request, _rows(view, visible, user).for_list(), order=order)
    previous_url, next_url = keyset.page_links(request, found)
    context = {
        "promises": found.rows,
        "tabs": [(title, f"?view={name}", name == view, None) for name, title in VIEWS.items()],
        "view": view,
        "views": saved_pages.picker(request, "promises"),
        "at": at,
        "chart": kept_by_week(visible, at),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "promise", is_whole=not (previous_url or next_url)),
    }
    return page(request, LIST, context)


def promise_new(request: HttpRequest) -> HttpResponse:
    """Write down what was promised, from a customer's, a case's or an interaction's page."""
    user, at = person(request), timezone.now()
    first = BusinessCalendar.objects.filter(is_active=True).first()
    initial: dict[str, Any] = {
        "calendar": first.pk if first else None,
        "grace_seconds": 0,
        **{name: request.GET.get(name, "") for name in ("customer", "case", "interaction")},
    }
    form = PromiseForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        for name in ("due_on", "due_time", "calendar"):
            told.pop(name)
        try:
            promise = actions.make_promise(by=user, at=at, **told)
            return redirect(promise.case if promise.case else promise)
        except Invalid as refusal:
            field = {"due_at": "due_on"}.get(refusal.field, refusal.field)
            form.add_error(field, str(refusal))
    context = {"form": form, **_trail()}
    status = 422 if form.is_bound else 200
    return page(request, "crm/promise_form.html", context, status=status)


def promise_detail(request: HttpRequest, pk: int) -> HttpResponse:
    promise = visible_promise(person(request), pk)
    may_settle = promise.is_open or (
        promise.state == PromiseState.BROKEN and promise.kept_late_at is None
    )
    context = {"promise": promise, "may_settle": may_settle, "at": timezone.now(), **_trail()}
    return page(request, "crm/promise_detail.html", context)


@page_refusals
def promise_keep(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    actions.keep_promise(
        promise=visible_promise(user, pk),
        proof=request.POST.get("proof", ""),
        by=user,
        at=timezone.now(),
    )
    return redirect("crm:promise_detail", pk=pk)


@page_refusals
def promise_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    actions.withdraw_promise(
        promise=visible_promise(user, pk),
        reason=request.POST.get("reason", ""),
        by=user,
        at=timezone.now(),
    )
    return redirect("crm:promise_detail", pk=pk)


# --- Below the views ------------------------------------------------------------------------------


def visible_promise(user: User, pk: int) -> Promise:
    rows = Promise.objects.visible_to(user).select_related(
        "customer", "case", "interaction", "made_by", "settled_by", "proof_interaction"
    )
    return get_object_or_404(rows, pk=pk)


def kept_by_week(promises: Any, at: datetime) -> charts.Chart | None:
    """Kept of kept and broken, by the week in which they were due; one query."""
    monday = timezone.localtime(at) - timedelta(days=timezone.localtime(at).weekday())
    start = monday.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS - 1)
    settled = promises.due_in(start, at).filter(state__in=[PromiseState.KEPT, PromiseState.BROKEN])
    rows = (
        settled.annotate(week=TruncWeek("due_at"))
        .order_by()
        .values("week")
        .annotate(kept=Count("pk", filter=Q(state=PromiseState.KEPT)), n=Count("pk"))
    )
    counts = {timezone.localtime(row["week"]).date(): (row["kept"], row["n"]) for row in rows}
    if not counts:
        return None
    weeks = [(start + timedelta(weeks=number)).date() for number in range(WEEKS)]
    found = [counts.get(week, (0, 0)) for week in weeks]
    return charts.line(
        [date_format(week, "j M") for week in weeks],
        [
            Series(
                pgettext("promises", "Kept"),
                [kept * 100 / n if n else None for kept, n in found],
                counts=[n for _, n in found],
            )
        ],
        title=_("Promises kept, by the week they were due"),
        note=_("Kept of kept and broken."),
        show=charts.percent,
        label_header=_("Week of"),
        height=160,
    )


def _rows(view: str, visible: Any, user: User) -> Any:
    match view:
        case "mine":
            return visible.filter(made_by=user).open()
        case "broken":
            return visible.filter(state=PromiseState.BROKEN)
        case "settled":
            return visible.exclude(state=PromiseState.OPEN)
        case _:
            return visible.open()


def _trail() -> dict[str, Any]:
    return {"trail": [(_("Promises"), reverse("crm:promise_list"))]}
