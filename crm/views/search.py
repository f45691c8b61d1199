"""Search over everything, and who is calling."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from crm import access, counters, lookup
from crm.fuzzy import LONGEST_QUERY
from crm.views.common import page, person
from lib import search as searching


def search(request: HttpRequest) -> HttpResponse:
    """What fits the words, ten of each kind; the palette asks for the results alone."""
    words = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    context = {"words": words, "groups": searching.search(person(request), words)}
    return page(request, "crm/search.html", context, part="results")


def caller_lookup(request: HttpRequest) -> HttpResponse:
    """The customers with a telephone number; a number that cannot be read finds nobody."""
    raw = request.GET.get("phone", "").strip()[: lookup.LONGEST]
    value = lookup.number_of(raw, settings.PHONE_REGION)
    user = person(request)
    context = {
        "raw": raw,
        "value": value,
        "callers": lookup.callers(user, value),
        "may_change": access.may_change_customer(user),
    }
    return page(request, "crm/lookup.html", context)


def counts(request: HttpRequest) -> JsonResponse:
    """The open work of whoever asks, as the rail shows it; one query of the counters."""
    found = counters.of(person(request))
    shown = {name: counters.shown(value) for name, value in found.items()}
    return JsonResponse(shown, headers={"Cache-Control": "no-store"})
