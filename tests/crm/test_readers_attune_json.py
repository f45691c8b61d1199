import json
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import (
    AgentStateRecord,
    InteractionRecord,
    ReaderOptions,
    RowError,
    UnreadableFile,
)

CALL = {
    "external_id": "a-77",
    "channel": "voice",
    "direction": "inbound",
    "started_at": "2026-03-16T09:00:00+01:00",
    "queued_at": "2026-03-16T09:00:05+01:00",
    "answered_at": "2026-03-16T09:00:20+01:00",
    "ended_at": "2026-03-16T09:05:00+01:00",
    "outcome": "handled",
    "queue": "billing",
    "language": "en",
    "service_address": "+4930901820",
    "customer": {
        "external_id": "8812",
        "name": "Patricia Brown",
        "phones": ["+14155552671"],
        "emails": [],
        "handles": [],
    },
    "dispositions": ["card_replaced"],
    "recordings": [{"url": "https://rec.example/a-77.wav", "duration_seconds": 280}],
    "legs": [
        {
            "agent": "agent-07",
            "answered_at": "2026-03-16T09:00:20+01:00",
            "ended_at": "2026-03-16T09:05:00+01:00",
            "wait_seconds": 15,
            "talk_seconds": 250,
            "hold_seconds": 30,
            "hold_count": 1,
            "wrap_seconds": 40,
            "end": "customer",
        }
    ],
    "turns": [{"speaker": "agent", "start_ms": 1669, "end_ms": 4339, "text": "hello"}],
    "custom": {},
    "updated_at": "2026-03-16T09:06:00+01:00",
}


def call(**changes):
    return {**CALL, **changes}


def document(*calls, **header):
    return json.dumps({"attune": 1, "source": "pbx-1", **header, "interactions": calls}, indent=1)


def read(text, **options):
    content = text if isinstance(text, bytes) else text.encode()
    return list(formats.read("attune_json", BytesIO(content), ReaderOptions(**options)))


def error_of(**changes):
    [found] = read(document(call(**changes)))
    assert isinstance(found, RowError)
    return found


def test_reader_takes_the_example_of_the_documentation():
    [found] = read(document(CALL))

    assert isinstance(found, InteractionRecord)
    assert (found.source, found.external_id, found.queue) == ("pbx-1", "a-77", "billing")
    assert found.started_at == datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
    assert (found.handle_seconds, found.wait_seconds, found.hold_count) == (320, 15, 1)
    assert (found.ended_by, found.flags) == ("customer", ())
    assert found.customer is not None
    assert (found.customer.name, found.customer.phones) == ("Patricia Brown", ["+14155552671"])
    assert [turn.text for turn in found.turns] == ["hello"]
    assert [(visit.outcome, visit.wait_seconds, visit.leg) for visit in found.visits] == [
        ("answered", 15, 0)
    ]


def test_reader_takes_one_object_per_line():
    lines = f"{json.dumps(CALL)}\n\n{json.dumps(call(external_id='a-78'))}\n"

    found = read(lines, source="pbx-2")

    assert [(each.line, each.external_id, each.source) for each in found] == [
        (1, "a-77", "pbx-2"),
        (3, "a-78", "pbx-2"),
    ]


def test_reader_goes_on_after_a_broken_line():
    found = read(f'{json.dumps(CALL)}\n{{"external_id": oops}}\n{json.dumps(CALL)}\n')

    assert [type(each).__name__ for each in found] == [
        "InteractionRecord",
        "RowError",
        "InteractionRecord",
    ]
    assert (found[1].line, found[1].code) == (2, "line_unreadable")
    assert found[1].message == "Expecting value at character 17."


def test_reader_finds_a_source_that_stands_behind_the_list():
    text = json.dumps({"attune": 1, "interactions": [CALL], "source": "late"})

    [found] = read(f"\n{text}")

    assert found.source == "late"


