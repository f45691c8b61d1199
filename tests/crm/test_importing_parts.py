"""Transcripts, states of agents and stretches of legs: what comes beside or after interactions."""

import json
from datetime import UTC, datetime

import pytest

from crm.actions import imports
from crm.events import AgentStatesRecorded
from crm.importing import undoing
from crm.models import AgentStateSpan, Interaction, LegSpan, Transcript, Turn
from crm.models.imports import ImportState
from lib import events
from tests.crm.runs import AT, call, finished, imported, staged
from tests.factories.accounts import AgentKeyFactory
from tests.factories.crm import InteractionFactory, LegFactory

pytestmark = pytest.mark.django_db

VTT = b"WEBVTT\n\n00:01.000 --> 00:03.000\nAgent: hello\n\n00:04.000 --> 00:05.000\nCaller: hi\n"


def counters(run):
    return [run.read, run.created, run.updated, run.skipped, run.failed]


def codes(run):
    return list(run.rows.values_list("line", "code"))


def undone(run):
    run = imports.undo_import(run=run, by=None, at=AT, in_background=False)
    for _ in undoing.undo(run):
        pass
    return imports.finish_undo(run=run, at=AT)


def subtitles(content=VTT, name="call-7.vtt", **options):
    return finished(staged(content, name=name, format_name="subtitles", **options), again=True)


def lens(contact_id="call-7", text="hello"):
    turn = {
        "ParticipantId": "A",
        "BeginOffsetMillis": 0,
        "EndOffsetMillis": 900,
        "Content": text,
    }
    return json.dumps(
        {
            "CustomerMetadata": {"ContactId": contact_id},
            "Participants": [{"ParticipantId": "A", "ParticipantRole": "AGENT"}],
            "Transcript": [turn],
            "LanguageCode": "en-US",
        }
    ).encode()


# --- Transcripts ---------------------------------------------------------------------------------


def test_a_transcript_is_attached_by_external_id():
    leg = LegFactory(interaction__external_id="call-7")

    run = subtitles()

    said = Turn.objects.values_list("speaker", "text", "agent")
    assert counters(run) == [1, 1, 0, 0, 0]
    assert list(said) == [("agent", "hello", leg.agent_id), ("customer", "hi", None)]
    assert Transcript.objects.get().interaction == leg.interaction


def test_the_same_transcript_again_is_skipped_and_another_becomes_current():
    InteractionFactory(external_id="call-7", source="amazon-connect")
    finished(staged(lens(), format_name="contact_lens"))

    same = finished(staged(lens(), format_name="contact_lens"), again=True)
    other = finished(staged(lens(text="good day"), format_name="contact_lens"))

    assert counters(same) == [1, 0, 0, 1, 0]
    assert counters(other) == [1, 1, 0, 0, 0]
    told = Transcript.objects.order_by("position").values_list("position", "is_current")
    assert list(told) == [(1, False), (2, True)]


def test_a_transcript_of_an_unknown_or_doubtful_interaction_is_refused():
    unknown = subtitles()
    InteractionFactory(external_id="call-7", source="a")
    InteractionFactory(external_id="call-7", source="b")
    several = subtitles()

    assert codes(unknown) == [(1, "interaction_unknown")]
    assert codes(several) == [(1, "ambiguous_match")]


def test_the_interaction_of_the_same_source_is_meant_where_several_have_the_id():
    InteractionFactory(external_id="call-7", source="other")
    own = InteractionFactory(external_id="call-7", source="amazon-connect")

    finished(staged(lens(), format_name="contact_lens"))

    assert Transcript.objects.get().interaction == own


def test_card_numbers_in_a_transcript_are_removed_and_flagged():
    InteractionFactory(external_id="call-7")

    subtitles(VTT.replace(b"hi", b"4111 1111 1111 1111"))

    assert Turn.objects.last().text == "[card \u2022\u2022\u2022\u20221111]"
    assert Interaction.objects.get().quality_flags == ["card_removed"]


def test_undo_takes_a_transcript_away_and_the_earlier_one_is_current_again():
    InteractionFactory(external_id="call-7", source="amazon-connect")
    finished(staged(lens(), format_name="contact_lens"))
    run = finished(staged(lens(text="good day"), format_name="contact_lens"))

    run = undone(run)

    assert (run.state, run.message) == (ImportState.UNDONE, "")
    assert Transcript.objects.get().is_current
    assert Turn.objects.get().text == "hello"


# --- States of agents ----------------------------------------------------------------------------

STATES = {"Agent": "agent", "State": "state", "From": "started_at", "To": "ended_at"}


def states(*lines, **options):
    content = "\n".join(["Agent;State;From;To", *lines]).encode()
    mapping = {"kind": "agent_states", "columns": STATES}
    run = staged(content, name="states.csv", format_name="delimited", mapping=mapping, **options)
    return finished(run, again=True)


def spans():
    rows = AgentStateSpan.objects.order_by("started_at")
    return [
        (row.state, f"{row.started_at:%H:%M}", row.ended_at and f"{row.ended_at:%H:%M}")
        for row in rows
    ]


