"""The values of a definition as rows for programs: of facts, or of the boards of other apps."""

from __future__ import annotations

from typing import Any

from reports import figures
from reports.definitions import Definition
from reports.evidence import evidence
from reports.registry import Registry
from reports.rows import values
from reports.slices import Slice


def fact_rows(definition: Definition, piece: Slice, by: str) -> list[dict[str, Any]]:
    """Each with why there is no value; of the whole, also how many were left out by reason."""
    note = figures.why_not(definition, piece)
    found = None if note or by != "total" else evidence(definition, piece)
    excluded = found.counts() if found else None
    if excluded is not None:
        excluded.pop("", None)
    rows = values(definition, piece, by, Registry(piece.period.end))
    return [row.as_dict() | {"note": note, "excluded": excluded} for row in rows]
