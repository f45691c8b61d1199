"""Brings a row of a table into the customer whom it matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Max

from crm.importing.candidates import BadRow, Candidate
from crm.importing.tally import RowReport
from crm.importing.ways import Way
from crm.models import ContactPoint, Customer, Tag
from crm.models.imports import RowOutcome
from crm.names import name_key
from crm.readers.mapping import CUSTOM
from crm.redaction import redact

FIELDS = ("first_name", "last_name", "preferred_language")
# What an undo takes away again, beside the values of columns.
ADDED_POINTS, ADDED_TAGS = "contact_points", "tags"


def bring_in(
    each: Candidate, row: Customer, tags: Sequence[Tag], *, empty_clears: bool
) -> RowReport:
    """Change what the row says otherwise; contact points and tags are added, never removed.

    Raises BadRow for a record that is closed or restricted.
    """
    row = Customer.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if not row.is_active or row.is_restricted:
        how = "restricted" if row.is_restricted else row.get_state_display().lower()
        words = f"{row.reference} is {how}, so nothing in it is changed."
        raise BadRow(each.record, "matched_refused", "", words, row.pk)
    changes = dict(_changes(each, row, empty_clears))
    before: dict[str, Any] = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    points, labels = _add_points(each, row), _add_tags(row, tags)
    if points:
        before[ADDED_POINTS] = points
    if labels:
        before[ADDED_TAGS] = labels
    return _report(each, row, before)


def _report(each: Candidate, row: Customer, before: dict[str, Any]) -> RowReport:
    record = each.record
    if not before:
        words = f"{row.reference} says all of this already."
        return RowReport(
            record.line, RowOutcome.SKIPPED, "unchanged", message=words, target_id=row.pk
        )
    row.version += 1
    row.save()
    names = ", ".join(sorted(name.replace("_", " ") for name in before if name != "name_key"))
    words = f"{row.reference} was updated: {names}."
    return RowReport(
        record.line,
        RowOutcome.UPDATED,
        "updated",
        message=words,
        cells=record.cells,
        target_id=row.pk,
        before=before,
    )


def _changes(each: Candidate, row: Customer, empty_clears: bool) -> Iterator[tuple[str, Any]]:
    """Column and new value of what differs; an empty cell counts only where it clears."""
    record = each.record
    wanted = {name: getattr(record, name) for name in FIELDS}
    wanted = {
        name: value
        for name, value in wanted.items()
        if value or (empty_clears and name in record.mapped)
    }
    shown = record.name or _whole_name(row, wanted)
    if shown:
        wanted["display_name"] = redact(shown)[:200]
        wanted["name_key"] = name_key(wanted["display_name"])[:220]
    if record.external_id and not row.external_id:
        wanted["source"], wanted["external_id"] = each.external_id
    wanted["custom"] = _custom(each, row, empty_clears)
    for name, value in wanted.items():
        if getattr(row, name) != value:
            yield name, value


def _whole_name(row: Customer, wanted: dict[str, Any]) -> str:
    """The shown name, where it was made of the first and last name that the row changes."""
    if row.display_name != f"{row.first_name} {row.last_name}".strip():
        return ""
    first, last = (wanted.get(name, getattr(row, name)) for name in ("first_name", "last_name"))
    return f"{first} {last}".strip()


def _custom(each: Candidate, row: Customer, empty_clears: bool) -> dict[str, Any]:
    kept = dict(row.custom)
    if empty_clears:
        for name in each.record.mapped:
            if name.startswith(CUSTOM):
                kept.pop(name.removeprefix(CUSTOM), None)
    return {**kept, **{key: value for key, value in each.custom.items() if value is not None}}


def _add_points(each: Candidate, row: Customer) -> list[int]:
    """Contact points that the customer does not have yet; their ids."""
    stored = list(row.contact_points.all())
    known = {(point.kind, point.network, point.value) for point in stored}
    kinds = {point.kind for point in stored if point.is_primary}
    last = row.contact_points.aggregate(last=Max("position"))["last"] or 0
    new: list[ContactPoint] = []
    for way in _missing(each.ways, known):
        last += 1
        new.append(way.as_row(row.pk, last, is_primary=way.kind not in kinds))
        kinds.add(way.kind)
    return [point.pk for point in ContactPoint.objects.bulk_create(new)]


def _missing(ways: Sequence[Way], known: set[tuple[str, str, str]]) -> Iterator[Way]:
    yield from (way for way in ways if way.key not in known)


def _add_tags(row: Customer, tags: Sequence[Tag]) -> list[int]:
    missing = {tag.pk for tag in tags} - set(row.tags.values_list("pk", flat=True))
    row.tags.add(*missing)
    return sorted(missing)
