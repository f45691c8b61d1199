"""A saved column mapping: which column of a table holds which field, and how its texts are meant.

As JSON:

    {"kind": "interactions", "customers", "organizations" or "agent_states",
     "row_is": "interaction" or "leg",
     "columns": {"Call ID": "external_id", "Prio": "custom.priority", "Notes": "ignore"},
     "date_order": "ymd", "dmy" or "mdy", "decimal": "." or ",",
     "values": {"outcome": {"ANSWERED": "handled", "TEST": "skip"}},
     "empty": {"customer.external_id": ["0"]},
     "defaults": {"channel": "chat"}}

A value of "skip" leaves the row out. Only `columns` must be there.
"""

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field

from crm.readers.base import JsonValue, UnreadableFile
from crm.readers.tables import Header

IGNORE = "ignore"
SKIP = "skip"
CUSTOM = "custom."

CUSTOMER_FIELDS = frozenset(
    {
        "external_id",
        "name",
        "first_name",
        "last_name",
        "phones",
        "emails",
        "handles",
        "preferred_language",
    }
)
SECONDS_FIELDS = (
    "wait_seconds",
    "ring_seconds",
    "talk_seconds",
    "hold_seconds",
    "longest_hold_seconds",
    "wrap_seconds",
)
FIELDS: dict[str, frozenset[str]] = {
    "interactions": frozenset(
        {
            "external_id",
            "channel",
            "direction",
            "outcome",
            "date",
            "started_at",
            "queued_at",
            "offered_at",
            "answered_at",
            "ended_at",
            "updated_at",
            "ended_by",
            "queue",
            "subject",
            "language",
            "customer_address",
            "service_address",
            "agent",
            "leg_end",
            "transferred_to",
            "hold_count",
            "dispositions",
            "tags",
            "recording_url",
            *SECONDS_FIELDS,
            *(f"customer.{name}" for name in CUSTOMER_FIELDS),
        }
    ),
    "customers": CUSTOMER_FIELDS | {"tags"},
    "organizations": frozenset({"external_id", "name", "domains", "parent"}),
    "agent_states": frozenset({"agent", "state", "date", "started_at", "ended_at", "slots"}),
}
REQUIRED: dict[str, Sequence[str]] = {
    "interactions": ("external_id", "started_at"),
    "customers": (),
    "organizations": ("name",),
    "agent_states": ("agent", "state", "started_at"),
}


@dataclass(slots=True)
class ColumnMapping:
    """A mapping that fits the table in hand: `places` are (index of the cell, field)."""

    kind: str
    row_is: str
    date_order: str
    decimal: str
    places: list[tuple[int, str]]
    columns: dict[str, str]
    values: MappingType[str, MappingType[str, str]]
    empty: MappingType[str, Sequence[str]]
    defaults: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that have a column or a value of their own."""
        return frozenset(name for _, name in self.places) | self.defaults.keys()

    def column(self, name: str) -> str:
        """The column that holds a field, for messages; the field itself where it has none."""
        return self.columns.get(name, name)

    def texts(self, cells: Sequence[str]) -> dict[str, str]:
        """Field -> text of one row, only where there is something, values mapped."""
        found = dict(self.defaults)
        for index, name in self.places:
            text = cells[index].strip()
            if not text or (name in self.empty and text in self.empty[name]):
                continue
            if name in self.values:
                text = self.values[name].get(text, text)
            found[name] = text
        return found


def fit(raw: MappingType[str, JsonValue], header: Header) -> ColumnMapping:
    """Check a saved mapping against the header of a file; raises UnreadableFile with a sentence."""
    kind = _choice(raw, "kind", tuple(FIELDS))
    columns = _object(raw, "columns")
    if not columns:
        raise _refuse("The mapping names no column. Say which column holds which field.")
    places, column_of = _places(columns, header, kind)
    defaults = {name: str(text) for name, text in _object(raw, "defaults").items()}
    for name in defaults:
        _check_field(name, kind)
    for name in REQUIRED[kind]:
        if name not in column_of and name not in defaults:
            raise _refuse(f"No column is mapped to {name}. Every row needs it.")
    return ColumnMapping(
        kind=kind,
        row_is=_choice(raw, "row_is", ("interaction", "leg")),
        date_order=_choice(raw, "date_order", ("ymd", "dmy", "mdy")),
        decimal=_choice(raw, "decimal", (".", ",")),
        places=places,
        columns=column_of,
        values={
            name: {str(key): str(text) for key, text in _as_object(pairs, "values").items()}
            for name, pairs in _object(raw, "values").items()
        },
        empty={
            name: [str(text) for text in texts] if isinstance(texts, list) else [str(texts)]
            for name, texts in _object(raw, "empty").items()
        },
        defaults=defaults,
    )


def _places(
    columns: MappingType[str, JsonValue], header: Header, kind: str
) -> tuple[list[tuple[int, str]], dict[str, str]]:
    places: list[tuple[int, str]] = []
    column_of: dict[str, str] = {}
    for column, name in columns.items():
        if name == IGNORE:
            continue
        if not isinstance(name, str):
            raise _refuse(f'The column "{column}" must be mapped to the name of a field.')
        _check_field(name, kind)
        if name in column_of:
            raise _refuse(
                f'The columns "{column_of[name]}" and "{column}" are both mapped to {name}. '
                "Choose one of them."
            )
        column_of[name] = column
        places.append((header.index(column), name))
    return places, column_of


def _check_field(name: str, kind: str) -> None:
    if name not in FIELDS[kind] and not (name.startswith(CUSTOM) and len(name) > len(CUSTOM)):
        raise _refuse(f'There is no field "{name}" for {kind.replace("_", " ")}.')


def _choice(raw: MappingType[str, JsonValue], key: str, choices: tuple[str, ...]) -> str:
    value = raw.get(key) or choices[0]
    if value not in choices:
        raise _refuse(f'"{key}" is one of {", ".join(choices)}, not "{value}".')
    return str(value)


def _object(raw: MappingType[str, JsonValue], key: str) -> MappingType[str, JsonValue]:
    return _as_object(raw.get(key) or {}, key)


def _as_object(value: JsonValue, key: str) -> MappingType[str, JsonValue]:
    if not isinstance(value, MappingType):
        raise _refuse(f'"{key}" must be an object.')
    return value


def _refuse(message: str) -> UnreadableFile:
    return UnreadableFile(message, code="mapping")
