"""Reads the calls of the Harper Valley corpus in the compacted form, one object for each call.

The calls are role-played, so two names of one person exist. The agent who is evaluated is the
real speaker (`agent.speaker_id`, agent key "speaker-46"); the name of the role goes along. The
customer is the role ("Patricia Brown"), for that is whom the agent served. The interaction lasts
from `start_time_ms` to `end_time_ms`; the sides arrive before and may hang up after that.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from crm.names import name_key
from crm.readers.base import (
    CustomerRecord,
    InteractionRecord,
    Item,
    JsonValue,
    LegRecord,
    ReaderOptions,
    RowError,
    TurnRecord,
)
from crm.readers.fields import LARGEST_MS, FieldError, Fields
from crm.readers.json_objects import json_objects
from crm.readers.turns import out_of_order, side_offsets

DEFAULT_SOURCE = "harper-valley"
SPEAKERS = {"agent": "agent", "caller": "customer"}
LAST_MS = 253_402_300_799_000  # the end of the year 9999


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield one interaction for each call of the file."""
    for found in json_objects(file, options.encoding):
        if isinstance(found, RowError):
            yield found
            continue
        line, value = found
        try:
            yield _interaction(Fields(value), line, options.source or DEFAULT_SOURCE)
        except FieldError as error:
            yield RowError(line, error.column, error.code, error.message)


def _interaction(call: Fields, line: int, source: str) -> InteractionRecord:
    started_at, ended_at = _instant(call, "start_time_ms"), _instant(call, "end_time_ms")
    turns = [_turn(turn) for turn in call.objects("turns")]
    return InteractionRecord(
        external_id=call.text("sid", required=True),
        started_at=started_at,
        answered_at=started_at,
        ended_at=ended_at,
        language="en",
        customer=_customer(call, source),
        legs=[_leg(call, started_at, ended_at)],
        turns=turns,
        transcript_format="harper_valley",
        turns_out_of_order=out_of_order(turns),
        side_offsets_ms=side_offsets(turns),
        custom=_custom(call),
        source=source,
        line=line,
    )


def _leg(call: Fields, started_at: datetime, ended_at: datetime) -> LegRecord:
    agent = call.object("agent")
    speaker = agent.whole("speaker_id") if agent else None
    return LegRecord(
        agent="" if speaker is None else f"speaker-{speaker}",
        agent_name=agent.text("name") if agent else "",
        answered_at=started_at,
        ended_at=ended_at,
        talk_seconds=int((ended_at - started_at).total_seconds()),
        end=_hung_up_first(call),
    )


def _hung_up_first(call: Fields) -> str:
    """The side that hung up first ended the call."""
    agent, caller = call.object("agent"), call.object("caller")
    agent_ms = agent.whole("hangup_time_ms", LAST_MS) if agent else None
    caller_ms = caller.whole("hangup_time_ms", LAST_MS) if caller else None
    if agent_ms is None or caller_ms is None or agent_ms == caller_ms:
        return "unknown"
    return "agent" if agent_ms < caller_ms else "customer"


def _customer(call: Fields, source: str) -> CustomerRecord | None:
    caller = call.object("caller")
    name = caller.text("name") if caller else ""
    return CustomerRecord(external_id=name_key(name), name=name, source=source) if name else None


def _turn(fields: Fields) -> TurnRecord:
    start = fields.whole("start_ms", LARGEST_MS)
    duration = fields.whole("duration_ms", LARGEST_MS)
    if start is None:
        raise fields.refuse("start_ms", "required", "This is missing.")
    if start < 0:
        raise fields.refuse(
            "start_ms", "order_of_times", f"The turn starts {-start:,} ms before its interaction."
        )
    if duration is not None and duration < 0:
        raise fields.refuse("duration_ms", "order_of_times", "The turn ends before it starts.")
    return TurnRecord(
        speaker=SPEAKERS.get(fields.text("speaker"), "unknown"),
        text=fields.text("text", multiline=True),
        start_ms=start,
        end_ms=None if duration is None else start + duration,
    )


def _custom(call: Fields) -> dict[str, JsonValue]:
    """What the corpus says besides: the caller's task and ratings, and the listeners' labels."""
    caller = call.object("caller")
    found: dict[str, JsonValue] = {
        "tasks": [dict(task.value) for task in call.objects("tasks")],
        "labels": call.free("labels"),
        "survey": caller.free("survey") if caller else {},
    }
    return {key: value for key, value in found.items() if value}


def _instant(call: Fields, key: str) -> datetime:
    milliseconds = call.whole(key, LAST_MS)
    if milliseconds is None:
        raise call.refuse(key, "required", "This is missing.")
    return datetime.fromtimestamp(milliseconds // 1000, UTC)
