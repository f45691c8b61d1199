"""Reads the call detail records that Asterisk writes as CSV: 16 to 21 columns without a header.

Rows of one linked id are legs of one call. They stand near one another but not together, so a call
is given out when the file has been silent about it for a day, or at its end.

Settings of the run: `outbound_contexts` lists the dial plan contexts of outbound calls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO

from crm.readers.base import InteractionRecord, Item, LegRecord, ReaderOptions, RowError
from crm.readers.clocks import Clocks, LocalTime, parse_moment
from crm.readers.fields import LARGEST_SECONDS, FieldError
from crm.readers.tables import open_rows_without_header

DEFAULT_SOURCE = "asterisk"
SILENCE = timedelta(days=1)
FEWEST, MOST = 16, 21
COLUMNS = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end "
    "duration billsec disposition amaflags"
)
PLACE = {name: place for place, name in enumerate(COLUMNS.split())}
# From this many columns on the last three are peer account, linked id and sequence.
WITH_LINKED_ID = 19
DISPOSITIONS = frozenset({"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"})


@dataclass(slots=True)
class _Row:
    """One record of the file, read."""

    line: int
    cells: Sequence[str]
    key: str
    is_outbound: bool
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration: int
    billed: int
    disposition: str

    def text(self, name: str) -> str:
        return self.cells[PLACE[name]].strip()


@dataclass(slots=True)
class _Call:
    rows: list[_Row] = field(default_factory=list)

    @property
    def last_at(self) -> datetime:
        return self.rows[-1].ended_at or self.rows[-1].started_at


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield the calls of the file, and an error for each line that cannot be read."""
    reader = _RowReader(options)
    calls: dict[str, _Call] = {}
    with open_rows_without_header(file, options, ",") as rows:
        for line, cells, problem in rows:
            if problem:
                yield RowError(line, "", "line_unreadable", problem, raw=cells[0])
                continue
            try:
                row = reader.row(line, cells)
            except FieldError as error:
                yield RowError(line, error.column, error.code, error.message, cells)
                continue
            call = calls.pop(row.key, None) or _Call()
            call.rows.append(row)
            calls[row.key] = call
            yield from _silent(calls, call.last_at, reader.source)
    for call in calls.values():
        yield _interaction(call.rows, reader.source)


def _silent(calls: dict[str, _Call], now: datetime, source: str) -> Iterator[InteractionRecord]:
    while True:
        oldest = next(iter(calls))
        if calls[oldest].last_at > now - SILENCE:
            return
        yield _interaction(calls.pop(oldest).rows, source)


class _RowReader:
    """Reads the cells of a row; holds what is the same for all of them."""

    def __init__(self, options: ReaderOptions) -> None:
        self.source = options.source or DEFAULT_SOURCE
        self._local = LocalTime(options.zone)
        self._clocks = Clocks("ymd")
        contexts = options.settings.get("outbound_contexts")
        self._outbound = set(map(str, contexts)) if isinstance(contexts, list) else set[str]()

    def row(self, line: int, cells: Sequence[str]) -> _Row:
        """May raise FieldError."""
        if not FEWEST <= len(cells) <= MOST:
            raise FieldError(
                "",
                "column_count",
                f"The row has {len(cells)} cells; a call record has {FEWEST} to {MOST}.",
            )
        started_at = self._moment(cells, "start")
        if started_at is None:
            raise FieldError("start", "required", "This cell is empty.")
        disposition = cells[PLACE["disposition"]].strip().upper()
        if disposition not in DISPOSITIONS:
            known = ", ".join(sorted(DISPOSITIONS))
            raise FieldError("disposition", "choice_unknown", f"It is none of {known}.")
        return _Row(
            line=line,
            cells=cells,
            key=_key(cells),
            is_outbound=cells[PLACE["dcontext"]].strip() in self._outbound,
            started_at=started_at,
            answered_at=self._moment(cells, "answer"),
            ended_at=self._moment(cells, "end"),
            duration=_seconds(cells, "duration"),
            billed=_seconds(cells, "billsec"),
            disposition=disposition,
        )

    def _moment(self, cells: Sequence[str], name: str) -> datetime | None:
        text = cells[PLACE[name]].strip()
        if not text:
            return None
        try:
            return parse_moment(text.partition(".")[0], self._clocks, self._local)
        except ValueError as error:
            raise FieldError(name, "date_unreadable", str(error)) from None


def _seconds(cells: Sequence[str], name: str) -> int:
    text = cells[PLACE[name]].strip().partition(".")[0]
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or int(digits[:12]) > LARGEST_SECONDS:
        raise FieldError(name, "number_unreadable", f'"{text[:40]}" is not a number of seconds.')
    return int(text)


def _key(cells: Sequence[str]) -> str:
    """The linked id, else the unique id, else when and on which channel it began."""
    if len(cells) >= WITH_LINKED_ID and cells[-2].strip():
        return cells[-2].strip()
    if len(cells) not in (FEWEST, WITH_LINKED_ID) and cells[FEWEST].strip():
        return cells[FEWEST].strip()
    return f"{cells[PLACE['channel']].strip()} {cells[PLACE['start']].strip()}"


def _interaction(rows: list[_Row], source: str) -> InteractionRecord:
    """One call of its rows: times from the first start to the last end."""
    rows.sort(key=lambda row: (row.started_at, row.line))
    first = rows[0]
    answered = [row for row in rows if row.disposition == "ANSWERED"]
    number, dialed = first.text("src"), first.text("dst")
    return InteractionRecord(
        first.key,
        direction="outbound" if first.is_outbound else "inbound",
        outcome=_outcome(rows, is_answered=bool(answered)),
        started_at=first.started_at,
        answered_at=min((row.answered_at for row in answered if row.answered_at), default=None),
        ended_at=max((row.ended_at for row in rows if row.ended_at), default=None),
        customer_address=dialed if first.is_outbound else number,
        service_address=number if first.is_outbound else dialed,
        wait_seconds=_wait(answered[0]) if answered else None,
        legs=[leg for row in rows for leg in _legs(row)],
        flags=("billsec_longer",) if any(row.billed > row.duration for row in rows) else (),
        source=source,
        line=min(row.line for row in rows),
        cells=first.cells,
    )


def _outcome(rows: list[_Row], *, is_answered: bool) -> str:
    if is_answered:
        return "handled"
    nobody_came = all(row.disposition == "NO ANSWER" for row in rows)
    return "abandoned_before_queue" if nobody_came and not rows[0].is_outbound else "failed"


def _legs(row: _Row) -> Iterator[LegRecord]:
    """The part of the agent who answered, or whose phone rang in vain."""
    agent = _device(row.text("channel" if row.is_outbound else "dstchannel"))
    if row.disposition == "ANSWERED":
        yield LegRecord(
            agent=agent,
            offered_at=row.started_at,
            answered_at=row.answered_at,
            ended_at=row.ended_at,
            wait_seconds=_wait(row),
            talk_seconds=row.billed,
        )
    elif agent and row.disposition == "NO ANSWER" and not row.is_outbound:
        yield LegRecord(
            agent=agent,
            offered_at=row.started_at,
            ended_at=row.ended_at,
            ring_seconds=row.duration,
            end="not_answered",
        )


def _wait(row: _Row) -> int | None:
    return row.duration - row.billed if row.billed <= row.duration else None


def _device(channel: str) -> str:
    """The device of a channel: SIP/agent07-0000001b is SIP/agent07."""
    return channel.rpartition("-")[0] or channel
