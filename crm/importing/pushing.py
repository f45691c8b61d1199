"""Takes interactions that another system pushes, each for itself, without a file.

What a source pushes on one day counts as one import, so it is counted, listed and undone like any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import User
from crm.importing.chunks import ChunkTaker
from crm.importing.options import ImportOptions
from crm.importing.tally import RowReport, Tally
from crm.models import ImportRow, ImportRun, Interaction
from crm.models.imports import ImportState, RowOutcome
from crm.readers import formats
from crm.readers.attune_record import interaction
from crm.readers.base import Item, JsonValue, RowError
from crm.readers.fields import FieldError
from crm.redaction import redact
from lib import events
from lib.http import Fault

MOST_ITEMS = 1000
FORMAT = "attune_json"
# What a pushed item may meet besides being created, by the code of the report on it.
WORDS = {
    "updated": "updated",
    "unchanged": "unchanged",
    "older": "conflict",
    "matched_refused": "conflict",
}
KEPT_OUTCOMES = (RowOutcome.UPDATED, RowOutcome.FAILED)


@dataclass(frozen=True)
class Outcome:
    """What became of one pushed item: created, unchanged, updated, conflict or failed.

    `id` is the interaction's, None where there is none; `errors` point into the item.
    """

    status: str
    id: int | None
    errors: Sequence[Fault] = ()


def push_interactions(
    *,
    items: Sequence[JsonValue],
    source: str,
    options: ImportOptions,
    by: User,
    at: datetime,
) -> list[Outcome]:
    """Store each item by itself, in its own transaction; the answer has the items' order.

    The key of an item is (source, external_id): the same items again change nothing. `at` is the
    moment of the whole push.
    """
    run = run_of_day(source=source, by=by, at=at)
    run.options = options.as_json()  # Of this push alone; they are not stored with the day.
    taker = ChunkTaker(run)
    found = []
    for position, value in enumerate(items, start=1):
        item = formats.ready(read(value, position, source), at)
        found.append(_push_or_refuse(run, taker, item, at))
    return found


def _push_or_refuse(run: ImportRun, taker: ChunkTaker, item: Item, at: datetime) -> Outcome:
    """Push, once more if somebody stored the same key or name just now."""
    try:
        return _push(run, taker, item, at)
    except IntegrityError:
        taker.forget_names()
        return _push(run, taker, item, at)
    except DataError:
        taker.forget_names()
        sentence = "A value is larger than what can be stored."
        return Outcome("failed", None, [Fault(pointer="", code="out_of_range", detail=sentence)])


def read(value: JsonValue, position: int, source: str) -> Item:
    """One object of Attune JSON as a record, or what is wrong with it."""
    try:
        return interaction(value, position, source)
    except FieldError as error:
        return RowError(position, error.column, error.code, error.message)


def run_of_day(*, source: str, by: User, at: datetime) -> ImportRun:
    """The import that holds what this source pushed today."""
    day = timezone.localtime(at).date()
    name = f"Pushed by {source} on {day.isoformat()}"
    runs = ImportRun.objects.filter(source=source, file_name=name, state=ImportState.FINISHED)
    if run := runs.order_by("pk").first():
        return run
    with transaction.atomic():
        run = ImportRun.objects.create(
            format=FORMAT,
            source=source,
            file_name=name,
            file_bytes=0,
            state=ImportState.FINISHED,
            started_at=at,
            finished_at=at,
            ordered_by=by,
        )
        audit.record(verb="push_interactions", record=run, by=by, at=at, after={"source": source})
    return run


@transaction.atomic
def _push(run: ImportRun, taker: ChunkTaker, item: Item, at: datetime) -> Outcome:
    tally = taker.take([item], at=at)
    _count(run, tally)
    events.publish_all(tally.facts)
    if not tally.created:
        return _outcome(tally.reports[0], run)
    assert not isinstance(item, RowError)
    key = {"source": run.source, "external_id": getattr(item, "external_id", "")}
    return Outcome("created", Interaction.objects.values_list("pk", flat=True).get(**key))


def _count(run: ImportRun, tally: Tally) -> None:
    """Add to the counters of the day; what was not new is kept where an undo needs it."""
    counters = {name: F(name) + count for name, count in tally.counters.items() if count}
    ImportRun.objects.filter(pk=run.pk).update(read=F("read") + 1, total=F("read") + 1, **counters)
    kept = [report for report in tally.reports if report.outcome in KEPT_OUTCOMES]
    ImportRow.objects.bulk_create([replace(report, line=0).as_row(run) for report in kept])


def _outcome(report: RowReport, run: ImportRun) -> Outcome:
    status = WORDS.get(report.code, "failed")
    if status in ("updated", "unchanged"):
        return Outcome(status, report.target_id)
    fault = Fault(
        pointer=f"/{redact(report.column)}" if report.column else "",
        code=report.code or "failed",
        detail=redact(report.message),
    )
    return Outcome(status, report.target_id, [fault])


def as_json(position: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "position": position,
        "status": outcome.status,
        "id": outcome.id,
        "errors": list(outcome.errors),
    }
