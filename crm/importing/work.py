"""Works through the file of a run in chunks, one transaction each, and closes the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import BinaryIO, TypeVar

from django.db import IntegrityError, transaction

from accounts import audit
from crm.events import ImportFinished
from crm.importing.chunks import ChunkTaker
from crm.importing.files import FileGone, open_file
from crm.importing.kinds import stored
from crm.importing.matching import Memory
from crm.importing.options import ImportOptions
from crm.importing.tally import Tally
from crm.models.imports import (
    COUNTERS,
    WORKING_STATES,
    ImportRow,
    ImportRun,
    ImportState,
)
from crm.readers import formats
from crm.readers.base import AgentStateRecord, Item, ReaderOptions, UnreadableFile
from lib import events
from ops import planner

CHUNK = 1_000
READ_THROUGH_STRETCH = 20_000
T = TypeVar("T")
Clock = Callable[[], datetime]


class Stopped(Exception):
    """The run is no longer this worker's: it was paused, canceled or taken over by another."""


def work(run: ImportRun, clock: Clock) -> Iterator[ImportRun]:
    """Check or import the file of `run` from its checkpoint on; yields the run after each chunk.

    Whoever begins last has the run: an earlier worker stops at its next chunk, having stored
    nothing twice. A file that cannot be read to its end leaves no row behind.
    """
    try:
        with transaction.atomic():
            run = _begin(run)
        with open_file(run) as file:
            if run.mode == "real" and run.total is None:
                yield from _read_through(run, file)
                file.seek(0)
            yield from _take_chunks(run, file, clock)
        _end(run, clock())
        if run.mode == "real":
            planner.note_new_rows(run.created)
    except (UnreadableFile, FileGone) as error:
        _fail(run, str(error), clock())
    except Stopped:
        return
    yield run


def _begin(run: ImportRun) -> ImportRun:
    """Take the run from whoever had it; a dry run starts over, for it has kept nothing."""
    run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state not in WORKING_STATES:
        raise Stopped
    run.attempt += 1
    if run.mode == "dry":
        ImportRow.objects.filter(run=run).delete()
        run.checkpoint, run.side = 0, {}
        for name in COUNTERS:
            setattr(run, name, 0)
    run.save()
    return run


def items_of(run: ImportRun, file: BinaryIO, now: datetime) -> Iterator[Item]:
    return formats.read(run.format, file, reader_options(run, now))


def reader_options(run: ImportRun, now: datetime) -> ReaderOptions:
    return ImportOptions.from_json(run.options).for_reader(
        source=run.source, file_name=run.file_name, mapping=run.mapping, now=now
    )


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _read_through(run: ImportRun, file: BinaryIO) -> Iterator[ImportRun]:
    """Read the file to its end before the first row is stored, and note how many rows it has."""
    total = 0
    for items in batched(items_of(run, file, run.created_at), READ_THROUGH_STRETCH):
        total += _rows_in(run, items)
        yield run
    hold(run)
    run.total = total
    run.save(update_fields=["total", "updated_at"])


def _take_chunks(run: ImportRun, file: BinaryIO, clock: Clock) -> Iterator[ImportRun]:
    taker = ChunkTaker(run, Memory() if run.mode == "dry" else None)
    # The moment of the run decides what lies in the future, also after a resume.
    items = islice(items_of(run, file, run.started_at or clock()), run.checkpoint, None)
    for chunk in batched(items, CHUNK):
        take_chunk(run, taker, chunk, at=clock())
        yield run


def take_chunk(run: ImportRun, taker: ChunkTaker, items: Sequence[Item], *, at: datetime) -> None:
    """Take one chunk; once more if another writer stored one of its keys at the same moment."""
    try:
        _take_once(run, taker, items, at)
    except IntegrityError:
        run.refresh_from_db(fields=[*COUNTERS, "side", "checkpoint"])
        taker.forget_chunk()
        _take_once(run, taker, items, at)


