"""What people do with an import: stage, map, check, start, pause, resume and cancel it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.importing import undoing
from crm.importing.options import ImportOptions
from crm.models.imports import COUNTERS, ImportMapping, ImportRow, ImportRun, ImportState
from crm.readers.formats import format_named
from ops import files, jobs
from ops.models import StoredFile


class NotNow(Exception):
    """The state of the run forbids the verb; the text says so."""

    def __init__(self, run: ImportRun, wanted: str) -> None:
        state = run.get_state_display().lower()
        super().__init__(f"This import is {state}, so it cannot be {wanted}.")


class ImportedBefore(Exception):
    """The same file was imported before with the same mapping."""

    def __init__(self, earlier: ImportRun) -> None:
        super().__init__(
            f"Import {earlier.pk} has already taken this file with the same mapping. Its rows "
            "would be found again and skipped. Choose “import again” if you want that."
        )
        self.earlier = earlier


class WrongKind(ValueError):
    """Files of this format hold no such records; the text is a sentence."""

    def __init__(self, label: str, kind: str) -> None:
        words = kind.replace("_", " ")
        super().__init__(f"A file read as “{label}” holds no {words}. Choose another format.")


class MappingMissing(Exception):
    """The format needs a column mapping and there is none."""

    def __init__(self) -> None:
        super().__init__("Say first which column is which.")


def stage_import(
    *,
    file: StoredFile,
    format_name: str,
    kind: str = "",
    source: str = "",
    options: ImportOptions | None = None,
    mapping: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime,
) -> ImportRun:
    """Make a run for a stored file; raises UnknownFormat and WrongKind.

    `kind` "" is what the mapping says, else what the format holds first. Nothing of the file is
    imported yet.
    """
    chosen = format_named(format_name)
    kind = kind or str((mapping or {}).get("kind") or chosen.kinds[0])
    if kind not in chosen.kinds:
        raise WrongKind(chosen.label, kind)
    is_mapped = bool(mapping) or not chosen.needs_mapping
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=kind,
            format=chosen.name,
            source=source,
            file=file,
            file_name=file.name,
            file_sha256=file.sha256,
            file_bytes=file.bytes,
            mapping=dict(mapping or {}),
            options=(options or ImportOptions()).as_json(),
            state=ImportState.MAPPED if is_mapped else ImportState.UPLOADED,
            ordered_by=by,
        )
        audit.record(verb="stage_import", record=run, by=by, at=at, after={"state": run.state})
    return run


def map_columns(
    *,
    run: ImportRun,
    mapping: Mapping[str, Any],
    options: ImportOptions,
    source: str,
    by: User | None,
    at: datetime,
) -> ImportRun:
    """Say which column is which and what to do with unknown names; earlier results are dropped."""
    with transaction.atomic():
        run = _locked(run)
        if run.state != ImportState.UPLOADED and not run.may_become(ImportState.MAPPED):
            raise NotNow(run, "mapped")
        _forget_results(run)
        run.mapping, run.options = dict(mapping), options.as_json()
        run.source = source
        run.checked, run.total, run.message = {}, None, ""
        _become(run, ImportState.MAPPED, verb="map_columns", by=by, at=at)
    return run


def save_mapping(
    *, name: str, format_name: str, mapping: Mapping[str, Any], by: User | None, at: datetime
) -> ImportMapping:
    """Keep a mapping under a name, for the next file of its kind; the same name replaces it."""
    content = {key: value for key, value in mapping.items() if key not in ("columns", "kind")}
    with transaction.atomic():
        saved, is_new = ImportMapping.objects.select_for_update(of=("self",)).get_or_create(
            name=name, defaults={"format": format_name}
        )
        before = {} if is_new else {"columns": saved.columns, "options": saved.options}
        saved.format, saved.columns, saved.options = format_name, mapping["columns"], content
        saved.kind = str(mapping.get("kind") or "interactions")
        saved.version += 0 if is_new else 1
        saved.save()
        audit.record(
            verb="save_mapping",
            record=saved,
            by=by,
            at=at,
            before=before,
            after={"columns": saved.columns, "options": saved.options},
        )
    return saved


def check_import(
    *, run: ImportRun, by: User | None, at: datetime, in_background: bool = True
) -> ImportRun:
    """Order a dry run: the same work as the import, rolled back chunk by chunk.

    Without `in_background` no job is queued: the caller works through the run itself.
    """
    with transaction.atomic():
        run = _locked(run)
        if not run.may_become(ImportState.CHECKING):
            raise MappingMissing if run.state == ImportState.UPLOADED else NotNow(run, "checked")
        _forget_results(run)
        run.mode, run.total = "dry", None
        run.started_at, run.finished_at, run.message = at, None, ""
        _become(run, ImportState.CHECKING, verb="check_import", by=by, at=at)
        if in_background:
            _enqueue(run)
    return run


def start_import(
    *,
    run: ImportRun,
    by: User | None,
    at: datetime,
    again: bool = False,
    in_background: bool = True,
) -> ImportRun:
    """Order the real run; raises ImportedBefore unless `again`. `in_background` as above."""
    with transaction.atomic():
        run = _locked(run)
        if run.state == ImportState.PAUSED or not run.may_become(ImportState.RUNNING):
            raise MappingMissing if run.state == ImportState.UPLOADED else NotNow(run, "started")
        earlier = earlier_import(run)
        if earlier and not again:
            raise ImportedBefore(earlier)
        _forget_results(run)
        run.mode, run.started_at, run.finished_at, run.message = "real", at, None, ""
        _become(run, ImportState.RUNNING, verb="start_import", by=by, at=at)
        if in_background:
            _enqueue(run)
    return run


def take_file(
    *,
    file: StoredFile,
    format_name: str,
    source: str,
    options: ImportOptions,
    by: User,
    at: datetime,
) -> ImportRun:
    """Import a stored file that needs no mapping at once; returns the run.

    The same bytes from the same source were or are taken already: that run is returned, and the
    file is removed.
    """
    same = {"file_sha256": file.sha256, "format": format_name, "source": source}
    with transaction.atomic():
        if earlier := earlier_import(ImportRun(**same)):
            files.remove(file)
            return earlier
        run = stage_import(
            file=file, format_name=format_name, source=source, options=options, by=by, at=at
        )
        return start_import(run=run, by=by, at=at)


def earlier_import(run: ImportRun) -> ImportRun | None:
    """The latest run that took the same bytes in the same way, or is about to."""
    taken = (ImportState.RUNNING, ImportState.PAUSED, ImportState.FINISHED)
    same = ImportRun.objects.filter(
        file_sha256=run.file_sha256,
        format=run.format,
        source=run.source,
        mode="real",
        state__in=taken,
    ).exclude(pk=run.pk)
    return next((earlier for earlier in same if earlier.mapping == run.mapping), None)


def pause_import(*, run: ImportRun, by: User | None, at: datetime) -> ImportRun:
    """Stop after the chunk that is being taken; pausing twice changes nothing."""
    return _move(run, ImportState.PAUSED, "paused", verb="pause_import", by=by, at=at)


def resume_import(*, run: ImportRun, by: User | None, at: datetime) -> ImportRun:
    """Go on at the checkpoint."""
    with transaction.atomic():
        run = _locked(run)
        if run.state != ImportState.PAUSED:
            raise NotNow(run, "resumed")
        _become(run, ImportState.RUNNING, verb="resume_import", by=by, at=at)
        _enqueue(run)
    return run


def cancel_import(*, run: ImportRun, by: User | None, at: datetime) -> ImportRun:
    """Stop for good; chunks that were taken stay. Canceling twice changes nothing."""
    return _move(run, ImportState.CANCELED, "canceled", verb="cancel_import", by=by, at=at)


def undo_import(
    *, run: ImportRun, by: User | None, at: datetime, in_background: bool = True
) -> ImportRun:
    """Order that a finished or canceled import is taken back; raises NotNow."""
    with transaction.atomic():
        run = _locked(run)
        if run.mode != "real" or not run.may_become(ImportState.UNDOING):
            raise NotNow(run, "undone")
        undoing.start(run)
        _become(run, ImportState.UNDOING, verb="undo_import", by=by, at=at)
        if in_background:
            jobs.enqueue(
                "crm.undo_import",
                key=f"undo-{run.pk}-{run.version}",
                requested_by_id=by.pk if by else None,
                run_id=run.pk,
            )
    return run


def finish_undo(*, run: ImportRun, at: datetime) -> ImportRun:
    """Close an undo, after comparing what was removed and kept with what is stored."""
    with transaction.atomic():
        run = _locked(run)
        if run.state == ImportState.UNDONE:
            return run
        if not undoing.is_reconciled(run):
            run.message = "The undo does not reconcile: rows of this import were lost or added."
        run.finished_at = at
        _become(run, ImportState.UNDONE, verb="finish_undo", by=None, at=at)
    return run


def _move(
    run: ImportRun, state: ImportState, word: str, *, verb: str, by: User | None, at: datetime
) -> ImportRun:
    with transaction.atomic():
        run = _locked(run)
        if run.state == state:
            return run
        if not run.may_become(state):
            raise NotNow(run, word)
        if state == ImportState.CANCELED:
            run.finished_at = at
        _become(run, state, verb=verb, by=by, at=at)
    return run


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)


def _become(
    run: ImportRun, state: ImportState, *, verb: str, by: User | None, at: datetime
) -> None:
    before, run.state = run.state, state
    run.version += 1
    run.save()
    audit.record(
        verb=verb, record=run, by=by, at=at, before={"state": before}, after={"state": state}
    )


def _enqueue(run: ImportRun) -> None:
    """Queue the work; the version tells this order from an earlier one for the same run."""
    jobs.enqueue(
        "crm.run_import",
        key=f"import-{run.pk}-{run.version}",
        requested_by_id=run.ordered_by_id,
        run_id=run.pk,
    )


def _forget_results(run: ImportRun) -> None:
    """Drop counters and rows of a dry run; a real run that has begun is never forgotten."""
    assert run.mode == "dry" or run.checkpoint == 0
    ImportRow.objects.filter(run=run).delete()
    for name in COUNTERS:
        setattr(run, name, 0)
    run.side, run.checkpoint = {}, 0
