import json
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions, RowError, UnreadableFile

LENS = {
    "Version": "1.1.0",
    "CustomerMetadata": {"ContactId": "c-1"},
    "LanguageCode": "en-US",
    "Participants": [
        {"ParticipantId": "A", "ParticipantRole": "AGENT"},
        {"ParticipantId": "C", "ParticipantRole": "CUSTOMER"},
    ],
    "Transcript": [
        {"ParticipantId": "A", "BeginOffsetMillis": 0, "EndOffsetMillis": 900, "Content": "Hello"},
        {"ParticipantId": "C", "BeginOffsetMillis": 1200, "EndOffsetMillis": 2000, "Content": ""},
        {"ParticipantId": "X", "AbsoluteTime": "2026-03-16T09:00:00.250Z", "Content": "4111"},
    ],
}
VTT = """\
\ufeffWEBVTT - a call

NOTE made by hand

1
00:01.000 --> 00:04.500 align:start
<v Anna>Good <b>morning</b> &amp;
welcome</v>

01:00:00.250 --> 01:00:01.000
Agent: How can I help?

00:05.000 --> 00:06.000
Time: it is nine
"""
SRT = """\
1\r
00:00:01,000 --> 00:00:04,500\r
Caller: Hello\r
\r
2\r
00:00:05,000 --> 00:00:06,000\r
there\r
"""


def lens(**changes):
    content = json.dumps({**LENS, **changes}, indent=1).encode()
    [found] = formats.read("contact_lens", BytesIO(content), ReaderOptions())
    return found


def subtitles(text, file_name="call-7.vtt", **settings):
    options = ReaderOptions(file_name=file_name, settings=settings)
    return list(formats.read("subtitles", BytesIO(text.encode()), options))


def summary(transcript):
    return [(turn.speaker, turn.start_ms, turn.end_ms, turn.text) for turn in transcript.turns]


def test_contact_lens_maps_participants_to_speakers():
    found = lens()

    assert (found.external_id, found.language, found.transcript_format) == (
        "c-1",
        "en-US",
        "contact_lens",
    )
    assert summary(found) == [
        ("agent", 0, 900, "Hello"),
        ("customer", 1200, 2000, ""),
        ("unknown", None, None, "4111"),
    ]
    assert found.turns[2].sent_at.microsecond == 250_000


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"CustomerMetadata": {}}, "CustomerMetadata.ContactId"),
        ({"Transcript": [{"BeginOffsetMillis": -1}]}, "Transcript[0].BeginOffsetMillis"),
        (
            {"Transcript": [{"BeginOffsetMillis": 9, "EndOffsetMillis": 3}]},
            "Transcript[0].EndOffsetMillis",
        ),
        ({"Transcript": ["hello"]}, "Transcript[0]"),
    ],
)
def test_contact_lens_names_the_field_that_is_wrong(changes, column):
    assert lens(**changes).column == column


def test_webvtt_is_read_with_voices_names_and_entities():
    [found] = subtitles(VTT, speakers={"Anna": "agent"})

    assert found.external_id == "call-7"
    assert summary(found) == [
        ("agent", 1000, 4500, "Good morning & welcome"),
        ("agent", 3_600_250, 3_601_000, "How can I help?"),
        ("unknown", 5000, 6000, "Time: it is nine"),
    ]
    assert found.turns_out_of_order


def test_name_that_is_not_mapped_stays_in_the_text():
    [found] = subtitles(VTT)

    assert summary(found)[0] == ("unknown", 1000, 4500, "Anna: Good morning & welcome")


def test_srt_is_read_for_a_chosen_interaction():
    [found] = subtitles(SRT, external_id="a-77")

    assert found.external_id == "a-77"
    assert summary(found) == [
        ("customer", 1000, 4500, "Hello"),
        ("unknown", 5000, 6000, "there"),
    ]


@pytest.mark.parametrize(
    ("cue", "code"),
    [
        ("00:04.000 --> 00:01.000\nbackwards", "order_of_times"),
        ("00:0x --> 00:01.000\nwrong", "line_unreadable"),
        ("only words", "line_unreadable"),
    ],
)
def test_cue_that_cannot_be_read_is_an_error_and_reading_goes_on(cue, code):
    error, transcript = subtitles(f"WEBVTT\n\n{cue}\n\n00:05.000 --> 00:06.000\nfine\n")

    assert isinstance(error, RowError)
    assert (error.line, error.code) == (3, code)
    assert [turn.text for turn in transcript.turns] == ["fine"]


def test_file_without_cues_or_speakers_of_no_kind_are_refused():
    with pytest.raises(UnreadableFile, match="There is no cue"):
        subtitles("WEBVTT\n\nNOTE nothing\n")
    with pytest.raises(UnreadableFile, match="Speakers are agent, customer"):
        subtitles(VTT, speakers={"Anna": "boss"})