def _take_once(run: ImportRun, taker: ChunkTaker, items: Sequence[Item], at: datetime) -> None:
    """Store a chunk, its counters and the moved checkpoint in one transaction.

    Raises Stopped, with nothing stored, if the run is no longer this worker's.
    """
    with transaction.atomic():
        hold(run)
        tally = _rolled_back(taker, items, at) if run.mode == "dry" else taker.take(items, at=at)
        ImportRow.objects.bulk_create([report.as_row(run) for report in tally.reports])
        _count(run, items, tally)
        if run.mode == "real":
            events.publish_all(tally.facts)


def hold(run: ImportRun) -> None:
    """Lock the row of the run, and make sure that it is still this worker's."""
    mine = ImportRun.objects.filter(pk=run.pk, attempt=run.attempt, state=run.state)
    if not mine.update(attempt=run.attempt):
        raise Stopped


def _rolled_back(taker: ChunkTaker, items: Sequence[Item], at: datetime) -> Tally:
    """Do what the import would do, and undo it."""
    with transaction.atomic():
        tally = taker.take(items, at=at)
        transaction.set_rollback(True)
    taker.forget_names()
    return tally


def _count(run: ImportRun, items: Sequence[Item], tally: Tally) -> None:
    for name, count in tally.counters.items():
        setattr(run, name, getattr(run, name) + count)
    run.read += _rows_in(run, items)
    run.side = dict(Counter(run.side) + tally.side)
    run.checkpoint += len(items)
    run.save(update_fields=[*COUNTERS, "side", "checkpoint", "updated_at"])


def _rows_in(run: ImportRun, items: Sequence[Item]) -> int:
    """Agent states found in a file of interactions are counted apart."""
    if run.kind == "agent_states":
        return len(items)
    return sum(not isinstance(item, AgentStateRecord) for item in items)


def _end(run: ImportRun, at: datetime) -> None:
    """Close a run that came to the end of its file, after comparing its counters with the rows."""
    with transaction.atomic():
        hold(run)
        run.total = run.read
        difference = _difference(run)
        if difference:
            run.message = f"The import does not reconcile: {difference}"
        if run.mode == "dry":
            run.checked = run.counters | {"side": run.side}
        good = ImportState.CHECKED if run.mode == "dry" else ImportState.FINISHED
        _close(run, ImportState.FAILED if difference else good, at)


def _difference(run: ImportRun) -> str:
    """What does not add up, as a sentence; "" if all does."""
    accounted = run.created + run.updated + run.skipped + run.failed
    if run.read != accounted:
        return f"{run.read:,} rows were read and {accounted:,} accounted for."
    there = stored(run).count() if run.mode == "real" else None
    if there is not None and there != run.created:
        return f"{run.created:,} rows were counted as created and {there:,} are stored."
    return ""


def _fail(run: ImportRun, reason: str, at: datetime) -> None:
    with transaction.atomic():
        hold(run)
        run.message = reason[:500]
        _close(run, ImportState.FAILED, at)


def _close(run: ImportRun, state: ImportState, at: datetime) -> None:
    """Save the end of a run, with its audit entry and its fact."""
    run.state, run.finished_at = state, at
    run.version += 1
    run.save(
        update_fields=[
            "state",
            "finished_at",
            "version",
            "message",
            "total",
            "checked",
            "updated_at",
        ]
    )
    verb = "finish_check" if run.mode == "dry" else "finish_import"
    audit.record(verb=verb, record=run, by=None, at=at, after={"state": state} | run.counters)
    if run.mode == "real":
        events.publish(
            ImportFinished(
                at=at,
                by_id=run.ordered_by_id,
                import_run_id=run.pk,
                kind=run.kind,
                state=state.value,
                read=run.read,
                created=run.created,
                updated=run.updated,
                skipped=run.skipped,
                failed=run.failed,
            )
        )