def test_reader_refuses_a_broken_document_with_line_and_column():
    text = document(CALL).replace('"queue": "billing",', '"queue": "billing"')
    line = next(n for n, each in enumerate(text.splitlines(), 1) if '"language"' in each)

    with pytest.raises(UnreadableFile) as caught:
        read(text)

    assert (caught.value.line, caught.value.code) == (line, "json_broken")
    assert str(caught.value).startswith(f"Line {line}, column 4: Expecting ',' delimiter")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b'{\n "attune": 1,\n "source": "a\0b"}', "Line 3, column 14: There is a NUL character"),
        (b'{\n "source": "M\xfcller"}', "Line 2, column 14: The byte 0xfc is not UTF-8 text."),
        (b'{\n "attune": 2}', "must be 1, the version of the format"),
        (b'{\n "calls": []}', 'The key "calls" is not known here.'),
        (b'{\n "source": 7}', '"source" must be text in quotes.'),
        (b"[1]", "Expected '{' but found '['."),
        (b'{\n "interactions": [', "Expecting value"),
        (b'{\n "interactions": [{"external_id": NaN}]}', "NaN is not a number in JSON."),
        (b'{\n "interactions": [{"a": 1, "a": 2}]}', 'The key "a" stands twice in one object.'),
        (b'{\n "interactions": []} x', "There is more after the end of the object."),
        (b'{\n "interactions": [' + b"[" * 200_000, "The JSON is nested too deeply."),
        (b'{\n "interactions": [{"hold": ' + b"9" * 5000 + b"}]}", "too many digits"),
    ],
)
def test_reader_refuses_a_file_that_it_cannot_read(content, sentence):
    with pytest.raises(UnreadableFile, match=r".") as caught:
        read(content)

    assert sentence in str(caught.value)


def test_reader_takes_utf_16_and_a_byte_order_mark():
    text = document(call(subject="Grüße"))

    from_utf_16 = read(text.encode("utf-16"))
    with_mark = read(b"\xef\xbb\xbf" + text.encode())

    assert [each.subject for each in from_utf_16 + with_mark] == ["Grüße", "Grüße"]


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"external_id": None}, "external_id", "required"),
        ({"started_at": None}, "started_at", "required"),
        ({"started_at": "2026-03-16T09:00:00"}, "started_at", "date_unreadable"),
        ({"started_at": "yesterday"}, "started_at", "date_unreadable"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at", "date_unreadable"),
        ({"channel": "pigeon"}, "channel", "choice_unknown"),
        ({"mood": "good"}, "mood", "unsupported"),
        ({"legs": [{"agnt": "x"}]}, "legs[0].agnt", "unsupported"),
        ({"legs": {}}, "legs", "line_unreadable"),
        ({"legs": [7]}, "legs[0]", "line_unreadable"),
        ({"legs": [{"talk_seconds": "7"}]}, "legs[0].talk_seconds", "number_unreadable"),
        ({"legs": [{"talk_seconds": True}]}, "legs[0].talk_seconds", "number_unreadable"),
        ({"legs": [{"talk_seconds": 10**12}]}, "legs[0].talk_seconds", "number_unreadable"),
        ({"turns": [{"text": "\ud800"}]}, "turns[0].text", "line_unreadable"),
        ({"custom": {"a": ["\0"]}}, "custom.a", "line_unreadable"),
        ({"recordings": [{"url": "file:///etc/passwd"}]}, "recordings[0].url", "unsupported"),
        ({"turns": [{"start_ms": 9, "end_ms": 3}]}, "turns[0].end_ms", "order_of_times"),
        ({"turns": [{"start_ms": -300}]}, "turns[0].start_ms", "order_of_times"),
        (
            {"turns": [{"sent_at": "2026-03-16T08:59:57+01:00"}]},
            "turns[0].sent_at",
            "order_of_times",
        ),
        (
            {
                "queue_visits": [
                    {"queue": "a", "entered_at": CALL["started_at"], "outcome": "callback"}
                ]
            },
            "queue_visits[0].left_at",
            "required",
        ),
    ],
)
def test_reader_names_the_field_that_is_wrong(changes, column, code):
    found = error_of(**changes)

    assert (found.column, found.code) == (column, code)
    assert found.message.endswith(".")


