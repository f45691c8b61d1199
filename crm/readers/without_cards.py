"""Takes card numbers and security codes out of what a reader found, so that it may be stored."""

from collections.abc import Iterable
from typing import TypeVar

from crm.readers.base import (
    CustomerRecord,
    InteractionRecord,
    Item,
    JsonValue,
    OrganizationRecord,
    RowError,
    Skip,
    TranscriptRecord,
)
from crm.redaction import Turn, redact, redact_texts
from crm.spoken_digits import holds_digits

FLAG = "card_removed"
T = TypeVar("T", InteractionRecord, TranscriptRecord)


def without_cards(item: Item) -> Item:
    """The same item with its texts redacted; an interaction counts what was removed."""
    if isinstance(item, InteractionRecord):
        return _interaction(item)
    if isinstance(item, TranscriptRecord):
        return _transcript(item)
    if isinstance(item, CustomerRecord | OrganizationRecord):
        item.custom = _free_object(item.custom)[0]
    elif isinstance(item, RowError | Skip):
        item.message = redact(item.message)
        item.raw = redact(item.raw)
        item.cells = redact_cells(item.cells)
    return item


def redact_cells(cells: Iterable[str]) -> list[str]:
    """The cells of a row, each redacted by itself."""
    return [redact(cell) for cell in cells]


def _interaction(record: InteractionRecord) -> InteractionRecord:
    if record.turns:
        _transcript(record)
    if record.subject and holds_digits(record.subject):
        found = redact_texts([Turn("", record.subject)])
        record.subject = found.texts[0]
        record.cards_removed += found.count
    if record.custom:
        record.custom, count = _free_object(record.custom)
        record.cards_removed += count
    if record.customer is not None and record.customer.custom:
        record.customer.custom = _free_object(record.customer.custom)[0]
    if record.cards_removed and FLAG not in record.flags:
        record.flags = tuple(sorted((*record.flags, FLAG)))
    return record


def _transcript(record: T) -> T:
    found = redact_texts([Turn(turn.speaker, turn.text) for turn in record.turns])
    if found.count:
        for turn, text in zip(record.turns, found.texts, strict=True):
            turn.text = text
        record.cards_removed += found.count
    return record


def _free_object(value: dict[str, JsonValue]) -> tuple[dict[str, JsonValue], int]:
    total = 0
    cleaned: dict[str, JsonValue] = {}
    for key, item in value.items():
        cleaned[key], count = _free(item)
        total += count
    return cleaned, total


def _free(value: JsonValue) -> tuple[JsonValue, int]:
    """Redact the texts inside a value that is not ours, with how many were removed."""
    if isinstance(value, str):
        if not holds_digits(value):
            return value, 0
        found = redact_texts([Turn("", value)])
        return found.texts[0], found.count
    if isinstance(value, dict):
        return _free_object(value)
    if isinstance(value, list):
        pairs = [_free(item) for item in value]
        return [item for item, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, int) and not isinstance(value, bool) and value > 10**12:
        return _free_number(value)
    return value, 0


def _free_number(value: int) -> tuple[JsonValue, int]:
    """A card number may also stand as a number."""
    found = redact_texts([Turn("", str(value))])
    return (found.texts[0], found.count) if found.count else (value, 0)
