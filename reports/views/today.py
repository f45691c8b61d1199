"""The day as it runs, fetched anew every half minute while somebody looks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from reports.today import Watch, today_of
from reports.views.common import asked, wrong_addresses

WITHOUT = ("period", "begin", "end", "by", "compare", "team", "agent", "direction", "segment")


@wrong_addresses
def today(request: HttpRequest) -> HttpResponse:
    """The page, or its changing part; 204 where the part is as it was seen.

    Where nothing at all changed since, a single query of its own tells so.
    """
    now = timezone.now()
    state, _, digest = request.GET.get("seen", "").partition("-")
    is_part = request.headers.get("HX-Request") == "true"
    watch = Watch.at(now)
    if is_part and watch.state and state == watch.state:
        return HttpResponse(status=204)
    form = asked(request, ignored=("seen",), without=WITHOUT)
    if not form.checked():
        return render(request, "reports/today.html", {"form": form}, status=422)
    day = today_of(form.slice(), form.queue_names, now)
    if is_part and digest == day.digest:
        return HttpResponse(status=204)
    context = {"form": form, "day": day, "now": now, "cutoff": watch.cutoff, "query": form.query}
    context["seen"] = f"{watch.state}-{day.digest}"
    template = "reports/today.html#day" if is_part else "reports/today.html"
    return render(request, template, context)
