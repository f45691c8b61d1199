"""Writes a list as a file: the same filters, rows and masks as its page."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO

from django.http import QueryDict

from accounts.models import User
from crm import access, listed
from crm.contact_points import mask
from crm.models import ExportRun, Interaction, Leg
from crm.models.customers import primary_points
from crm.models.exports import ExportFormat, ExportKind
from lib.refusals import Invalid
from lib.tabular import csv_lines, write_xlsx
from ops import files
from ops.models import StoredFile

MOST_ROWS = 1_000_000
AT_ONCE = 1_000
KIND = "list_export"
MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
}
Row = Sequence[Any]


class TooManyRows(Invalid):
    def __init__(self) -> None:
        super().__init__("", f"A file holds at most {MOST_ROWS:,} rows. Narrow the list.")


@dataclass(frozen=True)
class Listed:
    """The columns of a list and its rows for one reader."""

    header: list[str]
    rows: Callable[[User, QueryDict], Iterator[Row]]


CUSTOMER_HEADER = [
    *("reference", "name", "vip", "phone", "email", "language", "source", "external_id", "tags"),
    *("interactions", "first_interaction_at", "last_interaction_at"),
]
INTERACTION_HEADER = [
    *("reference", "source", "external_id", "channel", "direction", "outcome", "started_at"),
    *("ended_at", "customer", "customer_address", "queue", "agents", "team", "wait_seconds"),
    *("talk_seconds", "hold_seconds", "wrap_seconds", "handle_seconds", "quality_flags", "tags"),
]
CASE_HEADER = [
    *("reference", "subject", "status", "category", "priority", "kind", "customer", "team"),
    *("assignee", "queue", "channel", "opened_at", "first_response_at", "resolved_at", "closed_at"),
    *("next_due_at", "is_breached", "reopened_count", "tags"),
]


def customers(user: User, query: QueryDict) -> Iterator[Row]:
    """Customers by their id, restricted ones left out; addresses masked for whom they are."""
    in_full = access.may_see_contact_points(user)
    rows = listed.customers(user, query).order_by("pk")
    rows = rows.prefetch_related(primary_points(), "tags")
    for row in rows.iterator(chunk_size=AT_ONCE):
        points = {point.kind: point for point in getattr(row, "shown_points", [])}
        shown = [
            (points[kind].value if in_full else points[kind].masked) if kind in points else ""
            for kind in ("phone", "email")
        ]
        tags = ", ".join(tag.name for tag in row.tags.all())
        yield (
            *(row.reference, str(row), row.is_vip, *shown, row.preferred_language, row.source),
            *(row.external_id, tags, row.interaction_count),
            *(row.first_interaction_at, row.last_interaction_at),
        )


def interactions(user: User, query: QueryDict) -> Iterator[Row]:
    """Interactions by their id, those of restricted customers left out."""
    in_full = access.may_see_contact_points(user)
    rows = listed.interactions(user, query).select_related("customer", "queue")
    found = rows.prefetch_related("tags").order_by("pk").iterator(chunk_size=AT_ONCE)
    while part := list(islice(found, AT_ONCE)):
        people = Leg.objects.people_of(part)
        for row in part:
            agents, team = people.get(row.pk, ("", ""))
            yield (
                *(row.reference, row.source, row.external_id, row.channel, row.direction),
                *(row.outcome, row.started_at, row.ended_at),
                *(row.customer.reference if row.customer else "", _address(row, in_full)),
                *(row.queue.name if row.queue else "", agents, team, row.wait_seconds),
                *(row.talk_seconds, row.hold_seconds, row.wrap_seconds, row.handle_seconds),
                *(" ".join(row.quality_flags), ", ".join(tag.name for tag in row.tags.all())),
            )


def cases(user: User, query: QueryDict) -> Iterator[Row]:
    """Cases by their id, those of restricted customers left out."""
    rows = listed.cases(user, query).for_list().order_by("pk")
    for row in rows.iterator(chunk_size=AT_ONCE):
        tags = ", ".join(tag.name for tag in row.tags.all())
        yield (
            *(row.reference, row.subject, row.status.name, row.category, row.priority, row.kind),
            row.customer.reference if row.customer else "",
            *(str(row.team or ""), row.assignee.short_name if row.assignee else ""),
            *(str(row.queue or ""), row.channel, row.opened_at, row.first_response_at),
            *(row.resolved_at, row.closed_at, row.next_due_at, row.is_breached),
            *(row.reopened_count, tags),
        )


def _address(row: Interaction, in_full: bool) -> str:
    address = row.customer_address
    if in_full or not address:
        return address
    return mask("email" if "@" in address else "phone", address)


LISTS = {
    ExportKind.CUSTOMERS: Listed(CUSTOMER_HEADER, customers),
    ExportKind.INTERACTIONS: Listed(INTERACTION_HEADER, interactions),
    ExportKind.CASES: Listed(CASE_HEADER, cases),
}


def write(run: ExportRun) -> tuple[StoredFile, int]:
    """The file and its number of rows; called outside any transaction. Raises Invalid."""
    listed = LISTS[ExportKind(run.kind)]
    counted = _Counted(listed.rows(run.ordered_by, QueryDict(run.query)))
    with tempfile.TemporaryFile() as target:
        _WRITERS[ExportFormat(run.format)](target, listed.header, counted)
        target.seek(0)
        name = f"{run.kind}-{run.ordered_at:%Y-%m-%d}.{run.format}"
        media_type = MEDIA_TYPES[ExportFormat(run.format)]
        stored = files.store(
            target, name=name, media_type=media_type, kind=KIND, by_id=run.ordered_by_id
        )
    return stored, counted.count


class _Counted:
    """Rows on their way into a file; raises TooManyRows."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self.count += 1
            if self.count > MOST_ROWS:
                raise TooManyRows
            yield row


def _write_csv(target: BinaryIO, header: list[str], rows: Iterable[Row]) -> None:
    for block in csv_lines(_with_header(header, rows)):
        target.write(block)


def _with_header(header: list[str], rows: Iterable[Row]) -> Iterator[Row]:
    yield header
    yield from rows


def _write_workbook(target: BinaryIO, header: list[str], rows: Iterable[Row]) -> None:
    write_xlsx(target, header, rows)


def _write_json(target: BinaryIO, header: list[str], rows: Iterable[Row]) -> None:
    """One array of objects, an object a line."""
    target.write(b"[")
    for number, row in enumerate(rows):
        told = dict(zip(header, map(_scalar, row), strict=True))
        line = json.dumps(told, ensure_ascii=False)
        target.write((",\n" if number else "\n").encode() + line.encode())
    target.write(b"\n]\n")


def _scalar(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


_WRITERS = {
    ExportFormat.CSV: _write_csv,
    ExportFormat.XLSX: _write_workbook,
    ExportFormat.JSON: _write_json,
}
