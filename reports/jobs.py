"""What reports does in the background."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import timedelta
from functools import partial
from random import sample
from typing import Any

from django.utils import timezone

from crm.models import Customer
from ops.jobs import Step, job
from reports import rollups
from reports.actions import anomalies, risk, runs, schedules
from reports.models import FactDay, ReportRun
from reports.rollups import marking

REFRESH_SECONDS = 45
SWEPT = timedelta(minutes=10)
RANDOM_DAYS = 3
CUSTOMERS_AT_ONCE = 500


@job("reports.refresh_facts", style="steps", timeout_seconds=60)
def refresh_facts(cursor: dict[str, Any]) -> Generator[Step, None, dict[str, Any]]:
    """Make the facts of marked days, the newest first, for at most 45 seconds.

    Each day is a transaction of its own: SQLite's only place to write is free in between.
    """
    days = cursor.get("days", 0)
    for built in rollups.refreshing(seconds=REFRESH_SECONDS):
        days += built
        yield Step({"days": days}, text=f"{days} days")
    return {"days": days}


@job("reports.sweep_changes")
def sweep_changes() -> dict[str, Any]:
    """Mark what changed in the last twenty minutes, whether or not a fact told it."""
    now = timezone.now()
    return {"days": marking.sweep(now - SWEPT, at=now)}


@job("reports.close_windows")
def close_windows() -> dict[str, Any]:
    """Mark the days whose repeat contacts can be judged since midnight."""
    return {"days": marking.mark_closed_windows(at=timezone.now())}


@job("reports.check_rollups", queue="slow")
def check_rollups() -> dict[str, Any]:
    """Compare yesterday and three random days with raw rows; any difference fails the job."""
    now = timezone.now()
    known = set(FactDay.objects.clean().values_list("on_date", flat=True))
    days = set(sample(sorted(known), min(RANDOM_DAYS, len(known))))
    days |= known & {marking.site_day(now) - timedelta(days=1)}
    report = rollups.check_days(days, at=now)
    return {"checked": sum(report.checked.values()), "differing": len(report.findings)}


@job("reports.judge_anomalies", queue="slow")
def judge_anomalies() -> dict[str, Any]:
    """Judge yesterday, and the two days before, whose data may have come late."""
    now = timezone.now()
    today = marking.site_day(now)
    judged = [anomalies.judge_day(on=today - timedelta(days=back), at=now) for back in (3, 2, 1)]
    return {"judged": judged[-1][0], "flagged": judged[-1][1]}


@job("reports.score_risk", queue="slow", style="steps")
def score_risk(cursor: dict[str, Any]) -> Iterator[Step]:
    """Score every customer anew, so many at a time."""
    reached, scored, now = cursor.get("reached", 0), cursor.get("scored", 0), timezone.now()
    rows = Customer.objects.order_by("pk")
    while True:
        ids = list(rows.filter(pk__gt=reached).values_list("pk", flat=True)[:CUSTOMERS_AT_ONCE])
        if not ids:
            break
        scored += risk.score_customers(customers=ids, at=now)
        reached = ids[-1]
        yield Step({"reached": reached, "scored": scored}, text=f"{scored:,} with a reason")


# --- Documents -----------------------------------------------------------------------------------


@job("reports.make_run", queue="slow", style="steps")
def make_run(cursor: dict[str, Any], *, run_id: int) -> Generator[Step, Any, None]:
    """Gather once, then print one document after the other; a crash repeats only the last."""
    run = runs.gather_run(run=ReportRun.objects.get(pk=run_id), at=timezone.now())
    yield Step({}, text="Figures gathered")
    while item := runs.begin_item(run=run):
        document = yield Step({"item": item.pk}, outside=partial(runs.printed_document, item))
        runs.finish_item(item=item, document=document)
        run.refresh_from_db()
        percent = 100 * (run.done + run.failed) // max(run.total, 1)
        yield Step({"item": item.pk}, percent=percent, text=f"{run.done} of {run.total}")
    runs.finish_run(run=run, at=timezone.now())


@job("reports.run_due_schedules")
def run_due_schedules() -> dict[str, Any]:
    """Order the reports whose moment has come."""
    return {"ordered": schedules.run_due(at=timezone.now())}


@job("reports.expire_files")
def expire_files() -> dict[str, Any]:
    """Forget what documents past their day said."""
    return {"documents": runs.expire_runs(on=timezone.localdate())}
