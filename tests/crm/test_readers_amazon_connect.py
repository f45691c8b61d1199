import json
from datetime import UTC, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions, RowError

CONTACT = {
    "AWSAccountId": "ignored",
    "ContactId": "c-1",
    "InitialContactId": None,
    "Channel": "VOICE",
    "InitiationMethod": "INBOUND",
    "InitiationTimestamp": "2026-03-16T09:00:00Z",
    "DisconnectTimestamp": "2026-03-16T09:05:00Z",
    "DisconnectReason": "CUSTOMER_DISCONNECT",
    "LastUpdateTimestamp": "2026-03-16T09:06:00Z",
    "CustomerEndpoint": {"Address": "+14155552671", "Type": "TELEPHONE_NUMBER"},
    "SystemEndpoint": {"Address": "+4930901820", "Type": "TELEPHONE_NUMBER"},
    "Queue": {
        "Name": "billing",
        "EnqueueTimestamp": "2026-03-16T09:00:05Z",
        "DequeueTimestamp": "2026-03-16T09:00:20Z",
        "Duration": 15,
    },
    "Agent": {
        "Username": "agent-07",
        "ConnectedToAgentTimestamp": "2026-03-16T09:00:20Z",
        "AgentInteractionDuration": 250,
        "CustomerHoldDuration": 30,
        "NumberOfHolds": 2,
        "LongestHoldDuration": 20,
        "AfterContactWorkDuration": 40,
    },
    "Attributes": {"tier": "gold"},
}


def contact(**changes):
    return {**CONTACT, **changes}


def following(number, method, **changes):
    return contact(
        ContactId=f"c-{number}",
        InitialContactId="c-1",
        InitiationMethod=method,
        InitiationTimestamp=f"2026-03-16T09:0{number}:00Z",
        DisconnectTimestamp=f"2026-03-16T09:0{number}:50Z",
        **changes,
    )


def read(*contacts, as_lines=False):
    text = "\n".join(map(json.dumps, contacts)) if as_lines else json.dumps(contacts, indent=1)
    return list(formats.read("amazon_connect", BytesIO(text.encode()), ReaderOptions()))


def test_contact_is_an_interaction_with_leg_and_visit():
    [found] = read(CONTACT)

    assert (found.external_id, found.channel, found.direction) == ("c-1", "voice", "inbound")
    assert (found.outcome, found.ended_by, found.queue) == ("handled", "customer", "billing")
    assert (found.talk_seconds, found.hold_seconds, found.wrap_seconds) == (250, 30, 40)
    assert (found.wait_seconds, found.hold_count, found.handle_seconds) == (15, 2, 320)
    assert (found.customer_address, found.service_address) == ("+14155552671", "+4930901820")
    assert (found.legs[0].agent, found.legs[0].longest_hold_seconds) == ("agent-07", 20)
    assert [(each.outcome, each.leg) for each in found.visits] == [("answered", 0)]
    assert found.custom == {"attributes": {"tier": "gold"}}
    assert found.flags == ()


@pytest.mark.parametrize("as_lines", [True, False])
def test_chain_of_contacts_is_one_interaction_in_any_order(as_lines):
    second = following(3, "TRANSFER", Queue={**CONTACT["Queue"], "Name": "tech"})
    first = contact(DisconnectTimestamp="2026-03-16T09:03:00Z")
    other = contact(ContactId="d-1")

    found = read(second, other, first, as_lines=as_lines)

    assert [each.external_id for each in found] == ["d-1", "c-1"]
    chain = found[1]
    assert (chain.leg_count, chain.transfer_count, chain.talk_seconds) == (2, 1, 500)
    assert [(leg.end, leg.transferred_to) for leg in chain.legs] == [
        ("transfer", "tech"),
        ("customer", ""),
    ]
    assert chain.ended_at == datetime(2026, 3, 16, 9, 3, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "outcome"),
    [("CALLBACK", "callback"), ("TRANSFER", "transferred"), ("DISCONNECT", "abandoned")],
)
def test_visit_that_nobody_answered_knows_what_came_next(method, outcome):
    found = read(contact(Agent=None), following(4, method))

    assert [visit.outcome for visit in found[0].visits] == [outcome, "answered"]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"Agent": None}, "abandoned_in_queue"),
        ({"Agent": {"Username": "agent-07"}}, "abandoned_in_queue"),
        ({"Agent": None, "Queue": None}, "abandoned_before_queue"),
        ({"Agent": None, "Queue": None, "InitiationMethod": "OUTBOUND"}, "failed"),
        ({"DisconnectTimestamp": None}, "in_progress"),
    ],
)
def test_outcome_follows_from_agent_and_queue(changes, outcome):
    [found] = read(contact(**changes))

    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("channel", "method", "direction"),
    [
        ("VOICE", "API", "outbound"),
        ("CHAT", "API", "inbound"),
        ("VOICE", "CALLBACK", "outbound"),
        ("VOICE", "TRANSFER", "inbound"),
    ],
)
def test_direction_follows_from_how_it_began(channel, method, direction):
    [found] = read(contact(Channel=channel, InitiationMethod=method))

    assert found.direction == direction


def test_record_that_was_updated_last_counts():
    older = contact(LastUpdateTimestamp="2026-03-16T09:05:30Z", DisconnectReason="API")

    [found] = read(CONTACT, older)

    assert found.ended_by == "customer"


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"ContactId": None}, "ContactId", "required"),
        ({"Channel": "TASK"}, "Channel", "unsupported"),
        ({"InitiationTimestamp": None}, "InitiationTimestamp", "required"),
        ({"InitiationTimestamp": "soon"}, "InitiationTimestamp", "date_unreadable"),
        ({"Queue": "billing"}, "Queue", "line_unreadable"),
        ({"Queue": {"EnqueueTimestamp": 5}}, "Queue.EnqueueTimestamp", "line_unreadable"),
    ],
)
def test_contact_that_cannot_be_read_names_the_field(changes, column, code):
    [found] = read(contact(**changes))

    assert isinstance(found, RowError)
    assert (found.line, found.column, found.code) == (2, column, code)


def test_chain_is_given_out_although_one_of_its_contacts_cannot_be_read():
    found = read(CONTACT, following(4, "TRANSFER", Channel="TASK"))

    assert [type(each).__name__ for each in found] == ["RowError", "InteractionRecord"]
