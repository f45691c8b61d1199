"""Reads contact records of Amazon Connect: one object, a list of them, or one on each line.

Contacts that were transferred into one another are one interaction. The file is read twice: first
to learn how many records each chain has, then to give out a chain as soon as it is whole. Of a
contact that comes several times, the record with the latest `LastUpdateTimestamp` counts.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest
from typing import BinaryIO

from crm.readers.base import (
    InteractionRecord,
    Item,
    JsonValue,
    LegRecord,
    QueueVisitRecord,
    ReaderOptions,
    RowError,
)
from crm.readers.fields import FieldError, Fields
from crm.readers.json_objects import json_objects

DEFAULT_SOURCE = "amazon-connect"
CHANNELS = {"VOICE": "voice", "CHAT": "chat", "EMAIL": "email", "SMS": "sms"}
OUTBOUND = frozenset({"OUTBOUND", "CALLBACK", "EXTERNAL_OUTBOUND"})
MOVED_ON = {"CALLBACK": "callback", "TRANSFER": "transferred", "QUEUE_TRANSFER": "transferred"}
ENDED_BY = {
    "CUSTOMER_DISCONNECT": "customer",
    "AGENT_DISCONNECT": "agent",
    "TELECOM_PROBLEM": "system",
    "CONTACT_FLOW_DISCONNECT": "system",
    "EXPIRED": "system",
    "API": "system",
}


@dataclass(slots=True)
class _Contact:
    """One contact record, read."""

    line: int
    contact_id: str
    root_id: str
    channel: str
    initiation: str
    initiated_at: datetime
    disconnected_at: datetime | None
    ended_by: str
    queue: str
    visit: QueueVisitRecord | None
    leg: LegRecord | None
    customer_address: str
    system_address: str
    attributes: dict[str, JsonValue]
    updated_at: datetime | None


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield one interaction for each contact, or chain of contacts."""
    begin = file.tell()
    sizes = _chain_sizes(file, options.encoding)
    file.seek(begin)
    held: dict[str, list[_Contact]] = {}
    for found in json_objects(file, options.encoding):
        if isinstance(found, RowError):
            yield found
            continue
        line, value = found
        root = ""
        try:
            fields = Fields(value)
            root = _root_id(fields)
            contact = _contact(fields, root, line)
            held.setdefault(root, []).append(contact)
        except FieldError as error:
            yield RowError(line, error.column, error.code, error.message)
        sizes[root] -= 1
        if sizes[root] <= 0 and root in held:
            yield _interaction(held.pop(root), options.source or DEFAULT_SOURCE)


def _chain_sizes(file: BinaryIO, encoding: str) -> Counter[str]:
    """How many records the file has of each chain of contacts."""
    sizes: Counter[str] = Counter()
    for found in json_objects(file, encoding):
        if not isinstance(found, RowError):
            try:
                sizes[_root_id(Fields(found[1]))] += 1
            except FieldError:
                continue
    return sizes


def _root_id(fields: Fields) -> str:
    """The contact with which the chain began."""
    return fields.text("InitialContactId") or fields.text("ContactId", required=True)


def _contact(fields: Fields, root_id: str, line: int) -> _Contact:
    channel = fields.text("Channel", required=True)
    if channel not in CHANNELS:
        raise fields.refuse(
            "Channel", "unsupported", f'"{channel[:40]}" is not one of {", ".join(CHANNELS)}.'
        )
    queue = fields.object("Queue")
    agent = fields.object("Agent")
    leg = _leg(fields, agent, queue.text("Name") if queue else "") if agent else None
    return _Contact(
        line=line,
        contact_id=fields.text("ContactId", required=True),
        root_id=root_id,
        channel=CHANNELS[channel],
        initiation=fields.text("InitiationMethod"),
        initiated_at=fields.moment("InitiationTimestamp"),
        disconnected_at=fields.instant("DisconnectTimestamp"),
        ended_by=ENDED_BY.get(fields.text("DisconnectReason"), "unknown"),
        queue=queue.text("Name") if queue else "",
        visit=_visit(queue) if queue else None,
        leg=leg,
        customer_address=_address(fields, "CustomerEndpoint"),
        system_address=_address(fields, "SystemEndpoint"),
        attributes=fields.free("Attributes"),
        updated_at=fields.instant("LastUpdateTimestamp"),
    )


def _visit(queue: Fields) -> QueueVisitRecord | None:
    entered_at = queue.instant("EnqueueTimestamp")
    if entered_at is None:
        return None
    wait = queue.seconds("Duration")
    left_at = queue.instant("DequeueTimestamp")
    if left_at is None and wait is not None:
        left_at = entered_at + timedelta(seconds=max(0, wait))
    return QueueVisitRecord(queue.text("Name"), entered_at, left_at, wait_seconds=wait)


