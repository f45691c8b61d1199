"""Reads transcripts of Amazon Connect Contact Lens, one object for each contact."""

from collections.abc import Iterator
from typing import BinaryIO

from crm.readers.base import Item, ReaderOptions, RowError, TranscriptRecord, TurnRecord
from crm.readers.fields import LARGEST_MS, FieldError, Fields
from crm.readers.json_objects import json_objects
from crm.readers.turns import out_of_order, side_offsets

DEFAULT_SOURCE = "amazon-connect"
ROLES = {"AGENT": "agent", "CUSTOMER": "customer", "SYSTEM": "system"}


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield one transcript for each object, known by the contact's id."""
    for found in json_objects(file, options.encoding):
        if isinstance(found, RowError):
            yield found
            continue
        line, value = found
        try:
            yield _transcript(Fields(value), line, options.source or DEFAULT_SOURCE)
        except FieldError as error:
            yield RowError(line, error.column, error.code, error.message)


def _transcript(fields: Fields, line: int, source: str) -> TranscriptRecord:
    metadata = fields.object("CustomerMetadata")
    contact_id = metadata.text("ContactId") if metadata else fields.text("ContactId")
    if not contact_id:
        raise fields.refuse("CustomerMetadata.ContactId", "required", "This is missing.")
    role_of = {
        person.text("ParticipantId"): ROLES.get(person.text("ParticipantRole"), "unknown")
        for person in fields.objects("Participants")
    }
    turns = [_turn(item, role_of) for item in fields.objects("Transcript")]
    return TranscriptRecord(
        contact_id,
        "contact_lens",
        turns=turns,
        language=fields.text("LanguageCode"),
        turns_out_of_order=out_of_order(turns),
        side_offsets_ms=side_offsets(turns),
        source=source,
        line=line,
    )


def _turn(item: Fields, role_of: dict[str, str]) -> TurnRecord:
    """A turn of a call has offsets, one of a chat a moment."""
    start, end = (
        item.whole("BeginOffsetMillis", LARGEST_MS),
        item.whole("EndOffsetMillis", LARGEST_MS),
    )
    if start is not None and start < 0:
        raise item.refuse("BeginOffsetMillis", "order_of_times", "The turn starts before the call.")
    if start is not None and end is not None and end < start:
        raise item.refuse("EndOffsetMillis", "order_of_times", "The turn ends before it starts.")
    return TurnRecord(
        speaker=role_of.get(item.text("ParticipantId"), "unknown"),
        text=item.text("Content", multiline=True),
        start_ms=start,
        end_ms=end,
        sent_at=item.exact_instant("AbsoluteTime"),
    )
