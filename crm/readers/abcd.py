"""Reads the chats of the ABCD corpus: a list of conversations with the agents' actions.

The corpus stamps no times. All chats of a file start when the run says they do (`started_at`, else
the first moment of `default_on`), their turns keep only their order, and they are flagged.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from crm.readers.base import (
    CustomerRecord,
    HandleRecord,
    InteractionRecord,
    Item,
    JsonValue,
    LegRecord,
    ReaderOptions,
    RowError,
    TurnRecord,
)
from crm.readers.clocks import LocalTime
from crm.readers.fields import FieldError, Fields, check_text
from crm.readers.json_objects import json_objects

DEFAULT_SOURCE = "abcd"
SPEAKERS = {"agent": "agent", "customer": "customer", "action": "system"}


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield one chat for each conversation of the file."""
    started_at = _start(options)
    for found in json_objects(file, options.encoding):
        if isinstance(found, RowError):
            yield found
            continue
        line, value = found
        try:
            yield _chat(Fields(value), started_at, line, options.source or DEFAULT_SOURCE)
        except FieldError as error:
            yield RowError(line, error.column, error.code, error.message)


def _start(options: ReaderOptions) -> datetime | None:
    if options.started_at is None and options.default_on is not None:
        return LocalTime(options.zone).instant(options.default_on, 0)
    return options.started_at


def _chat(chat: Fields, started_at: datetime | None, line: int, source: str) -> InteractionRecord:
    number = chat.whole("convo_id")
    if number is None:
        raise chat.refuse("convo_id", "required", "This is missing.")
    if started_at is None:
        raise chat.refuse(
            "convo_id", "date_unreadable", "These chats have no times. Choose a date for the run."
        )
    scenario = chat.object("scenario")
    return InteractionRecord(
        external_id=str(number),
        channel="chat",
        started_at=started_at,
        queue=scenario.text("flow") if scenario else "",
        language="en",
        customer=_customer(scenario, source) if scenario else None,
        legs=[LegRecord()],
        turns=list(_turns(chat)),
        transcript_format="abcd",
        custom=_custom(scenario) if scenario else {},
        source=source,
        line=line,
    )


def _customer(scenario: Fields, source: str) -> CustomerRecord | None:
    person = scenario.object("personal")
    if person is None:
        return None
    username = person.text("username")
    phone, email = person.text("phone"), person.text("email")
    return CustomerRecord(
        external_id=username,
        name=person.text("customer_name").title(),
        phones=[phone] if phone else [],
        emails=[email] if email else [],
        handles=[HandleRecord("webchat", username)] if username else [],
        source=source,
    )


def _turns(chat: Fields) -> Iterator[TurnRecord]:
    """Pairs of speaker and text; an action of the agent is internal."""
    said = chat.value.get("original")
    if not isinstance(said, list):
        raise chat.refuse("original", "required", "This must be a list of speaker and text.")
    for place, pair in enumerate(said):
        path = chat.at(f"original[{place}]")
        match pair:
            case [str(speaker), str(text)]:
                check_text(text, path)
                known = SPEAKERS.get(speaker, "unknown")
                yield TurnRecord(known, text, is_internal=speaker == "action")
            case _:
                raise FieldError(path, "line_unreadable", "This must be a speaker and a text.")


def _custom(scenario: Fields) -> dict[str, JsonValue]:
    """The task that the customer was given, and the order it is about."""
    found: dict[str, JsonValue] = {
        "subflow": scenario.text("subflow"),
        "order": scenario.free("order"),
    }
    return {key: value for key, value in found.items() if value}
