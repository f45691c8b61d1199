"""Cases: the list and the board, opening and changing one, moving it, its sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from crm import access, bulk, case_sheet, saved_pages, sla_rates
from crm.actions import cases as actions
from crm.forms.cases import CaseFilter, CaseForm, MoveForm, NewCaseForm
from crm.list_columns import ListColumns
from crm.models import Case, CaseStatus, Customer, Interaction
from crm.models.cases import CASE_TRANSITIONS, StatusCategory, WatchReason
from crm.models.sla import Metric
from crm.references import number
from crm.views.common import active_filters, list_summary, page, person
from lib import keyset
from lib.answers import must, page_refusals
from lib.refusals import Invalid, Stale
from lib.speaking import spoken

LIST = "crm/case_list.html"
FORM = "crm/case_form.html"
COLUMNS = {
    "subject": gettext_lazy("Subject"),
    "customer": gettext_lazy("Customer"),
    "tags": gettext_lazy("Tags"),
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "assignee": gettext_lazy("Assignee"),
    "team": gettext_lazy("Team"),
    "due": gettext_lazy("Next due"),
}
MORE_COLUMNS = {
    "queue": gettext_lazy("Queue"),
    "kind": gettext_lazy("Kind"),
    "opened": pgettext_lazy("case", "Opened"),
}
BOARD_CARDS = 30
FIGURE_DAYS = 30
BOARD_CATEGORIES = (StatusCategory.OPEN, StatusCategory.WAITING)


def case_list(request: HttpRequest) -> HttpResponse:
    """Cases one may see: what is due next first, or a board by status."""
    user, at = person(request), timezone.now()
    if default := saved_pages.opening(request, "cases"):
        return default
    form = CaseFilter(request.GET, user)
    if without := saved_pages.without_gone(request, "cases", form):
        return without
    if not form.is_valid():
        return page(request, LIST, {"form": form, "cases": []}, part="rows", status=400)
    in_full = access.may_see_contact_points(user)
    rows = form.narrow(Case.objects.visible_to(user).for_list(), with_contact_points=in_full)
    is_board = request.GET.get("view") == "board"
    context: dict[str, Any] = {
        "form": form,
        "filters": active_filters(request, form),
        "views": saved_pages.picker(request, "cases"),
        "at": at,
        "is_board": is_board,
        "tabs": _tabs(request, "board" if is_board else "list"),
        "may_open": access.may_open_case(user),
        "may_export": access.may_export(user),
        "may_act": bool(bulk.acts_of("cases", user)) and access.may_act_on_lists(user),
    }
    context |= _board(rows) if is_board else _list(request, rows, form)
    return page(request, LIST, context, part="rows")


def case_figures(request: HttpRequest) -> HttpResponse:
    """How many targets were met in the last thirty days, by metric and team."""
    user, end = person(request), timezone.now()
    start = end - timedelta(days=FIGURE_DAYS)
    context = {
        "tabs": _tabs(request, "figures"),
        "rates": sla_rates.by_metric(user, start, end),
        "teams": sla_rates.by_team(user, start, end),
        "metrics": Metric.labels,
        "days": FIGURE_DAYS,
    }
    return page(request, "crm/case_figures.html", context)


def case_new(request: HttpRequest) -> HttpResponse:
    """Open a case, perhaps from a customer's or an interaction's page."""
    user = person(request)
    must(access.may_open_case(user))
    source = _source(request, user)
    form = NewCaseForm(request.POST or None, user=user, initial=_initial(user, request, source))
    if request.method == "POST" and form.is_valid():
        told = form.told()
        try:
            case = actions.open_case(
                **told, interactions=[source] if source else [], by=user, at=timezone.now()
            )
            return redirect(case)
        except Invalid as refusal:
            form.refuse(refusal.field, spoken(str(refusal)))
    context = {
        "form": form,
        "trail": [(_("Cases"), reverse("crm:case_list"))],
        "title": _("New case"),
        "source": source,
        "button": _("Open the case"),
    }
    return page(request, FORM, context, status=422 if form.is_bound else 200)


def case_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    case = visible_case(user, pk)
    must(access.may_change_case(user, case))
    initial = {name: getattr(case, name) for name in actions.CHANGEABLE}
    form = CaseForm(request.POST or None, user=user, case=case, initial=initial, held=case.custom)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            changes = form.told()
            version = changes.pop("version")
            try:
                actions.change_case(
                    case=case, changes=changes, version=version, by=user, at=timezone.now()
                )
                return redirect(case)
            except Invalid as refusal:
                form.refuse(refusal.field, spoken(str(refusal)))
            except Stale as refusal:
                form.add_error(None, str(refusal))
                status = 409
    context = {
        "form": form,
        "trail": [
            (_("Cases"), reverse("crm:case_list")),
            (case.reference, case.get_absolute_url()),
        ],
        "title": _("Change {reference}").format(reference=case.reference),
        "button": _("Save"),
    }
    return page(request, FORM, context, status=status)


@page_refusals
def case_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a case another status; opening a finished one again has a right of its own."""
    user = person(request)
    case = visible_case(user, pk)
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise Invalid("status", _("Choose a status."))
    status: CaseStatus = form.cleaned_data["status"]
    if case.is_finished and status.category == StatusCategory.OPEN:
        must(access.may_reopen_case(user, case))
    elif status.category in (StatusCategory.RESOLVED, StatusCategory.CLOSED):
        must(access.may_resolve_case(user, case))
    else:
        must(access.may_change_case(user, case))
    reason = form.cleaned_data["reason"]
    actions.move_case(case=case, status=status, by=user, at=timezone.now(), reason=reason)
    return redirect(case)


