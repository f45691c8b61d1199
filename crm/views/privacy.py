"""Requests of people about their data: asked, decided, read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts import access_log
from accounts.permissions import has
from crm.actions import privacy as actions
from crm.forms.customers import ReasonForm
from crm.models import PrivacyRequest
from crm.privacy.retention import preview
from crm.privacy.rules import erasers
from crm.views.common import list_summary, page, person
from crm.views.customer_edit import REASON, visible_customer
from crm.views.merges import trail
from crm.views.refusals import answer_form
from lib import keyset
from lib.answers import page_refusals

TRAIL = "Privacy"
NOTES = {
    "access": (
        "An archive with everything that is stored about this person is made in the background and "
        "kept for seven days. Who ordered it and why is written into the access log."
    ),
    "erasure": (
        "A second person must approve. Then names, addresses, texts, recordings and files are "
        "removed for good; times, channels, outcomes and scores stay for the figures."
    ),
}


def privacy_list(request: HttpRequest) -> HttpResponse:
    """Every request with its due day, the open ones first to see."""
    rows = PrivacyRequest.objects.select_related("customer", "requested_by")
    found = keyset.page_of(request, rows, order="-id")
    previous_url, next_url = keyset.page_links(request, found)
    today = timezone.localdate()
    context = {
        "requests": [(row, row.is_overdue(today)) for row in found.rows],
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "request", is_whole=not (previous_url or next_url)),
        "may_manage": has(person(request), "crm.manage_settings"),
    }
    return page(request, "crm/privacy_list.html", context)


def privacy_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with what was done; reading it is logged."""
    user = person(request)
    row = visible_request(request, pk)
    access_log.note(kind="viewed_privacy_request", record=row, by=user, at=timezone.now())
    may_decide = (
        has(user, "crm.approve_erasure") and row.state == "requested" and row.kind == "erasure"
    )
    context = {
        "request_row": row,
        "is_overdue": row.is_overdue(timezone.localdate()),
        "may_approve": may_decide and row.requested_by_id != user.pk,
        "may_refuse": may_decide,
        "steps": steps(row),
        "trail": [(TRAIL, reverse("crm:privacy_list"))],
    }
    return page(request, "crm/privacy_request.html", context, part="state")


def steps(row: PrivacyRequest) -> list[tuple[str, int]]:
    """What an erasure touched, in the order of its steps."""
    return [(each.title, row.counts[each.name]) for each in erasers() if each.name in row.counts]


def visible_request(request: HttpRequest, pk: int) -> PrivacyRequest:
    rows = PrivacyRequest.objects.select_related("customer", "requested_by", "decided_by", "file")
    return get_object_or_404(rows, pk=pk)


def privacy_ask_export(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask(request, pk, "access", actions.request_export, "Order a copy of the data")


def privacy_ask_erasure(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask(request, pk, "erasure", actions.request_erasure, "Ask for erasure")


def _ask(request: HttpRequest, pk: int, kind: str, verb: Any, title: str) -> HttpResponse:
    user = person(request)
    customer = visible_customer(user, pk)
    form = ReasonForm(request.POST or None)

    def act() -> PrivacyRequest:
        reason = form.cleaned_data["reason"]
        row: PrivacyRequest = verb(customer=customer, reason=reason, by=user, at=timezone.now())
        return row

    context = {
        "customer": customer,
        "title": f"{title}: {customer}",
        "yes": title,
        "note": NOTES[kind],
        "is_danger": kind == "erasure",
        "trail": trail(customer),
    }
    return answer_form(request, form, act, template=REASON, context=context)


@page_refusals
def privacy_approve(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_request(request, pk)
    actions.approve_erasure(request=row, by=person(request), at=timezone.now())
    return redirect(row)


def privacy_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_request(request, pk)
    form = ReasonForm(request.POST or None)

    def act() -> PrivacyRequest:
        reason = form.cleaned_data["reason"]
        return actions.refuse_request(
            request=row, reason=reason, by=person(request), at=timezone.now()
        )

    context = {
        "title": f"Refuse: {row}",
        "yes": "Refuse",
        "note": "The person is told this reason.",
        "trail": [(TRAIL, reverse("crm:privacy_list")), (str(row), row.get_absolute_url())],
    }
    return answer_form(request, form, act, template=REASON, context=context)


def retention_list(request: HttpRequest) -> HttpResponse:
    """How long each class of data is kept, and what the next night would remove."""
    context = {
        "rules": preview(timezone.now()),
        "trail": [(TRAIL, reverse("crm:privacy_list"))],
    }
    return page(request, "crm/retention_list.html", context)
