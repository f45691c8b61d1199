"""The day as it runs, fetched anew every half minute while somebody looks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from reports import rollups
from reports.today import today_of
from reports.views.common import asked, wrong_addresses

WITHOUT = ("period", "begin", "end", "by", "compare", "team", "agent", "direction")


@wrong_addresses
def today(request: HttpRequest) -> HttpResponse:
    """The page, or its changing part; 204 where the part is as it was seen."""
    form = asked(request, ignored=("seen",), without=WITHOUT)
    now = timezone.now()
    if not form.checked():
        return render(request, "reports/today.html", {"form": form}, status=422)
    day = today_of(form.slice(), now)
    is_part = request.headers.get("HX-Request") == "true"
    if is_part and request.GET.get("seen") == day.digest:
        return HttpResponse(status=204)
    cutoff, _stale = rollups.cutoff(now)
    context = {"form": form, "day": day, "now": now, "cutoff": cutoff, "query": form.query}
    template = "reports/today.html#day" if is_part else "reports/today.html"
    return render(request, template, context)
