"""The list of interactions and the page of one: what they show, to whom, and at what cost."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessEntry, AuditEntry
from lib import panels
from lib.panels import Panel
from ops import files
from tests.crm.pages import queries, sign_in
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    STARTED_AT,
    ContactPointFactory,
    CustomerFactory,
    InteractionFactory,
    LegFactory,
    QueueVisitFactory,
    RecordingFactory,
    TranscriptFactory,
    TurnFactory,
)
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db
LIST = reverse("crm:interaction_list")


@pytest.fixture
def admin(client):
    return sign_in(client, "admin")


def references(response):
    return re.findall(r">(I-\d{7})</a>", response.context["rows"])


def interactions(number):
    """Handled calls of different customers, agents and teams."""
    for index in range(number):
        interaction = InteractionFactory(
            customer=CustomerFactory(),
            queue=QueueFactory(),
            started_at=STARTED_AT + timedelta(minutes=index),
            quality_flags=["time_order"],
        )
        LegFactory(interaction=interaction, team=TeamFactory(), talk_seconds=60)
        LegFactory(interaction=interaction, position=2, team=TeamFactory(), talk_seconds=60)


def test_list_costs_the_same_for_one_row_and_for_fifty(client, admin):
    interactions(1)
    one = queries(client, LIST)
    interactions(49)

    assert queries(client, LIST) == one <= 12


def test_list_never_counts_and_never_skips(client, admin):
    interactions(2)

    with CaptureQueriesContext(connection) as context:
        client.get(LIST)

    statements = " ".join(query["sql"].upper() for query in context)
    assert "COUNT(" not in statements
    assert "OFFSET" not in statements


def test_list_shows_the_newest_first_and_pages_on(client, admin):
    interactions(51)

    first = client.get(LIST)
    second = client.get(LIST + first.context["next_url"])

    assert len(references(first)) == 50
    assert len(references(second)) == 1
    assert not set(references(first)) & set(references(second))
    assert second.context["previous_url"]


def test_a_tampered_cursor_shows_the_first_page(client, admin):
    interactions(1)

    response = client.get(LIST, {"cursor": "rubbish"})

    assert len(references(response)) == 1


def test_list_shows_nothing_of_others_to_an_agent(client):
    agent = sign_in(client, "agent")
    InteractionFactory()
    mine = LegFactory(agent=agent).interaction

    assert references(client.get(LIST)) == [mine.reference]


def test_list_shows_leaders_what_their_teams_did_while_they_led_them(client):
    leader = sign_in(client, "supervisor")
    membership = TeamMembershipFactory(user=leader, kind="supervisor")
    theirs = LegFactory(team=membership.team).interaction
    LegFactory(
        team=membership.team,
        interaction=InteractionFactory(started_at=membership.starts_at - timedelta(days=1)),
    )
    LegFactory(team=TeamFactory())

    assert references(client.get(LIST)) == [theirs.reference]


@pytest.mark.parametrize(
    "parameters",
    [
        {"channel": "chat"},
        {"direction": "outbound"},
        {"outcome": "voicemail"},
        {"flag": "time_order"},
        {"transcript": "yes"},
        {"begin": "2026-05-05"},
        {"q": "call-77"},
    ],
)
def test_each_filter_narrows_the_list(client, admin, parameters):
    InteractionFactory()
    wanted = InteractionFactory(
        channel="chat",
        direction="outbound",
        outcome="voicemail",
        quality_flags=["missing_time", "time_order"],
        started_at=STARTED_AT + timedelta(days=2),
        external_id="call-77",
    )
    TranscriptFactory(interaction=wanted)

    response = client.get(LIST, parameters)

    assert references(response) == [wanted.reference]
    assert [label for label, _, _ in response.context["filters"]] != []


def test_queue_team_and_agent_narrow_the_list(client, admin):
    interactions(2)
    leg = LegFactory(
        team=TeamFactory(),
        interaction=InteractionFactory(queue=QueueFactory()),
        agent=UserFactory(roles=["agent"]),
    )

    for parameters in (
        {"queue": leg.interaction.queue_id},
        {"team": leg.team_id},
        {"agent": leg.agent_id},
    ):
        assert references(client.get(LIST, parameters)) == [leg.interaction.reference]


def test_search_finds_by_reference_customer_and_end_of_number(client, admin):
    point = ContactPointFactory(
        value="+14155552671",
        reversed_digits="17625555141",
        customer=CustomerFactory(display_name="Zoë Brown", name_key="zoe brown"),
    )
    wanted = InteractionFactory(customer=point.customer)
    InteractionFactory(customer=CustomerFactory(name_key="somebody"))

    for words in (wanted.reference, "zoe", "Zoë B", "552671", point.customer.reference):
        assert references(client.get(LIST, {"q": words})) == [wanted.reference], words


def test_search_by_number_finds_nothing_for_those_who_see_it_masked(client):
    evaluator = sign_in(client, "evaluator")
    membership = TeamMembershipFactory(user=evaluator, kind="evaluator")
    point = ContactPointFactory(value="+14155552671", reversed_digits="17625555141")
    interaction = InteractionFactory(customer=point.customer)
    LegFactory(interaction=interaction, team=membership.team)

    assert references(client.get(LIST)) == [interaction.reference]
    assert references(client.get(LIST, {"q": "552671"})) == []


def test_a_period_that_is_too_long_is_refused_with_a_sentence(client, admin):
    response = client.get(LIST, {"begin": "2024-01-01", "end": "2026-01-01"})

    assert response.status_code == 400
    assert "Choose at most 400 days." in response.content.decode()


def test_an_unknown_choice_is_refused(client, admin):
    response = client.get(LIST, {"channel": "pigeon"})

    assert response.status_code == 400


def test_htmx_gets_the_rows_alone(client, admin):
    interactions(1)

    response = client.get(LIST, headers={"HX-Request": "true"})

    assert b"<html" not in response.content
    assert b'id="rows"' in response.content


def test_an_empty_list_says_what_to_do(client, admin):
    assert "Import a file" in client.get(LIST).content.decode()


# --- One interaction ---------------------------------------------------------------------------


@pytest.fixture
def told(admin):
    """A call of two legs with a transcript whose clocks differ."""
    interaction = InteractionFactory(
        customer=CustomerFactory(),
        ended_at=STARTED_AT + timedelta(minutes=2),
        quality_flags=["clocks_differ"],
        talk_seconds=60,
    )
    leg = LegFactory(interaction=interaction, team=TeamFactory(), talk_seconds=60)
    QueueVisitFactory(interaction=interaction, queue=QueueFactory())
    transcript = TranscriptFactory(interaction=interaction, suggested_offset_ms=2051)
    TurnFactory(transcript=transcript, position=1, agent=leg.agent, start_ms=61_000, end_ms=63_000)
    TurnFactory(
        transcript=transcript, position=2, speaker="customer", text="I <b>lost</b> it", start_ms=0
    )
    return interaction


def test_page_shows_facts_legs_turns_and_flags_in_words(client, told):
    page = client.get(told.get_absolute_url()).content.decode()

    assert told.get_absolute_url() == f"/interactions/{told.reference}/"
    assert "Hello, how can I help?" in page
    assert "I &lt;b&gt;lost&lt;/b&gt; it" in page
    assert "The two sides were timed by different clocks" in page
    assert "talk 1:00" in page
    assert '<rect class="agent"' in page
    assert "Align by 2051 ms" in page


def test_page_costs_the_same_for_one_turn_and_for_fifty(client, told):
    client.get(told.get_absolute_url())
    before = queries(client, told.get_absolute_url())
    transcript = told.transcripts.get()
    for position in range(3, 53):
        TurnFactory(transcript=transcript, position=position, agent=UserFactory())

    assert queries(client, told.get_absolute_url()) == before <= 16


def test_reading_a_transcript_is_written_into_the_access_log(client, told, admin):
    client.get(told.get_absolute_url())
    client.get(told.get_absolute_url())

    entry = AccessEntry.objects.get()
    assert (entry.kind, entry.actor, entry.object_id) == (
        "viewed_transcript",
        admin,
        str(told.pk),
    )


def test_search_in_the_transcript_marks_what_it_finds(client, told):
    response = client.get(told.get_absolute_url(), {"find": "LOST"})

    page = response.content.decode()
    assert response.context["hits"] == 1
    assert "I &lt;b&gt;<mark>lost</mark>&lt;/b&gt; it" in page


def test_page_of_an_interaction_of_others_is_not_there(client, told):
    sign_in(client, "agent")

    assert client.get(told.get_absolute_url()).status_code == 404


def test_a_reference_of_another_kind_is_not_there(client, told):
    assert client.get(f"/interactions/C-{told.pk:07d}/").status_code == 404


def test_aligning_moves_the_agents_times_and_is_audited(client, told, admin):
    address = reverse("crm:transcript_align", args=[told.pk])

    response = client.post(address, {"agent_offset_ms": "2051", "version": "1"})

    page = client.get(told.get_absolute_url()).content.decode()
    entry = AuditEntry.objects.get(verb="align_transcript")
    assert response.status_code == 302
    assert told.transcripts.get().agent_offset_ms == 2051
    assert "1:03" in page
    assert (entry.actor, entry.payload.after) == (admin, {"agent_offset_ms": 2051})


def test_aligning_on_a_stale_version_changes_nothing(client, told):
    address = reverse("crm:transcript_align", args=[told.pk])
    client.post(address, {"agent_offset_ms": "100", "version": "1"})

    response = client.post(address, {"agent_offset_ms": "900", "version": "1"})

    assert response.status_code == 409
    assert "Somebody changed this in the meantime" in response.content.decode()
    assert told.transcripts.get().agent_offset_ms == 100


def test_aligning_by_too_much_is_refused(client, told):
    address = reverse("crm:transcript_align", args=[told.pk])

    response = client.post(address, {"agent_offset_ms": "99999999", "version": "1"})

    assert response.status_code == 422
    assert told.transcripts.get().agent_offset_ms == 0


def test_an_agent_may_not_align_the_transcript_of_an_own_call(client, told):
    agent = sign_in(client, "agent")
    LegFactory(interaction=told, position=2, agent=agent)

    page = client.get(told.get_absolute_url())
    response = client.post(
        reverse("crm:transcript_align", args=[told.pk]), {"agent_offset_ms": "1", "version": "1"}
    )

    assert page.status_code == 200
    assert "Align by" not in page.content.decode()
    assert response.status_code == 403


def test_a_linked_recording_is_shown_and_never_served(client, told):
    recording = RecordingFactory(interaction=told)

    page = client.get(told.get_absolute_url()).content.decode()

    assert recording.url in page
    assert client.get(reverse("crm:recording_play", args=[recording.pk])).status_code == 404


def test_turns_lead_into_a_recording_that_is_played_here(client, told):
    linked = client.get(told.get_absolute_url()).content.decode()
    stored = files.store(
        io.BytesIO(b"RIFF"), name="a.wav", media_type="audio/wav", kind="recording", by_id=None
    )
    RecordingFactory(interaction=told, file=stored, url="")
    played = client.get(told.get_absolute_url()).content.decode()

    second = told.transcripts.get().turns.exclude(start_ms=None).order_by("position").last()
    place = f"{second.start_ms / 1000:.1f}"
    assert "listen.js" in played and "listen.js" not in linked
    assert f'href="#t={place}" data-plays-at="{place}"' in played
    assert "data-plays-at" not in linked


def test_panels_of_other_apps_are_fetched_apart(client, told, monkeypatch):
    monkeypatch.setitem(
        panels._slots,
        "interaction.side",
        [Panel("crm:interaction_detail", "Elsewhere", "crm.view_interaction")],
    )

    page = client.get(told.get_absolute_url()).content.decode()

    assert "Elsewhere" in page
    assert f'hx-get="{told.get_absolute_url()}" hx-trigger="load"' in page


def test_address_is_hidden_from_those_who_see_contact_points_masked(client, told):
    told.customer_address = "+14155552671"
    told.save()
    evaluator = sign_in(client, "evaluator")
    membership = TeamMembershipFactory(
        user=evaluator, kind="evaluator", starts_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    LegFactory(interaction=told, position=2, team=membership.team)

    page = client.get(told.get_absolute_url()).content.decode()

    assert "+14155552671" not in page
