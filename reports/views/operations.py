"""The operations dashboard and its table as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from crm import saved_pages
from reports import rollups
from reports.operations import Operations
from reports.operations_file import table_lines
from reports.views.common import (
    as_csv,
    asked,
    opened_view,
    surroundings,
    wrong_addresses,
)


@wrong_addresses
def operations(request: HttpRequest) -> HttpResponse:
    """The day-to-day figures of queues and people; at most 25 queries, whatever is chosen."""
    form = asked(request)
    if elsewhere := opened_view(request, "operations", form.outdated()):
        return elsewhere
    views = {"views": saved_pages.picker(request, "operations")}
    if not form.checked():
        return render(request, "reports/operations.html", views | {"form": form}, status=422)
    page = Operations.of(form)
    context = (
        surroundings(form)
        | views
        | {
            "is_empty": page.is_empty,
            "tiles": page.tiles(),
            "backlog": page.backlog(timezone.now()),
            "columns": page.columns,
            "table": page.table(),
            "by": page.by_words,
            "notes": page.notes,
            "pictures": [
                chart
                for chart in (page.trend(), page.queue_days(), page.hours(), page.waits())
                if chart is not None
            ],
        }
    )
    return render(request, "reports/operations.html", context)


@wrong_addresses
def operations_export(request: HttpRequest) -> HttpResponseBase:
    """The table of the page with everything behind each value."""
    form = asked(request)
    if not form.checked():
        return render(request, "reports/operations.html", {"form": form}, status=422)
    cutoff, _stale = rollups.cutoff(timezone.now())
    return as_csv("operations", table_lines(Operations.of(form), cutoff))
