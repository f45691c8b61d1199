"""What a run came to: the counters as a picture, the errors by code, and the errors file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.db.models import Count

from crm.importing.files import FileGone
from crm.importing.samples import look_into
from crm.models.imports import ImportRow, ImportRun, RowOutcome
from crm.readers.base import UnreadableFile
from lib import charts
from lib.tabular import csv_lines

PARTS = (("created", "good"), ("updated", "accent"), ("skipped", ""), ("failed", "bad"))
REPORT_COLUMNS = ("line", "code", "column", "message")
ROWS_AT_ONCE = 2_000
MOST_ROWS = 1_000_000


def counters_chart(run: ImportRun) -> charts.Chart:
    """Created, updated, skipped and failed as one bar."""
    title = "Dry run" if run.mode == "dry" else "Rows"
    return charts.stacked_bars(
        [f"{run.read:,} read"],
        [(name.capitalize(), [getattr(run, name)]) for name, _ in PARTS],
        title=title,
        label_header="Run",
        tones=[tone for _, tone in PARTS],
    )


def error_summary(run: ImportRun) -> list[tuple[str, int]]:
    """How many rows failed with each code, the most frequent first."""
    failed = run.rows.filter(outcome=RowOutcome.FAILED).order_by()
    counted = failed.values("code").annotate(count=Count("pk")).order_by("-count", "code")
    return [(row["code"], row["count"]) for row in counted]


def error_lines(run: ImportRun) -> Iterator[bytes]:
    """The errors file as pieces of CSV: the columns of the file, and what is wrong with each row.

    It can be corrected and imported again; cells are protected from spreadsheets.
    """
    return csv_lines(_table(run, _columns(run)))


def _columns(run: ImportRun) -> Sequence[str]:
    """The names of the file's own columns; "raw" for a file that is no table."""
    cells = _first_cells(run)
    if cells is None:
        return ["raw"]
    try:
        return look_into(run).columns
    except (UnreadableFile, FileGone):
        return [f"column_{number}" for number, _ in enumerate(cells, start=1)]


def _first_cells(run: ImportRun) -> Sequence[str] | None:
    first = run.rows.filter(outcome=RowOutcome.FAILED).first()
    return _cells(first) if first else None


def _table(run: ImportRun, names: Sequence[str]) -> Iterator[Sequence[str | int]]:
    yield [*names, *REPORT_COLUMNS]
    failed = run.rows.filter(outcome=RowOutcome.FAILED).order_by("line", "pk")
    for row in failed[:MOST_ROWS].iterator(chunk_size=ROWS_AT_ONCE):
        cells = _cells(row)
        texts = list(cells) if cells is not None else [row.raw]
        texts += [""] * (len(names) - len(texts))
        yield [*texts[: len(names)], row.line, row.code, row.column, row.message]


def _cells(row: ImportRow) -> Sequence[str] | None:
    """The cells of a row of a table; None for a row of another format."""
    if not row.raw.startswith("["):
        return None
    try:
        found = json.loads(row.raw)
    except ValueError:
        return None
    return [str(cell) for cell in found]
