"""Turns one object of Attune JSON into a record, for files and for the API alike."""

from dataclasses import fields as fields_of
from datetime import timedelta

from crm.durations import is_answered
from crm.readers import vocabulary as words
from crm.readers.base import (
    AgentStateRecord,
    CustomerRecord,
    HandleRecord,
    InteractionRecord,
    JsonValue,
    LegRecord,
    LegSpanRecord,
    QueueVisitRecord,
    RecordingRecord,
    TurnRecord,
)
from crm.readers.fields import LARGEST_MS, FieldError, Fields
from crm.readers.turns import out_of_order, side_offsets

# How much earlier than its interaction a message may be stamped without being refused.
BEFORE_START = timedelta(seconds=2)


def _keys(record: type, *, without: str = "", also: str = "") -> frozenset[str]:
    """The fields of a record are the keys of its object, save those that only readers fill."""
    return frozenset(field.name for field in fields_of(record)) - {*without.split()} | {
        *also.split()
    }


LEG_KEYS = _keys(LegRecord)
TURN_KEYS = _keys(TurnRecord)
RECORDING_KEYS = _keys(RecordingRecord)
VISIT_KEYS = _keys(QueueVisitRecord, without="leg")
STATE_KEYS = _keys(AgentStateRecord, without="source line")
CUSTOMER_KEYS = _keys(CustomerRecord, without="source updated_at line cells")
INTERACTION_KEYS = _keys(
    InteractionRecord,
    without="ring_seconds talk_seconds hold_seconds wrap_seconds handle_seconds hold_count"
    " transfer_count leg_count visits turns_out_of_order side_offsets_ms flags cards_removed"
    " source line cells",
    also="queue_visits",
)


def interaction(value: JsonValue, line: int = 0, source: str = "") -> InteractionRecord:
    """One interaction of Attune JSON as a record; raises FieldError for the first wrong field."""
    fields = Fields(value)
    fields.allow(INTERACTION_KEYS)
    record = InteractionRecord(
        external_id=fields.text("external_id", required=True),
        channel=fields.choice("channel", words.CHANNELS, "voice"),
        direction=fields.choice("direction", words.DIRECTIONS, "inbound"),
        outcome=fields.choice("outcome", words.OUTCOMES, "handled"),
        started_at=fields.moment("started_at"),
        queued_at=fields.instant("queued_at"),
        answered_at=fields.instant("answered_at"),
        ended_at=fields.instant("ended_at"),
        ended_by=fields.choice("ended_by", words.ENDED_BY, "unknown"),
        queue=fields.text("queue"),
        subject=fields.text("subject"),
        language=fields.text("language"),
        customer=_customer(fields.object("customer"), source),
        customer_address=fields.text("customer_address"),
        service_address=fields.text("service_address"),
        wait_seconds=fields.seconds("wait_seconds"),
        legs=[_leg(item) for item in fields.objects("legs")],
        turns=[_turn(item) for item in fields.objects("turns")],
        transcript_format=fields.text("transcript_format") or "attune_json",
        recordings=[_recording(item) for item in fields.objects("recordings")],
        dispositions=fields.texts("dispositions"),
        tags=fields.texts("tags"),
        custom=fields.free("custom"),
        source=source,
        updated_at=fields.instant("updated_at"),
        line=line,
    )
    _check_turns(fields, record)
    if fields.value.get("queue_visits") is not None:
        record.visits = _visits(fields, record)
    record.turns_out_of_order = out_of_order(record.turns)
    record.side_offsets_ms = side_offsets(record.turns)
    return record


def agent_state(value: JsonValue, line: int = 0, source: str = "") -> AgentStateRecord:
    """One entry of `agent_states`; raises FieldError for the first wrong field."""
    fields = Fields(value)
    fields.allow(STATE_KEYS)
    started_at = fields.moment("started_at")
    ended_at = fields.instant("ended_at")
    if ended_at is not None and ended_at <= started_at:
        raise fields.refuse("ended_at", "order_of_times", "The state ends before it starts.")
    return AgentStateRecord(
        agent=fields.text("agent", required=True),
        state=fields.choice("state", words.AGENT_STATES, ""),
        started_at=started_at,
        ended_at=ended_at,
        slots=_slots(fields) or 1,
        source=source,
        line=line,
    )


def _slots(fields: Fields) -> int | None:
    slots = fields.whole("slots")
    if slots is not None and not 1 <= slots <= 100:
        raise fields.refuse("slots", "number_unreadable", "This must be from 1 to 100.")
    return slots


def _customer(fields: Fields | None, source: str) -> CustomerRecord | None:
    if fields is None:
        return None
    fields.allow(CUSTOMER_KEYS)
    return CustomerRecord(
        external_id=fields.text("external_id"),
        name=fields.text("name"),
        first_name=fields.text("first_name"),
        last_name=fields.text("last_name"),
        phones=fields.texts("phones"),
        emails=fields.texts("emails"),
        handles=[_handle(item) for item in fields.objects("handles")],
        preferred_language=fields.text("preferred_language"),
        tags=fields.texts("tags"),
        custom=fields.free("custom"),
        source=source,
    )


def _handle(fields: Fields) -> HandleRecord:
    fields.allow({"network", "value"})
    network = fields.choice("network", words.NETWORKS, "other")
    return HandleRecord(network, fields.text("value", required=True))


