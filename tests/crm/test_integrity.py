"""Planted damage is found, each by its rule; clock events stay as they were written."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from crm.actions import cases, clocks, notes
from crm.models import (
    ClockEvent,
    ContactPoint,
    Customer,
    ImportRun,
    Interaction,
    SlaClock,
    TimelineEntry,
    Transcript,
)
from ops import integrity
from tests.crm.runs import AT, call, imported
from tests.factories.accounts import UserFactory
from tests.factories.crm import ContactPointFactory, CustomerFactory, InteractionFactory
from tests.factories.crm_cases import SlaPolicyFactory

pytestmark = pytest.mark.django_db


def broken():
    return {finding.rule for finding in integrity.check("crm")}


@pytest.fixture
def sound():
    """A case with clocks, an import with a customer and a transcript, a note."""
    SlaPolicyFactory(targets={"first_response": 3600, "resolution": 7200})
    user = UserFactory(roles=["agent"])
    told = call(turns=[{"speaker": "agent", "start_ms": 0, "text": "hello"}])
    imported([told | {"customer": {"external_id": "7", "phones": ["+4930901820"]}}])
    customer = Customer.objects.get()
    notes.write_note(body="Called", customer=customer, by=user, at=AT)
    case = cases.open_case(
        subject="Parcel", by=user, at=AT, assignee=user, customer=customer, is_from_customer=True
    )
    cases.resolve_case(case=case, by=user, at=AT + timedelta(hours=3))
    return case


def test_a_sound_database_holds(sound):
    assert broken() == set()


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (lambda: SlaClock.objects.update(elapsed_seconds=1), "clocks_follow_their_events"),
        (lambda: Interaction.objects.update(talk_seconds=1), "headers_are_sums_of_legs"),
        (lambda: Customer.objects.update(interaction_count=9), "figures_of_customers"),
        (lambda: Transcript.objects.update(is_current=False), "one_current_transcript"),
        (lambda: ImportRun.objects.update(created=0, skipped=1), "imports_reconcile"),
        (lambda: ImportRun.objects.update(read=9), "import_counters"),
        (lambda: ContactPoint.objects.update(is_primary=False), "a_primary_contact_point"),
        (lambda: TimelineEntry.objects.all().delete(), "timeline_is_complete"),
    ],
)
def test_damage_is_found(sound, damage, rule):
    damage()

    assert broken() == {rule}


def test_a_clock_that_stopped_ahead_of_this_machine_is_no_damage(sound):
    ahead = timezone.now() + timedelta(hours=5)
    case = cases.open_case(subject="Refund", by=None, at=ahead)
    cases.resolve_case(case=case, by=None, at=ahead + timedelta(minutes=5))

    assert broken() == set()


def test_interactions_left_with_a_merged_customer_are_found():
    winner = CustomerFactory()
    loser = CustomerFactory(state="merged", merged_into=winner, interaction_count=1)
    InteractionFactory(customer=loser)

    assert broken() == {"merged_customers_are_empty"}


def test_contact_points_that_do_not_work_need_no_first_choice():
    ContactPointFactory(invalid_at=AT)

    assert broken() == set()


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_clock_events(sound, act):
    with pytest.raises(DatabaseError), transaction.atomic():
        if act == "update":
            ClockEvent.objects.update(cause="Nothing happened")
        else:
            ClockEvent.objects.all()._raw_delete("default")

    assert ClockEvent.objects.exists()


def test_a_clock_is_brought_back_to_its_events(sound):
    clock = SlaClock.objects.get(metric="resolution")
    right = clock.elapsed_seconds
    SlaClock.objects.update(elapsed_seconds=1)

    clocks.refold_clock(clock=clock, by=UserFactory(), at=AT + timedelta(days=1))

    clock.refresh_from_db()
    assert clock.elapsed_seconds == right
