"""Contacts written down by hand, the customer it really was, and sounds that people add."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from crm import integrity
from crm.actions import contacts
from crm.models import Interaction, Leg, Note, Recording
from lib.refusals import Refused
from tests.crm.pages import sign_in
from tests.crm.runs import AT
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    CustomerFactory,
    DispositionFactory,
    InteractionFactory,
    LegFactory,
)
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
REASON = "The wife called from his telephone."
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)


def walked_in(**more):
    told = {
        "channel": "in_person",
        "direction": "inbound",
        "started_at": AT - 10 * MINUTE,
        "ended_at": AT - 5 * MINUTE,
        "by": UserFactory(),
        "at": AT,
    }
    return contacts.record_contact(**told | more)


def test_a_contact_is_counted_for_customer_and_agent():
    agent = UserFactory()
    home = TeamMembershipFactory(user=agent, starts_at=AT - 100 * MINUTE).team
    customer = CustomerFactory()
    asked = DispositionFactory()

    row = walked_in(customer=customer, by=agent, note="Came by.", disposition=asked)

    customer.refresh_from_db()
    leg = Leg.objects.get()
    assert (row.outcome, row.handle_seconds, row.source) == ("handled", 300, "by hand")
    assert (leg.agent, leg.team, leg.talk_seconds) == (agent, home, 300)
    assert (customer.interaction_count, customer.last_interaction_at) == (1, row.started_at)
    assert Note.objects.get().interaction == row
    assert row.dispositions.get().disposition == asked


@pytest.mark.parametrize(
    "times",
    [
        {"ended_at": AT - 20 * MINUTE},
        {"started_at": AT + MINUTE, "ended_at": AT + 2 * MINUTE},
    ],
)
def test_times_that_cannot_be_are_refused(times):
    with pytest.raises(Refused):
        walked_in(**times)

    assert not Interaction.objects.exists()


@pytest.mark.parametrize("state", [{"state": "erased"}, {"restricted_at": AT}])
def test_a_closed_customer_is_refused(state):
    customer = CustomerFactory(**state)

    with pytest.raises(contacts.UnusableCustomer):
        walked_in(customer=customer)
    with pytest.raises(contacts.UnusableCustomer):
        contacts.reassign_customer(
            interaction=InteractionFactory(),
            customer=customer,
            reason=REASON,
            by=UserFactory(),
            at=AT,
        )


def test_another_customer_takes_the_contact_and_both_are_counted_anew():
    one, other = CustomerFactory(), CustomerFactory()
    row = walked_in(customer=one)

    contacts.reassign_customer(
        interaction=row, customer=other, reason=REASON, by=UserFactory(), at=AT
    )

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.interaction_count, one.last_interaction_at) == (0, None)
    assert (other.interaction_count, other.first_interaction_at) == (1, row.started_at)
    assert AuditEntry.objects.get(verb="reassign_customer").object_id == str(row.pk)
    assert not list(integrity.figures_of_customers())


def test_a_queue_may_ask_what_came_of_each_contact(client):
    sign_in(client, "admin")
    asks = QueueFactory(wrap_needs_disposition=True)
    owed, missed = (InteractionFactory(queue=asks, outcome=how) for how in ("handled", "failed"))

    with pytest.raises(contacts.NothingSaid, match="asks for it"):
        walked_in(queue=asks)
    said = walked_in(queue=asks, disposition=DispositionFactory())

    assert Interaction.objects.count() == 3
    for row, is_owed in ((owed, True), (missed, False), (said, False)):
        page = client.get(row.get_absolute_url()).content.decode()
        assert ("the queue asks for it" in page) is is_owed


def test_nobody_knows_with_whom_it_was():
    row = walked_in(customer=CustomerFactory())

    row = contacts.reassign_customer(
        interaction=row, customer=None, reason=REASON, by=UserFactory(), at=AT
    )

    assert row.customer is None
    with pytest.raises(contacts.SameCustomer):
        contacts.reassign_customer(
            interaction=row, customer=None, reason=REASON, by=UserFactory(), at=AT
        )


# --- Pages ---------------------------------------------------------------------------------------


def test_an_agent_writes_down_a_walk_in_from_the_customers_page(client):
    agent = sign_in(client, "agent")
    customer = CustomerFactory()
    address = f"{reverse('crm:interaction_new')}?customer={customer.reference}"
    began = timezone.localtime() - 10 * MINUTE
    told = {
        "channel": "in_person",
        "direction": "inbound",
        "customer": customer.reference,
        "started_at": f"{began:%Y-%m-%dT%H:%M}",
        "ended_at": f"{began + MINUTE:%Y-%m-%dT%H:%M}",
        "subject": "Asked about card 4111 1111 1111 1111",
    }

    assert customer.reference in client.get(address).content.decode()
    refused = client.post(address, told | {"ended_at": "2020-01-01T00:00"})
    saved = client.post(address, told)

    row = Interaction.objects.get()
    assert refused.status_code == 422
    assert "ended before it started" in refused.content.decode()
    assert saved.url == row.get_absolute_url()
    assert row.last_agent == agent
    assert row.subject == "Asked about card [card \u2022\u2022\u2022\u20221111]"
    assert client.get(row.get_absolute_url()).status_code == 200


def test_the_customer_is_changed_on_the_page_with_a_reason(client):
    sign_in(client, "supervisor")
    row = walked_in(by=sign_in(client, "admin"))
    other = CustomerFactory()
    address = reverse("crm:interaction_customer", kwargs={"pk": row.pk})

    short = client.post(address, {"customer": other.reference, "reason": "no"})
    client.post(address, {"customer": other.reference, "reason": REASON})

    row.refresh_from_db()
    assert short.status_code == 422
    assert row.customer == other


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("call.wav", WAV, 302),
        ("call.wav", b"<html><script>alert(1)</script>", 422),
        ("call.svg", WAV, 422),
    ],
)
def test_a_sound_is_known_by_its_content(client, name, content, status):
    agent = sign_in(client, "agent")
    row = LegFactory(agent=agent).interaction

    answer = client.post(
        reverse("crm:recording_add", kwargs={"pk": row.pk}),
        {"file": SimpleUploadedFile(name, content)},
    )

    assert answer.status_code == status
    assert Recording.objects.count() == (1 if status == 302 else 0)
