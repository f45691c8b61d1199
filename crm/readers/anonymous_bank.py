"""Reads tables of the Anonymous Bank: one row for each call, local clocks without a date.

The mapping that ships says which column plays which part; the rules below are the bank's own:
`0:00:00` is no time where a stay or a service would start, and an exit counts only with its start.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from crm.readers.base import (
    CustomerRecord,
    InteractionRecord,
    Item,
    JsonValue,
    LegRecord,
    QueueVisitRecord,
    ReaderOptions,
    RowError,
    Skip,
    UnreadableFile,
)
from crm.readers.clocks import Clocks, LocalTime, next_day_if_earlier
from crm.readers.tables import open_rows, row_problem

DEFAULT_SOURCE = "anonymous-bank"
DEFAULT_ZONE = "Asia/Jerusalem"

# Which column plays which part of a row.
COLUMNS: dict[str, str] = {
    "line": "vru+line",
    "call": "call_id",
    "customer": "customer_id",
    "priority": "priority",
    "queue": "type",
    "date": "date",
    "entry": "vru_entry",
    "exit": "vru_exit",
    "queue_start": "q_start",
    "queue_exit": "q_exit",
    "queue_seconds": "q_time",
    "outcome": "outcome",
    "service_start": "ser_start",
    "service_exit": "ser_exit",
    "service_seconds": "ser_time",
    "agent": "server",
}
NO_TIME = "0:00:00"
NO_CUSTOMER = "0"
NO_AGENT = "NO_SERVER"
PRIORITIES = {"1": "low", "2": "high"}
PHANTOM = "The switch counted this call, but it never was one (PHANTOM)."


class _Row(NamedTuple):
    line: str
    call: str
    customer: str
    priority: str
    queue: str
    date: str
    entry: str
    exit: str
    queue_start: str
    queue_exit: str
    queue_seconds: str
    outcome: str
    service_start: str
    service_exit: str
    service_seconds: str
    agent: str


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield one interaction for each row, and a skip for each phantom call."""
    columns = _columns(options.mapping)
    to_item = _RowReader(options).item
    with open_rows(file, options) as (header, rows):
        pick = itemgetter(*(header.index(columns[part]) for part in _Row._fields))
        width = len(header.names)
        for line, cells, problem in rows:
            if problem or len(cells) != width:
                yield row_problem(line, cells, problem, width)
                continue
            row = _Row._make(pick(cells))
            try:
                yield to_item(line, cells, row)
            except (ValueError, OverflowError):
                yield _diagnose(line, cells, row, columns)


def _columns(mapping: Mapping[str, JsonValue]) -> dict[str, str]:
    """Part -> column, from a saved mapping or the one that ships."""
    given = mapping.get("columns") or COLUMNS
    if not isinstance(given, Mapping) or given.keys() != COLUMNS.keys():
        raise UnreadableFile(
            f"The mapping must name a column for each of: {', '.join(COLUMNS)}.", code="mapping"
        )
    return {part: str(name) for part, name in given.items()}


class _Instants(NamedTuple):
    entry: datetime
    exit: datetime
    queue_start: datetime | None
    queue_exit: datetime | None
    service_start: datetime | None
    service_exit: datetime | None