def _leg(fields: Fields, agent: Fields, queue: str) -> LegRecord | None:
    """The agent's part; None if the agent was never connected."""
    answered_at = agent.instant("ConnectedToAgentTimestamp")
    if answered_at is None:
        return None
    wrap = agent.seconds("AfterContactWorkDuration")
    return LegRecord(
        agent=agent.text("Username") or agent.text("ARN"),
        queue=queue,
        answered_at=answered_at,
        ended_at=fields.instant("DisconnectTimestamp"),
        talk_seconds=agent.seconds("AgentInteractionDuration"),
        hold_seconds=agent.seconds("CustomerHoldDuration"),
        hold_count=agent.whole("NumberOfHolds"),
        longest_hold_seconds=agent.seconds("LongestHoldDuration"),
        wrap_seconds=wrap,
        wrap_source="none" if wrap is None else "reported",
    )


def _address(fields: Fields, key: str) -> str:
    endpoint = fields.object(key)
    return endpoint.text("Address") if endpoint else ""


def _interaction(records: list[_Contact], source: str) -> InteractionRecord:
    """One interaction of its chain: times from the first start to the last disconnect."""
    chain = _newest_in_order(records)
    first, last = chain[0], chain[-1]
    _end_legs(chain)
    legs = [contact.leg for contact in chain if contact.leg]
    visits = list(_visits(chain, legs))
    ends = [contact.disconnected_at for contact in chain if contact.disconnected_at]
    return InteractionRecord(
        first.root_id,
        channel=first.channel,
        direction=_direction(first),
        outcome=_outcome(chain, has_leg=bool(legs)),
        started_at=first.initiated_at,
        queued_at=visits[0].entered_at if visits else None,
        answered_at=legs[0].answered_at if legs else None,
        ended_at=max(ends) if last.disconnected_at else None,
        ended_by=last.ended_by,
        queue=next((contact.queue for contact in chain if contact.queue), ""),
        customer_address=first.customer_address,
        service_address=first.system_address,
        legs=legs,
        visits=visits,
        custom={"attributes": first.attributes} if first.attributes else {},
        source=source,
        updated_at=max((each.updated_at for each in chain if each.updated_at), default=None),
        line=min(contact.line for contact in chain),
    )


def _newest_in_order(records: list[_Contact]) -> list[_Contact]:
    """Of each contact the record that was updated last, in the order in which they began."""
    newest: dict[str, _Contact] = {}
    for record in records:
        before = newest.get(record.contact_id)
        if before is None or _updated(record) >= _updated(before):
            newest[record.contact_id] = record
    return sorted(newest.values(), key=lambda contact: (contact.initiated_at, contact.line))


def _updated(contact: _Contact) -> float:
    return contact.updated_at.timestamp() if contact.updated_at else 0.0


def _end_legs(chain: list[_Contact]) -> None:
    """All but the last contact end by a transfer to the next one's queue."""
    for contact, after in pairwise(chain):
        if contact.leg:
            contact.leg.end = "transfer"
            contact.leg.transferred_to = after.queue
    if chain[-1].leg:
        chain[-1].leg.end = chain[-1].ended_by


def _visits(chain: list[_Contact], legs: list[LegRecord]) -> Iterator[QueueVisitRecord]:
    for contact, after in zip_longest(chain, chain[1:]):
        visit = contact.visit
        if visit is None:
            continue
        if contact.leg:
            visit.outcome = "answered"
            visit.leg = next(n for n, leg in enumerate(legs) if leg is contact.leg)
            visit.left_at = visit.left_at or contact.leg.answered_at
        elif visit.left_at or contact.disconnected_at:
            visit.left_at = visit.left_at or contact.disconnected_at
            visit.outcome = MOVED_ON.get(after.initiation if after else "", "abandoned")
        yield visit


def _direction(contact: _Contact) -> str:
    """An API call that dials out is outbound; chats also begin by the API, but inbound."""
    dialed = contact.initiation == "API" and contact.channel == "voice"
    return "outbound" if dialed or contact.initiation in OUTBOUND else "inbound"


def _outcome(chain: list[_Contact], *, has_leg: bool) -> str:
    if chain[-1].disconnected_at is None:
        return "in_progress"
    if has_leg:
        return "handled"
    if any(contact.queue for contact in chain):
        return "abandoned_in_queue"
    return "failed" if _direction(chain[0]) == "outbound" else "abandoned_before_queue"
