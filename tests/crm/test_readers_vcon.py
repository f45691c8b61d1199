import base64
import json
from datetime import UTC, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions, RowError

PARTIES = [
    {"tel": "+14155552671", "name": "Anna Schmidt", "role": "customer"},
    {"mailto": "mailto:bob@example.com", "name": "Bob", "role": "agent"},
]
RECORDING = {
    "type": "recording",
    "start": "2026-03-16T09:00:00Z",
    "duration": 120.9,
    "parties": [0, 1],
    "mediatype": "audio/wav",
    "url": "https://rec.example/1.wav",
    "content_hash": "sha256-" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
    "party_history": [
        {"party": 0, "event": "join", "time": "2026-03-16T09:00:00Z"},
        {"party": 0, "event": "hold", "time": "2026-03-16T09:01:00Z"},
        {"party": 0, "event": "unhold", "time": "2026-03-16T09:01:20Z"},
    ],
}
TURNS = [
    {"speaker": 1, "start": 0.5, "end": 1.2345, "text": "Hello"},
    {"speaker": "Anna Schmidt", "start": 2, "end": 3, "text": "Hi"},
]
VCON = {
    "vcon": "0.3.0",
    "uuid": "018e-1",
    "created_at": "2026-03-16T10:00:00Z",
    "subject": "Card",
    "parties": PARTIES,
    "dialog": [RECORDING],
    "analysis": [{"type": "transcript", "dialog": 0, "body": TURNS}],
    "unknown": "ignored",
}


def read(value):
    content = json.dumps(value, indent=1).encode()
    [found] = formats.read("vcon", BytesIO(content), ReaderOptions())
    return found


def vcon(**changes):
    return {**VCON, **changes}


def transcript(body, **more):
    return read(vcon(analysis=[{"type": "transcript", "body": body, **more}]))


def message(party, second, text):
    at = f"2026-03-16T09:00:{second:02}.500Z"
    return {
        "type": "text",
        "start": at,
        "parties": [party],
        "mediatype": "text/plain",
        "body": text,
    }


def test_recording_is_a_leg_with_its_holds():
    found = read(VCON)

    assert (found.external_id, found.subject, found.channel) == ("018e-1", "Card", "voice")
    assert (found.outcome, found.talk_seconds, found.hold_seconds) == ("handled", 100, 20)
    [leg] = found.legs
    assert (leg.agent, leg.agent_name, leg.hold_count) == ("bob@example.com", "Bob", 1)
    assert [span.kind for span in leg.spans] == ["hold"]
    assert found.ended_at == datetime(2026, 3, 16, 9, 2, tzinfo=UTC)
    assert (found.customer.name, found.customer.phones) == ("Anna Schmidt", ["+14155552671"])
    [recording] = found.recordings
    assert (recording.url, recording.duration_seconds) == ("https://rec.example/1.wav", 120)
    assert recording.sha256 == bytes(range(32)).hex()
    assert found.custom == {"content_hash": [RECORDING["content_hash"]]}


def test_list_of_turns_is_the_transcript_with_milliseconds_half_up():
    found = read(VCON)

    assert [(t.speaker, t.start_ms, t.end_ms, t.text) for t in found.turns] == [
        ("agent", 500, 1235, "Hello"),
        ("customer", 2000, 3000, "Hi"),
    ]


def test_words_are_joined_while_the_speaker_is_the_same():
    words = [
        {"word": "good", "start": 0, "end": 1, "speaker": "agent"},
        {"word": "morning", "start": 1, "end": 2, "speaker": "agent"},
        {"word": "hi", "start": 3, "end": 4, "speaker": "customer"},
    ]

    found = transcript(json.dumps({"words": words}), encoding="json")

    assert [(turn.speaker, turn.start_ms, turn.end_ms, turn.text) for turn in found.turns] == [
        ("agent", 0, 2000, "good morning"),
        ("customer", 3000, 4000, "hi"),
    ]


def test_plain_text_is_one_turn():
    assert [turn.text for turn in transcript("hello there").turns] == ["hello there"]


def test_transcript_of_a_later_dialog_counts_from_the_start():
    second = {**RECORDING, "start": "2026-03-16T09:05:00Z", "party_history": []}
    analysis = [{"type": "transcript", "dialog": 1, "body": TURNS}]

    found = read(vcon(dialog=[RECORDING, second], analysis=analysis))

    assert [turn.start_ms for turn in found.turns] == [300_500, 302_000]
    assert found.leg_count == 2


def test_written_dialog_is_a_chat_with_a_leg_of_the_agent():
    dialog = [message(0, 1, "I lost my card"), message(1, 9, "Sorry to hear")]

    found = read(vcon(dialog=dialog, analysis=[]))

    assert (found.channel, found.outcome) == ("chat", "handled")
    assert [(turn.speaker, turn.sent_at.second) for turn in found.turns] == [
        ("customer", 1),
        ("agent", 9),
    ]
    assert (found.legs[0].agent, found.legs[0].answered_at.second) == ("bob@example.com", 9)


def test_incomplete_call_failed_with_its_disposition():
    dialog = [{"type": "incomplete", "start": "2026-03-16T09:00:00Z", "disposition": "busy"}]

    found = read(vcon(dialog=dialog, analysis=[]))

    assert (found.outcome, found.dispositions) == ("failed", ["busy"])


def test_transfer_ends_the_leg_before_it():
    moved = {"type": "transfer", "start": "2026-03-16T09:02:00Z"}

    found = read(vcon(dialog=[RECORDING, moved]))

    assert (found.legs[0].end, found.transfer_count) == ("transfer", 1)


def test_signed_container_is_read_and_flagged():
    payload = base64.urlsafe_b64encode(json.dumps(VCON).encode()).decode().rstrip("=")

    found = read({"payload": payload, "signatures": [{}]})

    assert found.external_id == "018e-1"
    assert "unverified" in found.flags


@pytest.mark.parametrize(
    ("value", "column", "code"),
    [
        ({"ciphertext": "x", "recipients": []}, "ciphertext", "encrypted"),
        ({"payload": "%%%"}, "payload", "line_unreadable"),
        (vcon(uuid=None), "uuid", "required"),
        (vcon(dialog=[{**RECORDING, "type": "dance"}]), "dialog[0].type", "choice_unknown"),
        (vcon(dialog=[{"type": "text"}]), "dialog[0].start", "required"),
        (vcon(dialog=[], created_at=None), "created_at", "required"),
        (vcon(dialog=[{**RECORDING, "duration": 1e12}]), "dialog[0].duration", "number_unreadable"),
        (
            vcon(analysis=[{"type": "transcript", "body": {"odd": 1}}]),
            "analysis[0].body",
            "unsupported",
        ),
        (
            vcon(analysis=[{"type": "transcript", "body": [{"start": 2, "end": 1}]}]),
            "analysis[0].body[0].end",
            "order_of_times",
        ),
        (
            vcon(analysis=[{"type": "transcript", "body": [{"start": -2}]}]),
            "analysis[0].body[0].start",
            "order_of_times",
        ),
    ],
)
def test_container_that_cannot_be_read_names_the_field(value, column, code):
    found = read(value)

    assert isinstance(found, RowError)
    assert (found.column, found.code) == (column, code)
