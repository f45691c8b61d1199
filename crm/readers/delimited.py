"""Reads any table (CSV, TSV, XLSX) by a saved column mapping.

One row is one interaction, or one leg: then rows with the same external id that stand together are
one interaction. Also reads customers and agent states, one to a row.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import BinaryIO

from crm.readers.base import (
    InteractionRecord,
    Item,
    ReaderOptions,
    RowError,
    Skip,
)
from crm.readers.fields import FieldError
from crm.readers.mapped_rows import RowMaker
from crm.readers.mapping import SKIP, ColumnMapping, fit
from crm.readers.tables import open_rows, row_problem

DEFAULT_SOURCE = "table"
MOST_LEGS = 1_000
TOO_MANY = f"One interaction has more than {MOST_LEGS:,} rows. Is the right column mapped?"
SKIPPED = "The mapping leaves rows with this value out."


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield a record, an error or a skip for each row, or for each group of rows that are legs."""
    with open_rows(file, options) as (header, rows):
        mapping = fit(options.mapping, header)
        maker = RowMaker(mapping, options, options.source or DEFAULT_SOURCE)
        width = len(header.names)
        items: Iterator[Item] = (
            row_problem(line, cells, problem, width)
            if problem or len(cells) != width
            else _item(maker, mapping, line, cells)
            for line, cells, problem in rows
        )
        yield from _grouped(items, mapping) if mapping.row_is == "leg" else items


def _item(maker: RowMaker, mapping: ColumnMapping, line: int, cells: Sequence[str]) -> Item:
    texts = mapping.texts(cells)
    for name in mapping.values:
        if texts.get(name) == SKIP:
            return Skip(line, "left_out", SKIPPED, cells)
    try:
        if mapping.kind == "customers":
            return maker.customer(texts, line, cells)
        if mapping.kind == "organizations":
            return maker.organization(texts, line, cells)
        if mapping.kind == "agent_states":
            return maker.agent_state(texts, line, cells)
        return maker.interaction(texts, line, cells)
    except FieldError as error:
        return RowError(line, mapping.column(error.column), error.code, error.message, cells)
    except OverflowError:
        return RowError(
            line,
            "",
            "date_unreadable",
            "The times lie outside the years that can be stored.",
            cells,
        )


def _grouped(items: Iterator[Item], mapping: ColumnMapping) -> Iterator[Item]:
    """Join neighboring rows with one external id into one interaction with several legs.

    If one of the rows cannot be read, the interaction is left out: half of it would be wrong.
    """
    place = next(index for index, name in mapping.places if name == "external_id")

    def key(item: Item) -> str:
        cells = item.cells if isinstance(item, InteractionRecord | RowError | Skip) else ()
        return cells[place].strip() if len(cells) > place else ""

    for _, members in groupby(items, key):
        records: list[InteractionRecord] = []
        wrong = 0
        for member in members:
            if isinstance(member, InteractionRecord) and len(records) < MOST_LEGS:
                records.append(member)
            elif isinstance(member, InteractionRecord):
                yield RowError(member.line, "", "too_long", TOO_MANY, member.cells)
            else:
                wrong = wrong or (member.line if isinstance(member, RowError) else 0)
                yield member
        if records and wrong:
            yield RowError(
                records[0].line,
                "",
                "line_unreadable",
                f"Line {wrong}, which belongs to this interaction, could not be read.",
                records[0].cells,
            )
        elif records:
            yield _joined(records)


def _joined(rows: list[InteractionRecord]) -> InteractionRecord:
    """One interaction of several rows: times from the first start to the last end."""
    record = rows[0]
    record.legs = [leg for row in rows for leg in row.legs]
    record.started_at = min(row.started_at for row in rows if row.started_at)
    record.answered_at = next((row.answered_at for row in rows if row.answered_at), None)
    record.ended_at = max((row.ended_at for row in rows if row.ended_at), default=None)
    record.ended_by = rows[-1].ended_by
    record.dispositions = list(dict.fromkeys(code for row in rows for code in row.dispositions))
    record.recordings = [recording for row in rows for recording in row.recordings]
    if any(row.outcome == "handled" for row in rows):
        record.outcome = "handled"
    return record