def test_states_are_stored_and_the_open_one_ends_with_the_next():
    AgentKeyFactory(source="table", key="agent-07")

    run = states(
        "agent-07;available;2026-05-04 09:00;",
        "agent-07;break;2026-05-04 10:00;2026-05-04 10:15",
        "agent-07;available;2026-05-04 10:15;",
    )

    assert counters(run) == [3, 3, 0, 0, 0]
    assert spans() == [
        ("available", "09:00", "10:00"),
        ("break", "10:00", "10:15"),
        ("available", "10:15", None),
    ]


def test_the_same_states_again_are_none_and_a_later_file_ends_the_open_one():
    AgentKeyFactory(source="table", key="agent-07")
    line = "agent-07;available;2026-05-04 09:00;"
    states(line)

    again = states(line)
    later = states("agent-07;offline;2026-05-04 17:00;")

    assert counters(again) == [1, 0, 0, 1, 0]
    assert counters(later) == [1, 1, 0, 0, 0]
    assert spans() == [("available", "09:00", "17:00"), ("offline", "17:00", None)]


def test_stored_states_are_told_once_for_each_agent(monkeypatch):
    first = AgentKeyFactory(source="table", key="agent-07").user
    second = AgentKeyFactory(source="table", key="agent-08").user
    heard = []
    monkeypatch.setattr(events, "is_heard", lambda fact: True)
    monkeypatch.setattr(events, "publish_all", heard.extend)

    def told():
        return [fact for fact in heard if isinstance(fact, AgentStatesRecorded)]

    lines = [
        "agent-08;break;2026-05-04 10:00;2026-05-04 10:15",
        "agent-07;available;2026-05-04 09:00;",
        "agent-07;break;2026-05-04 10:00;",
    ]

    states(*lines)
    assert [(fact.agent_id, f"{fact.from_at:%H:%M}", f"{fact.to_at:%H:%M}") for fact in told()] == [
        (first.pk, "09:00", "10:00"),
        (second.pk, "10:00", "10:15"),
    ]
    heard.clear()
    states(*lines)
    assert told() == []
    states("agent-07;offline;2026-05-04 17:00;")
    [fact] = told()
    assert (f"{fact.from_at:%H:%M}", f"{fact.to_at:%H:%M}") == ("10:00", "17:00")


def test_a_file_that_comes_late_ends_where_the_stored_states_go_on():
    AgentKeyFactory(source="table", key="agent-07")
    states("agent-07;offline;2026-05-04 17:00;")

    states("agent-07;available;2026-05-04 09:00;")

    assert spans() == [("available", "09:00", "17:00"), ("offline", "17:00", None)]


def test_states_that_cannot_be_taken_say_why():
    AgentKeyFactory(source="table", key="agent-07")

    run = states(
        "nobody;available;2026-05-04 09:00;",
        "agent-07;break;2026-05-04 10:00;2026-05-04 09:00",
        "agent-07;asleep;2026-05-04 10:00;",
    )

    assert sorted(codes(run)) == [
        (2, "agent_unknown"),
        (3, "order_of_times"),
        (4, "choice_unknown"),
    ]


def test_undo_takes_states_away():
    AgentKeyFactory(source="table", key="agent-07")
    run = states("agent-07;available;2026-05-04 09:00;")

    run = undone(run)

    assert run.message == ""
    assert not AgentStateSpan.objects.exists()


def test_a_queue_log_brings_states_aside():
    AgentKeyFactory(source="asterisk", key="agent-07")
    log = (
        b"1772006400|NONE|billing|agent-07|ADDMEMBER|\n"
        b"1772006500|NONE|billing|agent-07|PAUSE|lunch\n"
        b"1772006800|NONE|billing|agent-07|UNPAUSE|\n"
    )

    run = imported(log, name="queue_log", format_name="queue_log")

    assert run.state == ImportState.FINISHED
    assert run.side == {"agent_states": 3}
    assert [state for state, _, _ in spans()] == ["available", "break", "available"]


# --- Stretches of legs ---------------------------------------------------------------------------


def at(minute):
    return f"2026-05-04T09:{minute:02}:00Z"


def with_holds(*holds):
    spans = [{"kind": "hold", "starts_at": at(a), "ends_at": at(b)} for a, b in holds]
    told = call()
    told["legs"][0]["spans"] = spans
    return told


def test_stretches_are_kept_and_replaced_by_a_newer_reading():
    imported([with_holds((1, 2), (3, 4))])

    imported([with_holds((1, 3))])

    assert [(span.starts_at.minute, span.ends_at.minute) for span in LegSpan.objects.all()] == [
        (1, 3)
    ]


def test_overlapping_stretches_are_left_out():
    imported([with_holds((1, 3), (2, 4), (3, 5))])

    assert [span.starts_at for span in LegSpan.objects.all()] == [
        datetime(2026, 5, 4, 9, 1, tzinfo=UTC),
        datetime(2026, 5, 4, 9, 3, tzinfo=UTC),
    ]