def _leg(fields: Fields) -> LegRecord:
    fields.allow(LEG_KEYS)
    answered_at = fields.instant("answered_at")
    return LegRecord(
        agent=fields.text("agent"),
        agent_name=fields.text("agent_name"),
        queue=fields.text("queue"),
        kind=fields.choice("kind", words.LEG_KINDS, "handling"),
        offered_at=fields.instant("offered_at"),
        answered_at=answered_at,
        ended_at=fields.instant("ended_at"),
        wait_seconds=fields.seconds("wait_seconds"),
        ring_seconds=fields.seconds("ring_seconds"),
        talk_seconds=fields.seconds("talk_seconds"),
        hold_seconds=fields.seconds("hold_seconds"),
        hold_count=fields.whole("hold_count"),
        longest_hold_seconds=fields.seconds("longest_hold_seconds"),
        wrap_seconds=fields.seconds("wrap_seconds"),
        wrap_source=fields.choice("wrap_source", words.WRAP_SOURCES, _wrap_source(fields)),
        active_seconds=fields.seconds("active_seconds"),
        slots=_slots(fields),
        end=fields.choice("end", words.LEG_ENDS, "unknown"),
        transferred_to=fields.text("transferred_to"),
        spans=[_span(item) for item in fields.objects("spans")],
    )


def _wrap_source(fields: Fields) -> str:
    return "none" if fields.value.get("wrap_seconds") is None else "reported"


def _span(fields: Fields) -> LegSpanRecord:
    fields.allow({"kind", "starts_at", "ends_at"})
    starts_at = fields.moment("starts_at")
    ends_at = fields.moment("ends_at")
    if ends_at < starts_at:
        raise fields.refuse("ends_at", "order_of_times", "The stretch ends before it starts.")
    return LegSpanRecord(fields.choice("kind", words.SPAN_KINDS, ""), starts_at, ends_at)


def _turn(fields: Fields) -> TurnRecord:
    fields.allow(TURN_KEYS)
    return TurnRecord(
        speaker=fields.choice("speaker", words.SPEAKERS, "unknown"),
        text=fields.text("text", multiline=True),
        start_ms=fields.whole("start_ms", LARGEST_MS),
        end_ms=fields.whole("end_ms", LARGEST_MS),
        sent_at=fields.exact_instant("sent_at"),
        agent=fields.text("agent"),
        is_internal=fields.flag("is_internal"),
    )


def _recording(fields: Fields) -> RecordingRecord:
    fields.allow(RECORDING_KEYS)
    url = fields.text("url", required=True)
    if not url.startswith(("https://", "http://")):
        raise fields.refuse("url", "unsupported", "The link must begin with https:// or http://.")
    return RecordingRecord(
        url=url,
        media_type=fields.text("media_type"),
        starts_at=fields.instant("starts_at"),
        duration_seconds=fields.seconds("duration_seconds"),
        sha256=fields.text("sha256"),
    )


def _visits(fields: Fields, record: InteractionRecord) -> list[QueueVisitRecord]:
    """The visits as given; answered ones belong to the answered legs in their order."""
    answered = [
        n for n, leg in enumerate(record.legs) if leg.kind == "handling" and is_answered(leg)
    ]
    found = []
    for item in fields.objects("queue_visits"):
        visit = _visit(item)
        if visit.outcome == "answered":
            if not answered:
                raise item.refuse("outcome", "required", "No answered leg is left for this visit.")
            visit.leg = answered.pop(0)
        found.append(visit)
    return found


def _visit(fields: Fields) -> QueueVisitRecord:
    fields.allow(VISIT_KEYS)
    entered_at = fields.moment("entered_at")
    left_at = fields.instant("left_at")
    outcome = fields.choice("outcome", words.VISIT_OUTCOMES | {""}, "")
    if (left_at is None) != (not outcome):
        raise fields.refuse("left_at", "required", "Give left_at and outcome both, or neither.")
    wait = fields.seconds("wait_seconds")
    if wait is None and left_at is not None:
        wait = int((left_at - entered_at).total_seconds())
    return QueueVisitRecord(fields.text("queue", required=True), entered_at, left_at, outcome, wait)


def _check_turns(fields: Fields, record: InteractionRecord) -> None:
    """Refuse turns that end before they start, or start before their interaction."""
    for item, turn in zip(fields.objects("turns"), record.turns, strict=True):
        if turn.start_ms is not None and turn.start_ms < 0:
            raise _before_start(item, "start_ms", f"{-turn.start_ms:,} ms")
        if turn.sent_at is not None and record.started_at is not None:
            early = record.started_at - turn.sent_at
            if early > BEFORE_START:
                raise _before_start(item, "sent_at", f"{int(early.total_seconds()):,} s")
        if turn.end_ms is not None and turn.start_ms is not None and turn.end_ms < turn.start_ms:
            raise item.refuse(
                "end_ms",
                "order_of_times",
                f"The turn ends at {turn.end_ms:,} ms, before it starts at {turn.start_ms:,} ms.",
            )


def _before_start(fields: Fields, key: str, early: str) -> FieldError:
    return fields.refuse(
        key,
        "order_of_times",
        f"The turn starts {early} before its interaction. Correct it, or move started_at.",
    )
