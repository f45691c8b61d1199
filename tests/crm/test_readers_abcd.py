import json
from datetime import UTC, date, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions

CHAT = {
    "convo_id": 3592,
    "scenario": {
        "personal": {
            "customer_name": "crystal minh",
            "email": "cminh@example.com",
            "phone": "(977) 625-2661",
            "username": "cminh730",
        },
        "order": {"order_id": "334"},
        "flow": "product_defect",
        "subflow": "return_size",
    },
    "original": [
        ["agent", "Hi!"],
        ["customer", "I need to return an item."],
        ["action", "Account has been pulled up for Crystal Minh."],
    ],
}


def read(chat, **options):
    file = BytesIO(json.dumps([chat], indent=1).encode())
    [found] = formats.read("abcd", file, ReaderOptions(**options))
    return found


def test_chat_is_read_with_its_actions_as_internal_turns():
    found = read(CHAT, default_on=date(2026, 3, 16), zone="Europe/Berlin")

    assert (found.external_id, found.channel, found.queue) == ("3592", "chat", "product_defect")
    assert found.started_at == datetime(2026, 3, 15, 23, 0, tzinfo=UTC)
    assert [(turn.speaker, turn.is_internal) for turn in found.turns] == [
        ("agent", False),
        ("customer", False),
        ("system", True),
    ]
    assert (found.customer.external_id, found.customer.name) == ("cminh730", "Crystal Minh")
    assert found.flags == ("agent_unknown", "missing_time")


@pytest.mark.parametrize(
    ("chat", "column"),
    [
        ({**CHAT, "convo_id": None}, "convo_id"),
        ({**CHAT, "original": None}, "original"),
        ({**CHAT, "original": [["agent"]]}, "original[0]"),
        ({**CHAT, "scenario": []}, "scenario"),
    ],
)
def test_chat_that_cannot_be_read_names_the_field(chat, column):
    assert read(chat, default_on=date(2026, 3, 16)).column == column


def test_chat_without_a_date_asks_for_one():
    assert read(CHAT).message == "These chats have no times. Choose a date for the run."
