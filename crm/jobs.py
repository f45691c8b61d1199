"""What the customer record does in the background."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

from crm import clock_causes, counters
from crm.actions import cases, clocks, promises, tasks
from crm.importing.work import work
from crm.models import Case
from crm.models.imports import ImportRun
from ops.jobs import Step, job


@job("crm.run_import", queue="slow", style="steps")
def run_import(cursor: dict[str, Any], *, run_id: int) -> Iterator[Step]:
    """Check or import a run; its own checkpoint says where it goes on."""
    for run in work(ImportRun.objects.get(pk=run_id), timezone.now):
        yield Step({"checkpoint": run.checkpoint}, run.percent, f"{run.read:,} rows")


# --- Cases, promises, tasks ----------------------------------------------------------------------


@job("crm.watch_clocks")
def watch_clocks() -> dict[str, Any]:
    """Write down the targets that were missed, and warn of those that are nearly used up."""
    now = timezone.now()
    return {"breached": clocks.note_breaches(at=now), "warned": clocks.warn(at=now)}


@job("crm.settle_promises")
def settle_promises() -> dict[str, Any]:
    """Keep the call-backs that were made, break the promises that have expired."""
    return promises.settle_promises(at=timezone.now())


@job("crm.remind")
def remind() -> dict[str, Any]:
    """Send the reminders of tasks that are due."""
    return {"reminded": tasks.remind(at=timezone.now())}


@job("crm.close_resolved")
def close_resolved() -> dict[str, Any]:
    """Close the cases that were resolved long enough ago."""
    return {"closed": cases.close_resolved(at=timezone.now())}


@job("crm.recount_counters")
def recount_counters() -> dict[str, Any]:
    """Set right the numbers of the rail that say something else than the rows."""
    return {"drifted": counters.recount()}


@job("crm.recompute_clocks", queue="slow", style="steps")
def recompute_clocks(cursor: dict[str, Any], *, at_iso: str) -> Iterator[Step]:
    """Give every unfinished case the policies and hours that hold since a moment."""
    changed_at, counted, last = datetime.fromisoformat(at_iso), 0, cursor.get("last", 0)
    while True:
        rows = Case.objects.unfinished().filter(pk__gt=last).order_by("pk")
        found = list(rows[: clocks.AT_ONCE])
        for case in found:
            last = case.pk
            counted += clocks.count_anew(
                case=case, changed_at=changed_at, at=timezone.now(), cause=clock_causes.POLICIES
            )
        yield Step({"last": last}, text=f"{counted} cases counted anew")
        if len(found) < clocks.AT_ONCE:
            return
