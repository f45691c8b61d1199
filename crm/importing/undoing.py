"""Takes an import back, chunk by chunk: what it made and nobody has used or changed since.

Rows that something else refers to, or that were changed after the import, stay and are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Manager, QuerySet
from django.utils import timezone

from crm.events import ImportTakenBack
from crm.importing import removing
from crm.importing.customers import recount
from crm.importing.kinds import STORED, stored
from crm.models import (
    AgentStateSpan,
    Customer,
    ImportRow,
    ImportRun,
    Interaction,
    Organization,
    Transcript,
)
from crm.models.imports import ImportState, RowOutcome
from lib import events

CHUNK = 500
KEPT = "kept"


class Stopped(Exception):
    """The run is no longer being undone."""


def undo(run: ImportRun) -> Iterator[ImportRun]:
    """Undo a run that is in state undoing; yields it after each chunk, which is one transaction.

    `checkpoint` is the id behind which the present kind of rows goes on, `side["undo"]` the kind;
    so another worker goes on there after a crash.
    """
    stages = STAGES
    while True:
        place = run.side.get("undo", 0)
        if place == len(stages):
            return
        with transaction.atomic():
            run = _held(run)
            if not stages[place](run):
                run.side = {**run.side, "undo": place + 1}
                run.checkpoint = 0
            run.save(update_fields=["side", "checkpoint", "updated_at"])
        yield run


def _held(run: ImportRun) -> ImportRun:
    held = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if held.state != ImportState.UNDOING:
        raise Stopped
    return held


def held(table: Manager[Any]) -> QuerySet[Any]:
    """Rows that nobody changes between the look at their version and their removal."""
    return table.select_for_update(of=("self",))


def _count(run: ImportRun, name: str, number: int) -> None:
    run.side = {**run.side, name: run.side.get(name, 0) + number}


def _moments_of(rows: Iterable[Any]) -> list[datetime]:
    """When it was, of rows that figures of days are made from."""
    found: list[datetime] = []
    for row in rows:
        if isinstance(row, Interaction | AgentStateSpan):
            found += [row.started_at, row.ended_at or row.started_at]
    return found


def _tell(run: ImportRun, moments: Sequence[datetime]) -> None:
    if moments:
        events.publish(
            ImportTakenBack(
                at=timezone.now(),
                by_id=None,
                import_run_id=run.pk,
                from_at=min(moments),
                to_at=max(moments),
            )
        )


def _keep(run: ImportRun, rows: Sequence[tuple[int, str]]) -> None:
    """List what stays, with a sentence."""
    ImportRow.objects.bulk_create(
        ImportRow(
            run=run, line=0, outcome=RowOutcome.SKIPPED, code=KEPT, message=words, target_id=pk
        )
        for pk, words in rows
    )
    _count(run, "kept", len(rows))


def _undo_updates(run: ImportRun) -> bool:
    """Give updated rows back what they held before, unless they were changed since."""
    updates = ImportRow.objects.filter(
        run=run, outcome=RowOutcome.UPDATED, before__isnull=False, pk__gt=run.checkpoint
    )
    found = list(updates.order_by("pk")[:CHUNK])
    kept: list[tuple[int, str]] = []
    touched: set[int | None] = set()
    moments: list[datetime] = []
    for update in found:
        if run.kind not in GIVEN_BACK:
            continue
        rows = STORED[run.kind]._default_manager.select_for_update(of=("self",))
        row: Any = rows.filter(pk=update.target_id or 0).first()
        if row is None or (run.finished_at and row.updated_at > run.finished_at):
            kept.append((update.target_id or 0, "It was changed after the import."))
            continue
        moments += _moments_of([row])
        touched |= set(GIVEN_BACK[run.kind](row, update.before or {}))
        moments += _moments_of([row])
        _count(run, "given_back", 1)
    _keep(run, kept)
    recount(touched)
    _tell(run, moments)
    run.checkpoint = found[-1].pk if found else run.checkpoint
    return bool(found)


def _give_back(row: Interaction, before: dict[str, Any]) -> Iterator[int | None]:
    """Set the earlier values; yields the customers whose figures change."""
    yield row.customer_id
    removing.set_earlier(row, {**before, "content_digest": ""})
    yield row.customer_id


def _undo_interactions(run: ImportRun) -> bool:
    """Remove the interactions that the run made, with all that belongs to them alone."""
    found = _next(run, Interaction.objects)
    untouched = [row for row in found if row.version == 1]
    kept = [(row.pk, "It was changed after the import.") for row in found if row.version != 1]
    removed = removing.together(untouched, removing.interactions)
    gone = {row.pk for row in removed}
    kept += [(row.pk, "Other records refer to it.") for row in untouched if row.pk not in gone]
    _count(run, "removed", len(removed))
    _keep(run, kept)
    recount({row.customer_id for row in removed})
    _tell(run, _moments_of(removed))
    return bool(found)


def _undo_transcripts(run: ImportRun) -> bool:
    return _undo_rows(run, Transcript.objects, removing.transcript, "transcripts_removed")


def _undo_states(run: ImportRun) -> bool:
    return _undo_rows(run, AgentStateSpan.objects, removing.plain, "agent_states_removed")


def _undo_organizations(run: ImportRun) -> bool:
    return _undo_rows(run, Organization.objects, removing.organization, "organizations_removed")


def _undo_rows(
    run: ImportRun, table: Manager[Any], remove: Callable[[Any], bool], counted: str
) -> bool:
    """Remove the rows of one table that the run made, where nothing else needs them."""
    found = _next(run, table)
    moments = _moments_of(found)
    kept = [row.pk for row in found if not remove(row)]
    _tell(run, moments)
    _count(run, counted, len(found) - len(kept))
    _keep(run, [(pk, "It was used or changed after the import.") for pk in kept])
    return bool(found)


def _undo_customers(run: ImportRun) -> bool:
    """Remove the customers that the run made and that have nothing else."""
    found = _next(run, Customer.objects)
    untouched = [row for row in found if row.version == 1]
    gone = {row.pk for row in removing.together(untouched, removing.customers)}
    _count(run, "customers_removed", len(gone))
    kept = [row for row in found if row.pk not in gone]
    words = "{} was used or changed after the import."
    _keep(run, [(row.pk, words.format(row.reference)) for row in kept])
    return bool(found)


def _next(run: ImportRun, table: Manager[Any]) -> list[Any]:
    """The next chunk of rows that the run made, held until it is dealt with."""
    rows = held(table).filter(import_run=run, pk__gt=run.checkpoint)
    found = list(rows.order_by("pk")[:CHUNK])
    run.checkpoint = found[-1].pk if found else run.checkpoint
    return found


def start(run: ImportRun) -> None:
    """Begin at the first kind of rows."""
    run.side = {name: value for name, value in run.side.items() if name != "undo"}
    run.checkpoint = 0


def is_reconciled(run: ImportRun) -> bool:
    """Whether what was removed and what was kept add up to what is no longer there."""
    return run.created == run.side.get(REMOVED[run.kind], 0) + stored(run).count()


# What an update of each kind had before is given back by; states and transcripts are not updated.
GIVEN_BACK: dict[str, Callable[[Any, dict[str, Any]], Iterator[int | None]]] = {
    "interactions": _give_back,
    "customers": removing.give_back_customer,
    "organizations": removing.give_back_organization,
}
STAGES = (
    _undo_updates,
    _undo_transcripts,
    _undo_interactions,
    _undo_states,
    _undo_customers,
    _undo_organizations,
)
# Under which name the removed rows of a kind are counted.
REMOVED = {
    "interactions": "removed",
    "customers": "customers_removed",
    "organizations": "organizations_removed",
    "transcripts": "transcripts_removed",
    "agent_states": "agent_states_removed",
}
