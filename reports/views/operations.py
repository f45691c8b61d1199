"""The operations dashboard and its table as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from crm import saved_pages
from lib.tabular import CellValue
from reports import kpis, rollups
from reports.kpis import UNIT_WORDS
from reports.operations import Operations
from reports.views.common import (
    as_csv,
    asked,
    opened_view,
    surroundings,
    told_at,
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
    return as_csv("operations", table_lines(Operations.of(form)))


def table_lines(page: Operations) -> Iterator[tuple[CellValue, ...]]:
    """What is told first, then one line for each group and definition."""
    cutoff, _stale = rollups.cutoff(timezone.now())
    filters = ", ".join(f"{label}: {value}" for label, value in page.form.in_words())
    yield (told_at(cutoff), filters)
    yield (
        *(page.by, "definition", "unit", "value", "numerator", "denominator"),
        *("n", "low", "high"),
    )
    for line in page.table():
        for definition, found in zip(page.columns, line.values, strict=True):
            yield (
                *(line.name, definition.slug, UNIT_WORDS[definition.unit], six(found.value)),
                *(found.numerator, found.denominator, found.n, six(found.low), six(found.high)),
            )


def six(value: float | None) -> CellValue:
    return None if value is None else kpis.rounded(value, 6)
