"""Rows of a table of customers, read to the end: contact points, custom values, match keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crm.contact_points import Unreadable
from crm.custom_fields import UnknownField, WrongValue, read_values
from crm.importing.tally import RowReport
from crm.importing.ways import Way, makers
from crm.models import CustomFieldDefinition
from crm.models.custom_fields import FieldType
from crm.models.imports import RowOutcome
from crm.readers.base import CustomerRecord, OrganizationRecord
from crm.readers.mapping import CUSTOM

LONGEST = {
    "external_id": 120,
    "name": 200,
    "first_name": 100,
    "last_name": 100,
    "preferred_language": 12,
}
COLUMN_OF = {"phone_unreadable": "phones", "email_unreadable": "emails"}
CODE_OF_TYPE = {
    FieldType.INTEGER: "number_unreadable",
    FieldType.DECIMAL: "number_unreadable",
    FieldType.DATE: "date_unreadable",
    FieldType.INSTANT: "date_unreadable",
    FieldType.PHONE: "phone_unreadable",
    FieldType.EMAIL: "email_unreadable",
    FieldType.TEXT: "too_long",
    FieldType.LONG_TEXT: "too_long",
}
Key = tuple[str, ...]


class BadRow(Exception):
    """A row that is not taken: the report says why."""

    def __init__(
        self,
        record: CustomerRecord | OrganizationRecord,
        code: str,
        column: str,
        words: str,
        target_id: int | None = None,
    ) -> None:
        super().__init__(words)
        self.report = RowReport(
            record.line,
            RowOutcome.FAILED,
            code,
            column,
            words,
            record.cells,
            target_id=target_id,
        )


@dataclass(slots=True)
class Candidate:
    """A row that could be read; `custom` holds values as they are kept, None to be emptied."""

    record: CustomerRecord
    ways: Sequence[Way]
    custom: dict[str, Any]

    @property
    def external_id(self) -> Key:
        return self.record.source, self.record.external_id

    @property
    def shown(self) -> str:
        record = self.record
        return record.name or f"{record.first_name} {record.last_name}".strip()

    def keys(self, match_by: Sequence[str]) -> Iterator[Key]:
        """The match keys of the row in their order, as (kind, …)."""
        for kind in match_by:
            if kind == "external_id" and self.record.external_id:
                yield "external_id", *self.external_id
            else:
                yield from (way.key for way in self.ways if way.kind == kind)


def candidate(
    record: CustomerRecord, definitions: Sequence[CustomFieldDefinition], region: str
) -> Candidate:
    """Raises BadRow with the first thing that cannot be read."""
    for name, longest in LONGEST.items():
        if len(getattr(record, name)) > longest:
            raise BadRow(record, "too_long", name, f"This is longer than {longest} characters.")
    found: dict[Key, Way] = {}
    for make in makers(record, region):
        try:
            way = make()
        except Unreadable as error:
            column = COLUMN_OF.get(error.code, "handles" if record.handles else "phones")
            raise BadRow(record, error.code, column, error.message) from None
        found.setdefault(way.key, way)
    return Candidate(record, list(found.values()), custom_values(record, definitions, region))


def custom_values(
    record: CustomerRecord | OrganizationRecord,
    definitions: Sequence[CustomFieldDefinition],
    region: str,
) -> dict[str, Any]:
    """The custom values of a row, checked like those of a form."""
    try:
        return read_values(definitions, record.custom, region, before={})
    except UnknownField as error:
        raise BadRow(record, "unsupported", "custom", str(error)) from None
    except WrongValue as error:
        code = code_of(definitions, error.field)
        raise BadRow(record, code, CUSTOM + error.field, str(error)) from None


def code_of(definitions: Sequence[CustomFieldDefinition], key: str) -> str:
    """The code of a row whose value of the custom field `key` cannot be read."""
    types = {definition.key: FieldType(definition.type) for definition in definitions}
    return CODE_OF_TYPE.get(types[key], "choice_unknown")
