"""A look into a table before it is imported: its columns, its first rows, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crm.importing.files import open_file
from crm.importing.options import ImportOptions
from crm.importing.previews import shown
from crm.importing.work import items_of, reader_options
from crm.models.imports import ImportRun
from crm.readers.tables import open_rows

SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Table:
    """The header of a table and its first rows, as they stand."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def samples(self, index: int) -> list[str]:
        """What the first rows hold in one column, without repeats."""
        texts = [row[index] for row in self.rows if index < len(row) and row[index].strip()]
        return list(dict.fromkeys(texts))


def look_into(run: ImportRun) -> Table:
    """The header and five rows; raises UnreadableFile and FileGone with a sentence."""
    options = reader_options(run, run.created_at)
    with open_file(run) as file, open_rows(file, options) as (header, rows):
        first = [cells for _, cells, problem in islice(rows, SAMPLES) if not problem]
    return Table(header.names, first)


def trial(run: ImportRun, mapping: Mapping[str, Any], options: ImportOptions) -> ImportRun:
    """The run as it would be with this mapping and these options; not stored."""
    return ImportRun(
        kind=run.kind,
        format=run.format,
        source=run.source,
        file=run.file,
        file_name=run.file_name,
        created_at=run.created_at,
        mapping=dict(mapping),
        options=options.as_json(),
    )


def preview(run: ImportRun) -> list[dict[str, Any]]:
    """What the first five rows become; raises UnreadableFile and FileGone with a sentence."""
    with open_file(run) as file:
        items = list(islice(items_of(run, file, run.created_at), SAMPLES))
    return [shown(run.kind, item) for item in items]
