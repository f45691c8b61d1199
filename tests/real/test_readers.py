from collections import Counter
from datetime import date

import pytest

from crm.readers import formats
from crm.readers.base import InteractionRecord, ReaderOptions
from tests.real.real_data import real_file

pytestmark = pytest.mark.real_data

# The milliseconds that the corpus itself says the agent's clock runs late, by the call's id.
LATE_CLOCKS = {
    "0002f70f7386445b": 2051,
    "00f7dce6fc3849a2": 2100,
    "0091a706bc604188": 2080,
    "0126ffdce48049a9": 2049,
}


@pytest.fixture
def calls():
    folder = real_file("harper_valley")
    found = {}
    for path in sorted(folder.glob("*.json")):
        with path.open("rb") as file:
            [record] = formats.read("harper_valley", file, ReaderOptions())
        found[path.stem] = record
    return found


def test_harper_valley_calls_are_read_whole(calls):
    assert len(calls) == 11
    assert all(isinstance(call, InteractionRecord) for call in calls.values())
    assert {sid: call.external_id for sid, call in calls.items()} == {sid: sid for sid in calls}
    assert sum(len(call.turns) for call in calls.values()) == 181
    assert [sid for sid, call in calls.items() if call.turns_out_of_order] == [
        "0091a706bc604188",
        "0126ffdce48049a9",
    ]


def test_harper_valley_clocks_that_differ_are_found_and_no_others(calls):
    offsets = {
        sid: call.side_offsets_ms["agent"] for sid, call in calls.items() if call.side_offsets_ms
    }

    assert offsets == {sid: pytest.approx(late, abs=300) for sid, late in LATE_CLOCKS.items()}
    assert all("clocks_differ" in calls[sid].flags for sid in LATE_CLOCKS)


def test_harper_valley_names_agent_and_customer(calls):
    call = calls["0002f70f7386445b"]

    assert (call.legs[0].agent, call.legs[0].agent_name) == ("speaker-46", "Elizabeth")
    assert call.customer is not None
    assert (call.customer.external_id, call.customer.name) == ("patricia brown", "Patricia Brown")
    assert (call.handle_seconds, call.ended_by) == (51, "agent")


def test_anonymous_bank_rows_add_up():
    with real_file("anonymous_bank/february_1999.tsv").open("rb") as file:
        items = list(formats.read("anonymous_bank", file, ReaderOptions()))

    kinds = Counter(type(item).__name__ for item in items)
    records = [item for item in items if isinstance(item, InteractionRecord)]
    assert kinds == {"InteractionRecord": 33_066, "Skip": 278}
    assert Counter(record.outcome for record in records) == {
        "handled": 27_162,
        "abandoned_in_queue": 3_963,
        "abandoned_before_queue": 1_941,
    }
    assert Counter(flag for record in records for flag in record.flags) == {
        "agent_unknown": 491,
        "missing_time": 50,
        "time_order": 27,
    }
    assert len({record.external_id for record in records}) == 33_066
    assert sum(len(record.visits or ()) for record in records) == 27_162 + 3_963


def test_abcd_chats_are_read_whole():
    with real_file("abcd/abcd_sample.json").open("rb") as file:
        options = ReaderOptions(default_on=date(2021, 1, 1))
        chats = list(formats.read("abcd", file, options))

    assert [chat.external_id for chat in chats] == ["3592", "9489", "3695"]
    assert [chat.cards_removed for chat in chats] == [0, 0, 0]
    assert all("system" in {turn.speaker for turn in chat.turns} for chat in chats)
