"""The import pipeline: what becomes of a record, whatever it holds."""

from datetime import UTC, datetime

import pytest

from accounts.models import AgentKey, AuditEntry, User
from crm.models import Customer, ImportRow, Interaction, Leg, QueueVisit, Transcript, Turn
from crm.models.imports import ImportState
from routing.models import Queue
from tests.crm.runs import attune_json, call, checked, finished, imported, staged
from tests.factories.accounts import AgentKeyFactory, TeamMembershipFactory
from tests.factories.crm import ContactPointFactory, CustomerFactory
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db


def counters(run):
    return [run.read, run.created, run.updated, run.skipped, run.failed]


def rows(run):
    return list(run.rows.values_list("line", "outcome", "code"))


def test_import_stores_header_legs_and_visits():
    run = imported([call()])

    interaction = Interaction.objects.get()
    assert run.state == ImportState.FINISHED
    assert counters(run) == [1, 1, 0, 0, 0]
    assert interaction.import_run == run
    assert interaction.talk_seconds == 60
    assert interaction.wait_seconds == 10
    assert interaction.queue.name == "billing"
    assert Leg.objects.get().wait_seconds == 10
    assert QueueVisit.objects.get().leg == Leg.objects.get()


def test_import_keeps_turns_and_links_the_only_agent_to_what_the_agent_says():
    key = AgentKeyFactory(key="agent-07")
    turns = [
        {"speaker": "agent", "start_ms": 0, "end_ms": 900, "text": "hello"},
        {"speaker": "customer", "start_ms": 1000, "end_ms": 1500, "text": "hi"},
    ]

    imported([call(turns=turns)])

    said = list(Turn.objects.values_list("position", "speaker", "agent", "text"))
    assert said == [(1, "agent", key.user_id, "hello"), (2, "customer", None, "hi")]
    assert Transcript.objects.get().is_current


def test_import_removes_card_numbers_before_storing():
    turns = [{"speaker": "customer", "start_ms": 0, "text": "4111 1111 1111 1111"}]

    imported([call(turns=turns, subject="card 4111 1111 1111 1111")])

    assert Turn.objects.get().text == "[card ••••1111]"
    assert Interaction.objects.get().subject == "card [card ••••1111]"


def test_the_same_file_again_creates_nothing():
    content = [call(1), call(2)]
    imported(content)

    again = imported(content, again=True)

    assert counters(again) == [2, 0, 0, 2, 0]
    assert rows(again) == [(1, "skipped", "unchanged"), (1, "skipped", "unchanged")]
    assert Interaction.objects.count() == 2


def test_a_changed_record_updates_only_what_it_gives():
    imported([call(1, subject="Lost card")])
    interaction = Interaction.objects.get()

    run = imported([call(1, outcome="voicemail")])

    interaction.refresh_from_db()
    assert counters(run) == [1, 0, 1, 0, 0]
    assert interaction.outcome == "voicemail"
    assert interaction.subject == "Lost card"
    assert interaction.version == 2
    assert run.rows.get().before["outcome"] == "handled"
    assert run.rows.get().target_id == interaction.pk


def test_an_older_reading_changes_nothing():
    imported([call(1, updated_at="2026-05-05T10:00:00Z")])

    run = imported([call(1, outcome="voicemail", updated_at="2026-05-05T09:00:00Z")])

    assert rows(run) == [(1, "skipped", "older")]
    assert Interaction.objects.get().outcome == "handled"


def test_the_newest_of_two_records_in_a_file_wins():
    run = imported(
        [
            call(1, outcome="voicemail", updated_at="2026-05-05T10:00:00Z"),
            call(1, updated_at="2026-05-05T11:00:00Z"),
            call(1, outcome="failed", updated_at="2026-05-05T09:00:00Z"),
        ]
    )

    assert counters(run) == [3, 1, 1, 1, 0]
    assert Interaction.objects.get().outcome == "handled"


def test_an_update_changes_legs_in_place_and_adds_a_transcript_version():
    turn = {"speaker": "agent", "start_ms": 0, "text": "hello"}
    imported([call(1, turns=[turn])])
    leg = Leg.objects.get()

    leg_now = call()["legs"][0] | {"talk_seconds": 55}
    imported([call(1, legs=[leg_now], turns=[turn | {"text": "good morning"}])])

    leg.refresh_from_db()
    assert leg.talk_seconds == 55
    assert list(Transcript.objects.values_list("position", "is_current")) == [(1, False), (2, True)]
    assert QueueVisit.objects.get().leg == leg


