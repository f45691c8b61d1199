"""Lists as files: ordered from the list, fetched when they are written."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from crm.actions import exports as actions
from crm.models import ExportRun
from crm.saved_pages import plain_query
from crm.views.common import list_summary, page, person
from lib import keyset
from lib.answers import page_refusals


@page_refusals
def export_order(request: HttpRequest) -> HttpResponse:
    """Order the list as it is shown."""
    given = request.POST
    run = actions.order_export(
        kind=given.get("kind", ""),
        format=given.get("format", ""),
        query=plain_query(QueryDict(given.get("query", ""))),
        by=person(request),
        at=timezone.now(),
    )
    return redirect(run)


def export_list(request: HttpRequest) -> HttpResponse:
    """One's own files, the latest first."""
    rows = ExportRun.objects.visible_to(person(request)).select_related("ordered_by")
    found = keyset.page_of(request, rows, order="-id")
    previous_url, next_url = keyset.page_links(request, found)
    context = {
        "runs": found.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "file", is_whole=not (previous_url or next_url)),
    }
    return page(request, "crm/export_list.html", context)


def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether a file is written, and where it is."""
    run = get_object_or_404(ExportRun.objects.visible_to(person(request)), pk=pk)
    context = {
        "run": run,
        "is_kept": run.is_kept(timezone.now()),
        "trail": [("Exports", reverse("crm:export_list"))],
    }
    return page(request, "crm/export_detail.html", context, part="state")
