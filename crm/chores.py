"""What is done for the customer record each night, and at a person's request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from crm import duplicate_finding
from crm.actions import bulk, customers, exports, imports, privacy, saved
from crm.importing.undoing import undo
from crm.models import BulkRun, ExportRun, ImportRun, PrivacyRequest, Segment
from crm.models.imports import ImportState
from crm.privacy import retention
from ops.jobs import Step, job


@job("crm.scan_duplicates", queue="slow", style="steps")
def scan_duplicates(cursor: dict[str, Any]) -> Iterator[Step]:
    """Look for customers who may be one person; blocks of more than 50 are counted as skipped."""
    for place in duplicate_finding.scan(cursor):
        text = f"{place['kept']:,} pairs, {place['skipped']:,} keys too common"
        yield Step(place, text=text)


@job("crm.refresh_segments", queue="slow", style="steps")
def refresh_segments(cursor: dict[str, Any]) -> Iterator[Step]:
    """Count every segment anew that was not counted within the hour."""
    now = timezone.now()
    stale = Segment.objects.exclude(counted_at__gt=now - timedelta(hours=1))
    for segment in stale.filter(pk__gt=cursor.get("after", 0)).order_by("pk"):
        saved.count_segment(segment=segment, at=now)
        yield Step({"after": segment.pk}, text=segment.name)


@job("crm.end_vips")
def end_vips() -> dict[str, Any]:
    """Take the mark from VIPs whose last day is past."""
    now = timezone.now()
    return {"ended": customers.end_vips(on=timezone.localdate(now), at=now)}


@job("crm.export_person", queue="slow", style="steps")
def export_person(cursor: dict[str, Any], *, request_id: int) -> Iterator[Step]:
    """Pack the copy of a person's data outside any transaction, then keep it."""
    request = PrivacyRequest.objects.select_related("customer").get(pk=request_id)
    if request.state != "finished":
        now = timezone.now()
        pack = partial(privacy.export, request, now)
        file_id: Any = yield Step({}, 10, "Packing", outside=pack)
        privacy.finish_export(request=request, file_id=file_id, at=now)


@job("crm.erase_person", queue="slow", style="steps")
def erase_person(cursor: dict[str, Any], *, request_id: int) -> Iterator[Step]:
    """Empty everything about a person, step by step; goes on behind the last finished step."""
    now = timezone.now()
    request = PrivacyRequest.objects.select_related("customer").get(pk=request_id)
    if request.state == "finished":
        return
    request = privacy.begin_erasure(request=request, at=now)
    done, counts = list(cursor.get("done", [])), dict(cursor.get("counts", {}))
    for name, count in privacy.erase(request.customer_id, now, done):
        counts[name] = counts.get(name, 0) + count
        yield Step({"done": done, "counts": counts}, text=name)
    privacy.finish_erasure(request=request, counts=counts, at=now)


@job("crm.apply_retention", queue="slow", style="steps")
def apply_retention(cursor: dict[str, Any]) -> Iterator[Step]:
    """Let go what was kept long enough, in batches of 500."""
    removed = cursor.get("removed", 0)
    for place, count in retention.apply(timezone.now(), cursor.get("place", 0)):
        removed += count
        yield Step({"place": place, "removed": removed}, text=f"{removed:,} rows")


@job("crm.remove_expired_exports")
def remove_expired_exports() -> dict[str, Any]:
    """Remove copies of people's data, and lists, that were kept for seven days."""
    now = timezone.now()
    return {
        "copies": privacy.remove_expired_exports(at=now),
        "lists": exports.remove_expired(at=now),
    }


@job("crm.run_export", queue="slow", style="steps")
def run_export(cursor: dict[str, Any], *, run_id: int) -> Iterator[Step]:
    """Write a list as a file outside any transaction, then keep it."""
    run = ExportRun.objects.select_related("ordered_by").get(pk=run_id)
    if run.is_working:
        written: Any = yield Step({}, 10, "Writing", outside=partial(exports.write_export, run))
        file_id, rows, message = written
        exports.finish_export(
            run=run, file_id=file_id, rows=rows, message=message, at=timezone.now()
        )


@job("crm.run_bulk", queue="slow", style="steps")
def run_bulk(cursor: dict[str, Any], *, run_id: int) -> Iterator[Step]:
    """Act on every row of a list; the run's own checkpoint says where it goes on."""
    run = BulkRun.objects.select_related("ordered_by").get(pk=run_id)
    for step in bulk.work(run, at=timezone.now()):
        yield Step({"checkpoint": step.checkpoint}, step.percent, f"{step.done:,} rows")


@job("crm.undo_import", queue="slow", style="steps")
def undo_import(cursor: dict[str, Any], *, run_id: int) -> Iterator[Step]:
    """Take an import back; its own checkpoint says where it goes on."""
    run = ImportRun.objects.get(pk=run_id)
    if run.state == ImportState.UNDOING:
        for step in undo(run):
            text = f"{step.side.get('removed', 0):,} rows"
            yield Step({"checkpoint": step.checkpoint}, text=text)
        imports.finish_undo(run=run, at=timezone.now())
