"""What became of the items of a chunk: five counters, reports on rows, and what was made aside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.models.imports import ImportRow, ImportRun, RowOutcome
from crm.readers.base import RowError, Skip
from crm.readers.without_cards import redact_cells
from crm.redaction import redact
from lib.events import Event

LONGEST_RAW = 4_000

# What was made on the side: "customers", "queues" or "agents", and the names that say which.
Made = tuple[str, ...]


@dataclass(slots=True)
class RowReport:
    """A row that was not a plain create."""

    line: int
    outcome: RowOutcome
    code: str = ""
    column: str = ""
    message: str = ""
    cells: Sequence[str] = ()
    raw: str = ""
    target_id: int | None = None
    before: dict[str, Any] | None = None

    def as_row(self, run: ImportRun) -> ImportRow:
        """The row to store; a field of a mapped table is told by the name of its column."""
        cells = redact_cells(self.cells)
        raw = json.dumps(cells, ensure_ascii=False) if cells else redact(self.raw)
        return ImportRow(
            run=run,
            line=self.line,
            outcome=self.outcome,
            code=self.code[:40],
            column=redact(run.column_of(self.column))[:120],
            message=redact(self.message)[:500],
            raw=raw[:LONGEST_RAW],
            target_id=self.target_id,
            before=self.before,
        )


@dataclass(slots=True)
class Tally:
    """The counters of one chunk, with the facts that it made true."""

    created: int = 0
    reports: list[RowReport] = field(default_factory=list)
    made: set[Made] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    facts: list[Event] = field(default_factory=list)

    def report(self, report: RowReport) -> None:
        self.reports.append(report)

    def refuse(self, error: RowError) -> None:
        self.report(
            RowReport(
                error.line,
                RowOutcome.FAILED,
                error.code,
                error.column,
                error.message,
                error.cells,
                error.raw,
            )
        )

    def skip(self, skip: Skip) -> None:
        self.report(
            RowReport(
                skip.line,
                RowOutcome.SKIPPED,
                skip.code,
                "",
                skip.message,
                skip.cells,
                skip.raw,
            )
        )

    @property
    def side(self) -> Counter[str]:
        """How many customers, queues and agents were made, and what was left out."""
        return Counter(kind for kind, *_ in self.made) + self.left_out

    @property
    def counters(self) -> dict[str, int]:
        """How many rows had each outcome; the rows read are counted where they are read."""
        outcomes = Counter(report.outcome for report in self.reports)
        return {
            "created": self.created,
            "updated": outcomes[RowOutcome.UPDATED],
            "skipped": outcomes[RowOutcome.SKIPPED],
            "failed": outcomes[RowOutcome.FAILED],
        }
