"""Customers who look alike: the queue, the preview of a merge, the merge and its undo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from crm import duplicate_finding
from crm.actions import merges as actions
from crm.forms.customers import NewCustomerForm
from crm.merging import previews
from crm.merging.fields import LOSER, WINNER
from crm.models import Customer, DuplicateCandidate, MergeRecord
from crm.models.merges import CandidateState
from crm.references import number
from crm.views.common import list_summary, page, person
from crm.views.customer_edit import visible_customer
from lib import keyset
from lib.answers import page_refusals
from lib.http import number_in
from lib.refusals import Refused, Stale

PREVIEW = "crm/merge_preview.html"


def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person, the most alike first."""
    open_pairs = DuplicateCandidate.objects.filter(state=CandidateState.OPEN)
    rows = open_pairs.select_related("lower", "higher")
    found = keyset.page_of(request, rows, order="-score")
    previous_url, next_url = keyset.page_links(request, found)
    context = {
        "pairs": found.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "pair", is_whole=not (previous_url or next_url)),
        "trail": [("Customers", reverse("crm:customer_list"))],
    }
    return page(request, "crm/duplicate_list.html", context)


@page_refusals
def duplicate_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """These are two people."""
    pair = get_object_or_404(DuplicateCandidate.objects.select_related("lower", "higher"), pk=pk)
    actions.dismiss_pair(one=pair.lower, other=pair.higher, by=person(request), at=timezone.now())
    return redirect("crm:duplicate_list")


def duplicate_check(request: HttpRequest) -> HttpResponse:
    """Who looks like the one being typed; a fragment of the form, which never stops the saving."""
    user = person(request)
    form = NewCustomerForm(request.POST)
    form.is_valid()
    given = form.cleaned_data
    typed = f"{given.get('first_name', '')} {given.get('last_name', '')}"
    name = given.get("display_name") or typed
    pk = request.POST.get("customer", "")
    found = duplicate_finding.like(
        name.strip(),
        given.get("ways", []),
        among=Customer.objects.visible_to(user),
        but=number_in(pk) or None,
    )
    return page(request, "crm/duplicate_warning.html", {"found": found})


class ChooseForm(forms.Form):
    other = forms.CharField(
        label="Merge with", max_length=20, help_text="The reference, such as C-0000123"
    )


def merge_choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the customer to merge with."""
    user = person(request)
    customer = visible_customer(user, pk)
    form = ChooseForm(request.GET if "other" in request.GET else None)
    if form.is_bound and form.is_valid():
        other = number(form.cleaned_data["other"], "C")
        known = Customer.objects.visible_to(user).active()
        if other and other != pk and known.filter(pk=other).exists():
            return redirect("crm:merge_preview", pk=pk, other=other)
        form.add_error("other", "Enter the reference of another active customer.")
    context = {
        "form": form,
        "customer": customer,
        "title": f"Merge {customer}",
        "yes": "Preview",
        "method": "get",
        "note": "You will see what changes before anything does.",
        "trail": trail(customer),
    }
    status = 422 if form.errors else 200
    return page(request, "crm/reason_form.html", context, status=status)


def trail(customer: Customer) -> list[tuple[str, str]]:
    return [
        ("Customers", reverse("crm:customer_list")),
        (str(customer), customer.get_absolute_url()),
    ]


def merge_preview(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Both side by side and what will move; sending the form merges them."""
    user = person(request)
    winner, loser = visible_customer(user, pk), visible_customer(user, other)
    if request.method != "POST":
        return show_preview(request, winner, loser)
    try:
        record = actions.merge_customers(
            winner=winner,
            loser=loser,
            choices=choices(request),
            seen=seen(request),
            reason=request.POST.get("reason", ""),
            by=user,
            at=timezone.now(),
        )
    except Stale as refusal:
        winner.refresh_from_db()
        loser.refresh_from_db()
        return show_preview(request, winner, loser, str(refusal), refusal.status)
    except Refused as refusal:
        return show_preview(request, winner, loser, str(refusal), refusal.status)
    return redirect(record)


def show_preview(
    request: HttpRequest, winner: Customer, loser: Customer, refusal: str = "", status: int = 200
) -> HttpResponse:
    at = timezone.now()
    context: dict[str, Any] = previews.of(winner, loser, at) | {
        "winner": winner,
        "loser": loser,
        "refusal": refusal,
        "trail": trail(winner),
        "swapped_url": reverse("crm:merge_preview", args=[loser.pk, winner.pk]),
    }
    return page(request, PREVIEW, context, status=status)


def choices(request: HttpRequest) -> dict[str, str]:
    """Whose value stays, by field; anything else than the two sides is no choice."""
    prefix = "take_"
    return {
        name.removeprefix(prefix): value
        for name, value in request.POST.items()
        if name.startswith(prefix) and value in (WINNER, LOSER)
    }


def seen(request: HttpRequest) -> tuple[int, int]:
    """The versions that the preview showed; 0 for what is no number, which fits no version."""
    texts = (request.POST.get("winner_version", ""), request.POST.get("loser_version", ""))
    ours, theirs = (number_in(text) for text in texts)
    return ours, theirs


def merge_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a merge moved, and what an undo gave back."""
    rows = MergeRecord.objects.select_related("winner", "loser", "by", "undone_by")
    record = get_object_or_404(rows, pk=pk)
    visible_customer(person(request), record.winner_id)
    context = {
        "record": record,
        "moves": previews.moves_of(record),
        "trail": trail(record.winner),
    }
    return page(request, "crm/merge_detail.html", context)


@page_refusals
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Make two customers of one again."""
    record = get_object_or_404(MergeRecord.objects.select_related("winner"), pk=pk)
    visible_customer(person(request), record.winner_id)
    record = actions.undo_merge(record=record, by=person(request), at=timezone.now())
    return redirect(record)
