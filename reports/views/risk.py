"""Customers who may be dissatisfied, with every reason."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from crm import saved_pages
from crm.models import Customer
from lib import keyset
from reports.actions import risk as actions
from reports.forms import WrongAddress
from reports.models import RiskScore
from reports.models.outputs import RiskBand
from reports.risk import WORDS
from reports.views.common import opened_view, person, wrong_addresses


@wrong_addresses
def risk_list(request: HttpRequest) -> HttpResponse:
    """The highest first, of the customers one may see."""
    band = request.GET.get("band", "")
    gone = ["band"] if band and band not in RiskBand.values else []
    if elsewhere := opened_view(request, "risk", gone):
        return elsewhere
    if band and band not in RiskBand.values:
        raise WrongAddress(f"There is no band {band}.")
    visible = Customer.objects.visible_to(person(request))
    rows = RiskScore.objects.filter(customer__in=visible).select_related("customer")
    counts = dict(rows.order_by().values_list("band").annotate(n=Count("pk")))
    shown = rows.filter(band=band) if band else rows
    page = keyset.page_of(request, shown, order="-score")
    previous_url, next_url = keyset.page_links(request, page)
    number, rules = actions.active_rules()
    context = {
        "scores": page.rows,
        "band": band,
        "views": saved_pages.picker(request, "risk"),
        "bands": [(value, label, counts.get(value, 0)) for value, label in RiskBand.choices],
        "rules": [(name, WORDS[name], rule) for name, rule in sorted(rules.items())],
        "number": number,
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": f"{len(page)} shown",
    }
    return render(request, "reports/risk_list.html", context)


def risk_panel(request: HttpRequest, customer_id: int) -> HttpResponse:
    """On the customer's page: what speaks for dissatisfaction, without the number."""
    visible = Customer.objects.visible_to(person(request))
    customer = get_object_or_404(visible, pk=customer_id)
    score = RiskScore.objects.filter(customer=customer).first()
    return render(request, "reports/risk_panel.html", {"score": score})
