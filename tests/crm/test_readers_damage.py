"""Damaged files of every format: a sentence, never a crash."""

import copy
import json
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.readers import formats
from crm.readers.base import InteractionRecord, ReaderOptions, RowError, Skip, UnreadableFile
from tests.crm.test_readers_abcd import CHAT
from tests.crm.test_readers_amazon_connect import CONTACT
from tests.crm.test_readers_anonymous_bank import ROW
from tests.crm.test_readers_asterisk_cdr import ANSWERED
from tests.crm.test_readers_attune_json import CALL
from tests.crm.test_readers_delimited import HEADER, MAPPING
from tests.crm.test_readers_delimited import ROW as TABLE_ROW
from tests.crm.test_readers_queue_log import EXAMPLE
from tests.crm.test_readers_transcripts import LENS, VTT
from tests.crm.test_readers_vcon import VCON

HARPER = {
    "sid": "0002",
    "start_time_ms": 1591056783191,
    "end_time_ms": 1591056834394,
    "agent": {"name": "Elizabeth", "speaker_id": 46, "hangup_time_ms": 1591056834512},
    "caller": {"name": "Patricia Brown", "hangup_time_ms": 1591056842795, "survey": {}},
    "tasks": [{"task_type": "replace card"}],
    "labels": {"agent_mos": 3.0},
    "turns": [{"speaker": "agent", "start_ms": 1669, "duration_ms": 2670, "text": "hello"}],
}
OBJECTS = {
    "abcd": CHAT,
    "amazon_connect": CONTACT,
    "attune_json": {"attune": 1, "source": "pbx", "interactions": [CALL], "agent_states": []},
    "contact_lens": LENS,
    "harper_valley": HARPER,
    "vcon": VCON,
}
TEXTS = {
    "anonymous_bank": "\t".join(ROW) + "\n" + "\t".join(ROW.values()),
    "asterisk_cdr": ANSWERED,
    "delimited": f"{HEADER}\n{TABLE_ROW}",
    "queue_log": EXAMPLE,
    "subtitles": VTT,
}
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "-1", "\0", "\ud800"]),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just([{}]),
)


def read(name, content):
    options = ReaderOptions(
        default_on=date(2026, 3, 16), mapping=MAPPING if name == "delimited" else {}
    )
    try:
        return list(formats.read(name, BytesIO(content), options))
    except UnreadableFile as error:
        assert str(error).rstrip().endswith((".", "?"))
        return []


def places(value, path=()):
    """The path to every value inside."""
    yield path
    if isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in children:
            yield from places(child, (*path, key))


def replaced(value, path, leaf):
    damaged = copy.deepcopy(value)
    if not path:
        return leaf
    holder = damaged
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = leaf
    return damaged


def assert_sound(items):
    """What comes out can be stored, or says what is wrong."""
    for item in items:
        if isinstance(item, RowError | Skip):
            assert item.message.endswith(".")
        if isinstance(item, InteractionRecord):
            assert item.external_id
            assert item.started_at is not None
            assert all(visit.left_at is None or visit.outcome for visit in item.visits)
            assert all(visit.leg is None or visit.leg < len(item.legs) for visit in item.visits)
            seconds = [item.talk_seconds, item.hold_seconds, item.wait_seconds]
            assert all(each is None or each >= 0 for each in seconds)


def test_every_format_is_damaged_here():
    assert set(OBJECTS) | set(TEXTS) == set(formats.FORMATS)


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_whole_object_is_read(name):
    items = read(name, json.dumps(OBJECTS[name], indent=1).encode())

    assert len(items) == 1
    assert not isinstance(items[0], RowError)


@given(st.data())
@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_object_with_a_wrong_value_is_read_or_refused(name, data):
    path = data.draw(st.sampled_from(list(places(OBJECTS[name]))))
    damaged = replaced(OBJECTS[name], path, data.draw(LEAVES))
    indent = data.draw(st.sampled_from([None, 1]))

    items = read(name, json.dumps(damaged, indent=indent).encode())

    assert_sound(items)


@given(st.data())
@pytest.mark.parametrize("name", sorted([*OBJECTS, *TEXTS]))
def test_file_with_damaged_bytes_is_read_or_refused(name, data):
    whole = TEXTS[name] if name in TEXTS else json.dumps(OBJECTS[name], indent=1)
    content = bytearray(whole.encode())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    content[start:end] = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"|", b"\t", b'"', b"-"])
    )

    items = read(name, bytes(content))

    assert_sound(items)