@page_refusals
def case_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a case one's own."""
    user = person(request)
    case = visible_case(user, pk)
    must(access.may_change_case(user, case))
    actions.assign_case(case=case, assignee=user, by=user, at=timezone.now())
    return redirect(case)


def case_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a case, or follow it no longer."""
    user, at = person(request), timezone.now()
    case = visible_case(user, pk)
    if case.watchers.filter(user=user).exists():
        actions.unwatch_case(case=case, user=user, by=user, at=at)
    else:
        actions.watch_case(case=case, user=user, reason=WatchReason.ASKED, by=user, at=at)
    return redirect(case)


def case_sheet_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The case as a document."""
    user = person(request)
    case = visible_case(user, pk)
    content = case_sheet.case_sheet_pdf(case, user, at=timezone.now())
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{case.reference}.pdf"'
    return answer


# --- Below the views ------------------------------------------------------------------------------


def visible_case(user: User, pk: int) -> Case:
    rows = Case.objects.visible_to(user).select_related(
        "status",
        "customer",
        "assignee",
        "team",
        "queue",
        "opened_by",
        "follow_up_of",
        "merged_into",
        "policy_version__policy",
    )
    return get_object_or_404(rows, pk=pk)


def moves_of(case: Case, user: User) -> list[CaseStatus]:
    """The statuses that this person may give the case now. One query, and those of the rights."""
    if case.merged_into_id:
        return []
    allowed = set(CASE_TRANSITIONS[case.category])
    may_change = access.may_change_case(user, case)
    may_resolve = access.may_resolve_case(user, case)
    if case.is_finished:
        may_change = access.may_reopen_case(user, case)
    if not may_change:
        allowed -= {StatusCategory.OPEN, StatusCategory.WAITING}
    if not may_resolve:
        allowed -= {StatusCategory.RESOLVED, StatusCategory.CLOSED}
    rows = CaseStatus.objects.filter(category__in=allowed).exclude(pk=case.status_id)
    if case.is_finished:
        first = rows.filter(category=StatusCategory.OPEN).first()
        return [status for status in rows if status.category != "open" or status == first]
    return list(rows)


def _tabs(request: HttpRequest, current: str) -> list[tuple[str, str, bool, None]]:
    """List and board keep the filters of one another."""
    query = request.GET.copy()
    for name in (keyset.CURSOR_PARAMETER, "view"):
        query.pop(name, None)
    cases, plain = reverse("crm:case_list"), query.urlencode()
    query["view"] = "board"
    return [
        (_("Due next"), f"{cases}?{plain}" if plain else cases, current == "list", None),
        (_("Board"), f"{cases}?{query.urlencode()}", current == "board", None),
        (_("Targets met"), reverse("crm:case_figures"), current == "figures", None),
    ]


def _list(request: HttpRequest, rows: Any, form: CaseFilter) -> dict[str, Any]:
    order = form.cleaned_data["order"] or "next_due_at"
    found = keyset.page_of(request, rows, order=order)
    columns = ListColumns(request.GET, COLUMNS, form.own, more=MORE_COLUMNS)
    previous_url, next_url = keyset.page_links(request, found)
    is_whole = not (previous_url or next_url)
    return {
        "cases": found.rows,
        "columns": columns,
        "rows": columns.with_cells(found),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "case", is_whole=is_whole),
    }


def _board(rows: Any) -> dict[str, Any]:
    """A column for each status in use, each with its first cards; one query for each."""
    columns = []
    for status in CaseStatus.objects.filter(category__in=BOARD_CATEGORIES):
        cards = list(rows.filter(status=status).due_first()[: BOARD_CARDS + 1])
        columns.append((status, cards[:BOARD_CARDS], len(cards) > BOARD_CARDS))
    return {"columns": columns, "cases": [card for _, cards, _ in columns for card in cards]}


def _source(request: HttpRequest, user: User) -> Interaction | None:
    """The interaction that the case is opened from, as the address or the form names it."""
    pk = number(request.POST.get("from", request.GET.get("from", "")), "I")
    rows = Interaction.objects.visible_to(user).select_related("customer", "queue")
    return get_object_or_404(rows, pk=pk) if pk else None


def _initial(user: User, request: HttpRequest, source: Interaction | None) -> dict[str, Any]:
    team = user.memberships.in_force(timezone.now()).first()
    told: dict[str, Any] = {"team": team.team_id if team else None, "assignee": user.pk}
    if "agent" not in user.roles:
        told["assignee"] = None
    if source is not None:
        told |= {
            "subject": source.subject,
            "customer": source.customer,
            "channel": source.channel,
            "queue": source.queue_id,
            "is_from_customer": source.direction == "inbound",
        }
    pk = number(request.GET.get("customer", ""), "C")
    if pk:
        told["customer"] = Customer.objects.visible_to(user).filter(pk=pk).first()
    return told