def test_reader_says_how_early_a_turn_is():
    found = error_of(turns=[{"text": "hi", "start_ms": 0}, {"text": "ho", "start_ms": -1200}])

    assert found.column == "turns[1].start_ms"
    assert found.message.startswith("The turn starts 1,200 ms before its interaction.")


def test_reader_keeps_and_marks_what_is_doubtful():
    leg = {"agent": "agent-07", "talk_seconds": -3, "hold_seconds": 900, "end": "agent"}
    leg |= {"answered_at": CALL["answered_at"], "ended_at": CALL["ended_at"]}

    [found] = read(document(call(legs=[leg], queued_at="2026-03-16T09:01:00+01:00")))

    assert found.flags == ("duration_mismatch", "missing_time", "negative_duration", "time_order")
    assert found.legs[0].talk_seconds is None


def test_reader_flags_times_ahead_and_endless_calls():
    now = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
    late = call(ended_at="2026-03-17T09:00:01+01:00")

    assert read(document(late), now=now)[0].flags == ("future", "too_long")
    assert read(document(late))[0].flags == ("too_long",)


def test_reader_keeps_turns_in_file_order_and_marks_steps_back():
    turns = [
        {"speaker": "customer", "start_ms": 5000, "end_ms": 6000, "text": "hello"},
        {"speaker": "agent", "start_ms": 4000, "end_ms": 4500, "text": ""},
    ]

    [found] = read(document(call(turns=turns)))

    assert [turn.start_ms for turn in found.turns] == [5000, 4000]
    assert found.turns_out_of_order


def test_reader_gives_answered_visits_to_answered_legs_in_order():
    visits = [
        {
            "queue": "billing",
            "entered_at": "2026-03-16T09:00:05+01:00",
            "left_at": "2026-03-16T09:00:20+01:00",
            "outcome": "answered",
        }
    ]
    legs = [{"agent": "agent-01", "end": "not_answered"}, *CALL["legs"]]

    [found] = read(document(call(queue_visits=visits, legs=legs)))

    assert [(visit.leg, visit.wait_seconds) for visit in found.visits] == [(1, 15)]
    assert found.wait_seconds == 15


def test_reader_marks_a_visit_that_ends_before_it_begins():
    visits = [
        {
            "queue": "billing",
            "entered_at": "2026-03-16T09:00:20+01:00",
            "left_at": "2026-03-16T09:00:05+01:00",
            "outcome": "answered",
        }
    ]

    [found] = read(document(call(queue_visits=visits)))

    assert "time_order" in found.flags
    assert found.visits[0].wait_seconds is None
    assert found.visits[0].left_at == found.visits[0].entered_at


def test_a_leg_may_tell_active_time_and_slots():
    leg = {"agent": "agent-07", "talk_seconds": 600, "active_seconds": 240.9, "slots": 3}

    [found] = read(document(call(legs=[leg])))
    [refused] = read(document(call(legs=[leg | {"slots": 0}])))

    assert (found.legs[0].active_seconds, found.legs[0].slots) == (240, 3)
    assert (refused.column, refused.code) == ("legs[0].slots", "number_unreadable")


def test_reader_takes_agent_states():
    states = [
        {"agent": "agent-07", "state": "break", "started_at": CALL["started_at"]},
        {
            "agent": "agent-07",
            "state": "available",
            "started_at": CALL["ended_at"],
            "ended_at": CALL["started_at"],
        },
    ]

    first, second = read(json.dumps({"source": "pbx-1", "agent_states": states}, indent=1))

    assert isinstance(first, AgentStateRecord)
    assert (first.agent, first.state, first.ended_at, first.slots) == ("agent-07", "break", None, 1)
    assert (second.column, second.code) == ("ended_at", "order_of_times")


def test_reader_does_not_grow_with_the_file():
    content = BytesIO(document(*(call(external_id=str(n)) for n in range(2_500))).encode())
    assert content.getbuffer().nbytes > 2_000_000

    tracemalloc.start()
    count = sum(1 for _ in formats.read("attune_json", content, ReaderOptions(source="x")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 2_500
    assert peak < 1_000_000
