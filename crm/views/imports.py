"""Imports: upload a file, say what its columns mean, check it, import it, watch and stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from crm.actions import imports as actions
from crm.forms.imports import UploadForm
from crm.importing.detecting import detect
from crm.importing.files import keep_file
from crm.importing.reports import counters_chart, error_lines, error_summary
from crm.importing.undoing import REMOVED
from crm.models import ImportRun
from crm.models.imports import ImportState, RowOutcome
from crm.readers.formats import format_named
from crm.views.common import list_summary, page, person
from lib import keyset
from ops import files
from ops.files import NoSpace

DETAIL = "crm/import_detail.html"
NEW = "crm/import_new.html"
STEPS = ["Upload", "Columns and options", "Check", "Import", "Result"]
STEP_OF = {
    ImportState.UPLOADED: 2,
    ImportState.MAPPED: 3,
    ImportState.CHECKING: 3,
    ImportState.CHECKED: 4,
    ImportState.RUNNING: 4,
    ImportState.PAUSED: 4,
}
SHOWN_ROWS = 50
REFUSALS = (actions.NotNow, actions.ImportedBefore, actions.MappingMissing)


def import_list(request: HttpRequest) -> HttpResponse:
    """All runs, the latest first."""
    runs = ImportRun.objects.select_related("ordered_by")
    found = keyset.page_of(request, runs, order="-created_at")
    previous_url, next_url = keyset.page_links(request, found)
    context = {
        "runs": found.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "import", is_whole=not (previous_url or next_url)),
    }
    return page(request, "crm/import_list.html", context)


def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file; its format is found from its content unless one is chosen."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        user = person(request)
        format_name = form.cleaned_data["format"] or detect(upload.file)
        try:
            file = keep_file(upload.file, name=upload.name, by=user)
        except NoSpace as error:
            form.add_error(None, str(error))
            return page(request, NEW, {"form": form, "steps": STEPS}, status=507)
        kind = form.cleaned_data["kind"]
        try:
            run = actions.stage_import(
                file=file, format_name=format_name, kind=kind, by=user, at=timezone.now()
            )
        except actions.WrongKind as error:
            files.remove(file)
            form.add_error("kind", str(error))
            return page(request, NEW, {"form": form, "steps": STEPS}, status=422)
        return redirect("crm:import_map", pk=run.pk)
    status = 422 if request.method == "POST" else 200
    return page(request, NEW, {"form": form, "steps": STEPS}, status=status)


def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a run stands, what it counted, and the rows that were not a plain create."""
    run = get_object_or_404(ImportRun.objects.select_related("ordered_by"), pk=pk)
    return page(request, DETAIL, detail(request, run), part="progress")


def detail(request: HttpRequest, run: ImportRun, refusal: str = "") -> dict[str, Any]:
    """What the page says; four queries whatever the size of the file."""
    asked = request.GET.get("rows", "")
    outcome = asked if asked in RowOutcome.values else RowOutcome.FAILED.value
    may_start = run.state != ImportState.PAUSED and run.may_become(ImportState.RUNNING)
    return {
        "run": run,
        "trail": [("Imports", reverse("crm:import_list"))],
        "steps": STEPS,
        "step": STEP_OF.get(ImportState(run.state), len(STEPS)),
        "format": format_named(run.format),
        "chart": counters_chart(run) if run.read else None,
        "errors": error_summary(run),
        "rows": list(run.rows.filter(outcome=outcome)[:SHOWN_ROWS]),
        "tabs": row_tabs(run, outcome),
        "refusal": refusal,
        "may_check": run.may_become(ImportState.CHECKING),
        "may_undo": run.mode == "real" and run.may_become(ImportState.UNDOING),
        "undo_facts": undo_facts(run),
        "may_start": may_start,
        "may_map": run.state == ImportState.UPLOADED or run.may_become(ImportState.MAPPED),
        "earlier": actions.earlier_import(run) if may_start else None,
    }


def undo_facts(run: ImportRun) -> list[tuple[str, int]]:
    """What an undo did so far; nothing while none was begun."""
    told = {
        "removed": "Interactions removed",
        "given_back": "Rows as they were before",
        "customers_removed": "Customers removed",
        "organizations_removed": "Organizations removed",
        "transcripts_removed": "Transcripts removed",
        "agent_states_removed": "States of agents removed",
        "kept": "Kept, for they were used or changed since",
    }
    if run.state not in (ImportState.UNDOING, ImportState.UNDONE):
        return []
    shown = {"given_back", "kept", REMOVED[run.kind]}
    return [
        (words, run.side.get(name, 0))
        for name, words in told.items()
        if name in shown or run.side.get(name)
    ]


def row_tabs(run: ImportRun, outcome: str) -> list[tuple[str, str, bool, int]]:
    address = run.get_absolute_url()
    return [
        (
            str(name.label),
            f"{address}?rows={name.value}",
            name.value == outcome,
            getattr(run, name.value),
        )
        for name in (RowOutcome.FAILED, RowOutcome.SKIPPED, RowOutcome.UPDATED)
    ]


def acted(
    request: HttpRequest, pk: int, verb: Callable[..., ImportRun], **more: Any
) -> HttpResponse:
    """Do a verb to a run and show it; a refusal comes back on its page with 409."""
    run = get_object_or_404(ImportRun, pk=pk)
    try:
        run = verb(run=run, by=person(request), at=timezone.now(), **more)
    except REFUSALS as refusal:
        run.refresh_from_db()
        return page(request, DETAIL, detail(request, run, str(refusal)), status=409)
    return redirect("crm:import_detail", pk=run.pk)


def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(request, pk, actions.check_import)


def import_start(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(request, pk, actions.start_import, again="again" in request.POST)


def import_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(request, pk, actions.pause_import)


def import_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(request, pk, actions.resume_import)


def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(request, pk, actions.cancel_import)


def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what a finished import made and nobody has used since."""
    return acted(request, pk, actions.undo_import)


def import_errors(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that failed as CSV, to be corrected and imported."""
    run = get_object_or_404(ImportRun, pk=pk)
    name = f"errors-{run.pk}.csv"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return StreamingHttpResponse(
        error_lines(run),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )
