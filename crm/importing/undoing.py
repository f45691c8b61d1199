"""Takes an import back, chunk by chunk: what it made and nobody has used or changed since.

Rows that something else refers to, or that were changed after the import, stay and are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Manager, ProtectedError

from crm.importing import removing
from crm.importing.customers import recount
from crm.importing.kinds import STORED, stored
from crm.models import (
    AgentStateSpan,
    ContactPoint,
    Customer,
    ImportRow,
    ImportRun,
    Interaction,
    Leg,
    LegSpan,
    Organization,
    QueueVisit,
    Recording,
    TimelineEntry,
    Transcript,
    Turn,
)
from crm.models.imports import ImportState, RowOutcome
from ops import files

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


def _count(run: ImportRun, name: str, number: int) -> None:
    run.side = {**run.side, name: run.side.get(name, 0) + number}


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
    for update in found:
        if run.kind not in GIVEN_BACK:
            continue
        rows = STORED[run.kind]._default_manager.select_for_update(of=("self",))
        row: Any = rows.filter(pk=update.target_id or 0).first()
        if row is None or (run.finished_at and row.updated_at > run.finished_at):
            kept.append((update.target_id or 0, "It was changed after the import."))
            continue
        touched |= set(GIVEN_BACK[run.kind](row, update.before or {}))
        _count(run, "given_back", 1)
    _keep(run, kept)
    recount(touched)
    run.checkpoint = found[-1].pk if found else run.checkpoint
    return bool(found)


def _give_back(row: Interaction, before: dict[str, Any]) -> Iterator[int | None]:
    """Set the earlier values; yields the customers whose figures change."""
    yield row.customer_id
    removing.set_earlier(row, {**before, "content_digest": ""})
    yield row.customer_id


def _undo_interactions(run: ImportRun) -> bool:
    """Remove the interactions that the run made, with all that belongs to them alone."""
    rows = Interaction.objects.filter(import_run=run, pk__gt=run.checkpoint).order_by("pk")
    found = list(rows[:CHUNK])
    untouched = [row for row in found if row.version == 1]
    kept = [(row.pk, "It was changed after the import.") for row in found if row.version != 1]
    removed = _removed_together(untouched)
    if not removed:
        for row in untouched:
            if _removed_together([row]):
                removed.append(row)
            else:
                kept.append((row.pk, "Other records refer to it."))
    _count(run, "removed", len(removed))
    _keep(run, kept)
    recount({row.customer_id for row in removed})
    run.checkpoint = found[-1].pk if found else run.checkpoint
    return bool(found)


def _removed_together(rows: Sequence[Interaction]) -> list[Interaction]:
    """These rows if all of them could go, none if one could not."""
    ids = [row.pk for row in rows]
    try:
        with transaction.atomic():
            sounds = Recording.objects.filter(interaction__in=ids, file__isnull=False)
            stored = [recording.file for recording in sounds.select_related("file")]
            Turn.objects.filter(transcript__interaction__in=ids).delete()
            Transcript.objects.filter(interaction__in=ids).delete()
            QueueVisit.objects.filter(interaction__in=ids).delete()
            Recording.objects.filter(interaction__in=ids).delete()
            LegSpan.objects.filter(leg__interaction__in=ids).delete()
            Leg.objects.filter(interaction__in=ids).delete()
            Interaction.objects.filter(pk__in=ids).delete()
            for each in stored:
                if each is not None:
                    files.remove(each)
    except ProtectedError:
        return []
    return list(rows)


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
    rows = table.filter(import_run=run, pk__gt=run.checkpoint).order_by("pk")
    found = list(rows[:CHUNK])
    run.checkpoint = found[-1].pk if found else run.checkpoint
    kept = [row.pk for row in found if not remove(row)]
    _count(run, counted, len(found) - len(kept))
    _keep(run, [(pk, "It was used or changed after the import.") for pk in kept])
    return bool(found)


def _undo_customers(run: ImportRun) -> bool:
    """Remove the customers that the run made and that have nothing else."""
    rows = Customer.objects.filter(import_run=run, pk__gt=run.checkpoint).order_by("pk")
    found = list(rows[:CHUNK])
    run.checkpoint = found[-1].pk if found else run.checkpoint
    kept: list[tuple[int, str]] = []
    for row in found:
        if row.version == 1 and _customer_removed(row):
            _count(run, "customers_removed", 1)
        else:
            kept.append((row.pk, f"{row.reference} was used or changed after the import."))
    _keep(run, kept)
    return bool(found)


def _customer_removed(row: Customer) -> bool:
    try:
        with transaction.atomic():
            ContactPoint.objects.filter(customer=row, version=1).delete()
            row.tags.clear()
            TimelineEntry.objects.filter(customer=row, target_type="").delete()
            row.delete()
    except ProtectedError:
        return False
    return True


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