def test_agents_are_found_by_key_at_that_instant_and_stamped_with_their_team():
    earlier = AgentKeyFactory(key="agent-07", ends_at=datetime(2026, 5, 4, tzinfo=UTC))
    now = AgentKeyFactory(key="agent-07", starts_at=datetime(2026, 5, 4, tzinfo=UTC))
    TeamMembershipFactory(user=earlier.user)
    membership = TeamMembershipFactory(user=now.user)

    imported([call()])

    leg = Leg.objects.get()
    assert leg.agent == now.user
    assert leg.team == membership.team
    assert Interaction.objects.get().first_agent == now.user


def test_an_unknown_agent_fails_the_row_with_a_sentence():
    run = imported([call(1), call(2, legs=[])], missing_agents="fail")

    row = run.rows.get()
    assert counters(run) == [2, 1, 0, 0, 1]
    assert (row.line, row.column, row.code) == (1, "agent", "agent_unknown")
    assert 'No agent is known as "agent-07"' in row.message


def test_an_unknown_agent_may_stay_unlinked_with_a_flag():
    imported([call()], missing_agents="unlinked")

    assert Leg.objects.get().agent is None
    assert Interaction.objects.get().quality_flags == ["agent_unknown"]


def test_an_unknown_agent_may_be_made_without_a_way_to_sign_in():
    run = imported([call(1), call(2)], missing_agents="create", agent_team="Billing")

    agent = User.objects.get()
    assert run.side == {"agents": 1, "queues": 1}
    assert AgentKey.objects.get().user == agent
    assert agent.roles == {"agent"}
    assert not agent.has_usable_password()
    assert {leg.team.name for leg in Leg.objects.all()} == {"Billing"}


def test_linking_an_agent_later_updates_the_row():
    content = [call()]
    imported(content)
    key = AgentKeyFactory(key="agent-07")

    run = imported(content, again=True)

    assert counters(run) == [1, 0, 1, 0, 0]
    assert Leg.objects.get().agent == key.user
    assert Interaction.objects.get().quality_flags == []


def test_a_queue_differing_in_case_is_the_same_queue():
    queue = QueueFactory(name="Billing")

    imported([call()])

    assert Interaction.objects.get().queue == queue


@pytest.mark.parametrize(
    ("option", "created", "failed", "flags"),
    [("fail", 0, 1, None), ("unlinked", 1, 0, ["agent_unknown", "queue_unknown"])],
)
def test_an_unknown_queue_follows_the_option(option, created, failed, flags):
    run = imported([call()], missing_queues=option)

    assert (run.created, run.failed) == (created, failed)
    assert Queue.objects.count() == 0
    assert list(Interaction.objects.values_list("quality_flags", flat=True)) == (
        [flags] if flags else []
    )


def test_a_customer_is_found_by_external_id_before_the_telephone():
    named = CustomerFactory(source="pbx-1", external_id="8812")
    ContactPointFactory(value="+14155552671")

    imported([call(customer={"external_id": "8812", "phones": ["+1 415 555 2671"]})])

    assert Interaction.objects.get().customer == named


def test_a_customer_is_found_by_telephone_and_counted():
    point = ContactPointFactory(value="+14155552671")

    imported([call(1, customer_address="tel:+14155552671"), call(2, customer_address="unknown")])

    point.customer.refresh_from_db()
    assert list(Interaction.objects.values_list("customer", flat=True).order_by("pk")) == [
        point.customer_id,
        None,
    ]
    assert point.customer.interaction_count == 1
    assert point.customer.last_interaction_at == datetime(2026, 5, 4, 9, tzinfo=UTC)


def test_two_customers_with_one_telephone_leave_the_interaction_unlinked():
    ContactPointFactory(value="+14155552671")
    ContactPointFactory(value="+14155552671")

    imported([call(customer={"phones": ["+14155552671"]})])

    interaction = Interaction.objects.get()
    assert interaction.customer is None
    assert "customer_ambiguous" in interaction.quality_flags


def test_a_new_customer_is_made_once_with_contact_points():
    person = {"external_id": "8812", "name": "Zoë Brown", "phones": ["+14155552671", "nonsense"]}

    run = imported([call(1, customer=person), call(2, customer=person)])

    customer = Customer.objects.get()
    assert run.side["customers"] == 1
    assert customer.name_key == "zoe brown"
    assert customer.interaction_count == 2
    assert list(customer.contact_points.values_list("value", "is_primary")) == [
        ("+14155552671", True)
    ]
    assert "contact_unreadable" in Interaction.objects.first().quality_flags


def test_a_name_alone_makes_no_customer():
    imported([call(customer={"name": "Patricia Brown"})])

    assert Customer.objects.count() == 0
    assert "customer_unknown" in Interaction.objects.get().quality_flags


