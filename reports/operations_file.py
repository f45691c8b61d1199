"""The table of operations as a file, on its page and beside a document that cannot hold it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lib.tabular import CellValue
from reports import kpis
from reports.kpis import UNIT_WORDS
from reports.operations import Operations


def table_lines(page: Operations, cutoff: datetime) -> Iterator[tuple[CellValue, ...]]:
    """What is told first, then one line for each group and definition."""
    filters = ", ".join(f"{label}: {value}" for label, value in page.form.in_words())
    yield (f"Figures up to {cutoff.isoformat(timespec='seconds')}", filters)
    yield (
        *(page.by, "definition", "unit", "value", "numerator", "denominator"),
        *("n", "low", "high"),
    )
    for line in page.table():
        for definition, found in zip(page.columns, line.values, strict=True):
            yield (
                *(line.name, definition.slug, UNIT_WORDS[definition.unit], six(found.value)),
                *(found.numerator, found.denominator, found.n, six(found.low), six(found.high)),
            )


def six(value: float | None) -> CellValue:
    return None if value is None else kpis.rounded(value, 6)
