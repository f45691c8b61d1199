"""Lists taken out of the house: ordered, written, removed after a week."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import access_log, audit
from accounts.models import User
from crm import exporting
from crm.models import ExportRun
from crm.models.exports import ExportFormat, ExportKind, ExportState
from lib.refusals import Invalid
from ops import files, jobs
from ops.models import StoredFile

KEPT_FOR = timedelta(days=7)
LONGEST_QUERY = 2000


def order_export(*, kind: str, format: str, query: str, by: User, at: datetime) -> ExportRun:
    """Order a list with its filters as a file; raises Invalid. The order is logged."""
    if kind not in ExportKind.values or format not in ExportFormat.values:
        raise Invalid("kind", _("Choose a list and a format."))
    if len(query) > LONGEST_QUERY:
        raise Invalid("query", _("This list has too many filters."))
    with transaction.atomic():
        run = ExportRun.objects.create(
            kind=kind, format=format, query=query, ordered_by=by, ordered_at=at
        )
        audit.record(
            verb="export_list", record=run, by=by, at=at, after={"kind": kind, "query": query}
        )
        access_log.note(kind="exported_list", record=run, by=by, at=at)
        jobs.enqueue("crm.run_export", key=f"export-{run.pk}", requested_by_id=by.pk, run_id=run.pk)
    return run


def write_export(run: ExportRun) -> tuple[str | None, int, str]:
    """The id of the written file, its rows, and a sentence if it could not be written."""
    try:
        stored, rows = exporting.write(run)
    except Invalid as refusal:
        return None, 0, str(refusal)
    return str(stored.pk), rows, ""


def finish_export(
    *, run: ExportRun, file_id: str | None, rows: int, message: str, at: datetime
) -> ExportRun:
    """Keep what was written for seven days."""
    with transaction.atomic():
        run = ExportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.state != ExportState.WAITING:
            return run
        run.state = ExportState.FINISHED if file_id else ExportState.FAILED
        run.file = StoredFile.objects.get(pk=file_id) if file_id else None
        run.rows, run.message, run.expires_at = rows, message[:300], at + KEPT_FOR
        run.save()
    return run


def remove_expired(*, at: datetime) -> int:
    """Remove files that were kept for seven days; how many they were."""
    with transaction.atomic():
        rows = ExportRun.objects.select_for_update(of=("self",)).filter(
            expires_at__lte=at, file__isnull=False
        )
        found = list(rows.select_related("file")[:500])
        for run in found:
            stored, run.file = run.file, None
            run.save(update_fields=["file", "updated_at"])
            if stored is not None:
                files.remove(stored)
    return len(found)