class _RowReader:
    """Makes records of rows; holds what is the same for all of them."""

    def __init__(self, options: ReaderOptions) -> None:
        self._local = LocalTime(options.zone or DEFAULT_ZONE)
        self._clocks = Clocks("ymd")
        self._source = options.source or DEFAULT_SOURCE

    def item(self, line: int, cells: Sequence[str], row: _Row) -> InteractionRecord | Skip:
        """The record of one row; raises ValueError if a cell cannot be read."""
        if row.outcome == "PHANTOM":
            return Skip(line, "phantom", PHANTOM, cells)
        times = self._instants(row)
        if row.outcome == "AGENT":
            record = self._handled(row, times)
        elif row.outcome == "HANG":
            record = self._abandoned(row, times)
        else:
            raise ValueError(row.outcome)
        if row.customer != NO_CUSTOMER:
            record.customer = CustomerRecord(external_id=row.customer, source=self._source)
        if row.priority in PRIORITIES:
            record.custom = {"priority": PRIORITIES[row.priority]}
        record.source = self._source
        record.line = line
        record.cells = cells
        return record

    def _handled(self, row: _Row, times: _Instants) -> InteractionRecord:
        wait = int(row.queue_seconds)
        leg = LegRecord(
            agent="" if row.agent == NO_AGENT else row.agent,
            queue=row.queue,
            answered_at=times.service_start,
            ended_at=times.service_exit,
            wait_seconds=wait,
            talk_seconds=int(row.service_seconds),
        )
        return InteractionRecord(
            f"{row.line}-{row.call}",
            started_at=times.entry,
            queued_at=times.queue_start,
            answered_at=times.service_start,
            ended_at=times.service_exit,
            queue=row.queue,
            legs=(leg,),
            visits=(_visit(row, times.queue_start or times.entry, "answered", wait, 0),),
        )

    def _abandoned(self, row: _Row, times: _Instants) -> InteractionRecord:
        record = InteractionRecord(
            f"{row.line}-{row.call}",
            outcome="abandoned_before_queue",
            started_at=times.entry,
            queued_at=times.queue_start,
            ended_at=times.queue_exit or times.exit,
            ended_by="customer",
            queue=row.queue,
            visits=(),
        )
        if times.queue_start:
            wait = int(row.queue_seconds)
            record.outcome = "abandoned_in_queue"
            record.visits = (_visit(row, times.queue_start, "abandoned", wait, None),)
        return record

    def _instants(self, row: _Row) -> _Instants:
        """The six clocks of a row as instants, in the order in which they follow one another."""
        instant, on = self._local.instant, self._clocks.day(row.date)
        seconds_of = self._clocks.seconds
        found: list[datetime | None] = []
        before = 0
        for start, end in (
            (row.entry, row.exit),
            (row.queue_start, row.queue_exit),
            (row.service_start, row.service_exit),
        ):
            if start == NO_TIME and found:
                found += (None, None)
                continue
            begun = next_day_if_earlier(seconds_of(start), before)
            before = next_day_if_earlier(seconds_of(end), begun)
            found += (instant(on, begun), instant(on, before))
        return _Instants(*found)  # type: ignore[arg-type]  # The first two are never None.


def _visit(
    row: _Row, entered_at: datetime, outcome: str, wait: int, leg: int | None
) -> QueueVisitRecord:
    left_at = entered_at + timedelta(seconds=wait)
    return QueueVisitRecord(row.queue, entered_at, left_at, outcome, wait, leg)


def _diagnose(line: int, cells: Sequence[str], row: _Row, columns: Mapping[str, str]) -> RowError:
    """Find the first cell that cannot be read, and say so."""
    for part, text in row._asdict().items():
        try:
            _check(part, text)
        except _Unreadable as error:
            return RowError(line, columns[part], error.code, str(error), cells)
    return RowError(line, "", "line_unreadable", "The times lie outside the calendar.", cells)


class _Unreadable(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _check(part: str, text: str) -> None:
    """Raise _Unreadable if the cell of that part cannot be read."""
    try:
        if part == "date":
            Clocks("ymd").day(text)
        elif part in _Instants._fields:
            Clocks().seconds(text)
    except ValueError as error:
        raise _Unreadable("date_unreadable", str(error)) from None
    if part.endswith("_seconds") and not text.strip().lstrip("+-").isdecimal():
        raise _Unreadable("number_unreadable", f'"{text[:40]}" is not a whole number of seconds.')
    if part == "outcome" and text not in ("AGENT", "HANG", "PHANTOM"):
        raise _Unreadable("choice_unknown", f'"{text[:40]}" is not AGENT, HANG or PHANTOM.')