def test_customers_may_stay_unlinked():
    imported([call(customer={"external_id": "8812"})], missing_customers="unlinked")

    assert Customer.objects.count() == 0
    assert "customer_unknown" in Interaction.objects.get().quality_flags


def test_negative_and_missing_durations_are_kept_as_unknown_and_flagged():
    leg = call()["legs"][0] | {"talk_seconds": -5}
    no_answer = {"answered_at": None, "legs": []}

    imported([call(1, legs=[leg]), call(2, **no_answer)])

    negative, missing = Interaction.objects.order_by("pk")
    assert negative.talk_seconds is None
    assert "negative_duration" in negative.quality_flags
    assert "missing_time" in missing.quality_flags


def test_a_text_that_is_too_long_fails_its_row_alone():
    run = imported([call(1, external_id="x" * 121), call(2)])

    row = run.rows.get()
    assert counters(run) == [2, 1, 0, 0, 1]
    assert (row.code, row.column) == ("too_long", "external_id")
    assert row.message == "This is longer than 120 characters."


def test_a_turn_before_the_start_fails_its_row_with_its_column():
    turns = [{"speaker": "agent", "start_ms": -5000, "text": "hello"}]

    run = imported([call(1, turns=turns), call(2)])

    row = run.rows.get()
    assert counters(run) == [2, 1, 0, 0, 1]
    assert (row.code, row.column) == ("order_of_times", "turns[0].start_ms")


def test_broken_json_keeps_no_row():
    content = attune_json([call(1), call(2)])[:-20]

    run = imported(content)

    assert run.state == ImportState.FAILED
    assert run.message.startswith("Line 1, column ")
    assert counters(run) == [0, 0, 0, 0, 0]
    assert Interaction.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b'{"attune": 1, "interactions": [\0]}', "NUL"),
        ('{"source": "Zürich"}'.encode("cp1252"), "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_text_fails_with_a_sentence(content, sentence):
    run = imported(content)

    assert run.state == ImportState.FAILED
    assert sentence in run.message


def test_dry_run_counts_what_the_import_would_do_and_keeps_nothing():
    content = [
        call(1, customer={"external_id": "8812"}),
        call(1, outcome="voicemail"),
        call(2, external_id=""),
        call(3, customer={"external_id": "8812"}),
    ]
    run = checked(staged(content, missing_agents="create"))

    assert run.state == ImportState.CHECKED
    assert counters(run) == [4, 2, 1, 0, 1]
    assert run.side == {"agents": 1, "customers": 1, "queues": 1}
    assert [model.objects.count() for model in (Interaction, Customer, Queue, User)] == [0] * 4
    dry = counters(run), run.side, rows(run)

    real = finished(run)
    assert (counters(real), real.side, rows(real)) == dry
    assert real.checked == {**real.counters, "side": real.side}


def test_dry_run_knows_across_chunks_what_was_undone(monkeypatch):
    monkeypatch.setattr("crm.importing.work.CHUNK", 2)
    content = [call(1), call(2), call(1, outcome="voicemail"), call(3), call(2)]

    dry = checked(staged(content, missing_agents="create"))
    before = counters(dry), dry.side
    real = finished(dry)

    assert before == ([5, 3, 1, 1, 0], {"agents": 1, "queues": 1})
    assert (counters(real), real.side) == before


def test_a_run_writes_an_audit_entry_with_its_counters():
    run = imported([call()])

    entry = AuditEntry.objects.get(verb="finish_import")
    assert entry.object_id == str(run.pk)
    assert entry.payload.after["created"] == 1


def test_counters_that_do_not_add_up_fail_the_run():
    run = staged([call(1), call(2)])
    Interaction.objects.create(
        source="x", external_id="y", outcome="handled", channel="voice", import_run=run,
        started_at=datetime(2026, 5, 4, tzinfo=UTC),
    )  # fmt: skip

    run = finished(run)

    assert run.state == ImportState.FAILED
    assert run.message == (
        "The import does not reconcile: 2 rows were counted as created and 3 are stored."
    )


def test_rows_of_a_run_without_trouble_are_none():
    run = imported([call()])

    assert ImportRow.objects.filter(run=run).count() == 0


def test_a_refused_row_of_a_table_is_told_by_the_name_of_its_column():
    content = b"Call,Begin\na-1,2026-05-04 09:00:00\na-1,2026-05-04 10:00:00\n"
    mapping = {"columns": {"Call": "external_id", "Begin": "started_at"}}

    run = imported(content, format_name="delimited", mapping=mapping, zone="UTC")

    row = run.rows.get()
    assert counters(run) == [2, 1, 0, 0, 1]
    assert (row.line, row.column, row.code) == (3, "Call", "duplicate_in_file")
