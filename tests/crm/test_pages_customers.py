"""The list of customers and the page of one."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.crm.pages import queries, sign_in
from tests.factories.accounts import TeamMembershipFactory
from tests.factories.crm import (
    STARTED_AT,
    ContactPointFactory,
    CustomerFactory,
    InteractionFactory,
    LegFactory,
)

pytestmark = pytest.mark.django_db
LIST = reverse("crm:customer_list")


def customers(number):
    for index in range(number):
        customer = CustomerFactory(last_interaction_at=STARTED_AT + timedelta(days=index))
        ContactPointFactory(customer=customer, is_primary=True)
        LegFactory(interaction=InteractionFactory(customer=customer))


def names(response):
    return [customer.display_name for customer, _, _ in response.context["customers"]]


def test_list_costs_the_same_for_one_row_and_for_fifty(client):
    sign_in(client, "admin")
    customers(1)
    one = queries(client, LIST)
    customers(49)

    assert queries(client, LIST) == one <= 12


def test_list_shows_the_latest_contact_first_and_those_without_one_last(client):
    sign_in(client, "agent")
    never = CustomerFactory()
    first = CustomerFactory(last_interaction_at=STARTED_AT)
    last = CustomerFactory(last_interaction_at=STARTED_AT + timedelta(days=1))
    CustomerFactory(state="erased")

    shown = names(client.get(LIST))

    assert shown == [last.display_name, first.display_name, never.display_name]


def test_search_finds_by_name_without_accents(client):
    sign_in(client, "agent")
    wanted = CustomerFactory(display_name="José Álvarez", name_key="jose alvarez")
    CustomerFactory(display_name="Somebody", name_key="somebody")

    assert names(client.get(LIST, {"q": "josé a"})) == [wanted.display_name]
    assert "Nobody fits" in client.get(LIST, {"q": "nobody here"}).content.decode()


def test_contact_points_are_masked_for_those_without_the_full_right(client):
    evaluator = sign_in(client, "evaluator")
    membership = TeamMembershipFactory(user=evaluator, kind="evaluator")
    point = ContactPointFactory(value="+14155552671", is_primary=True)
    LegFactory(interaction=InteractionFactory(customer=point.customer), team=membership.team)

    for address in (LIST, point.customer.get_absolute_url()):
        page = client.get(address).content.decode()
        assert "+1 •••••• 71" in page
        assert "5552671" not in page


def test_contact_points_are_shown_in_full_to_agents(client):
    sign_in(client, "agent")
    point = ContactPointFactory(value="+14155552671", is_primary=True)

    assert "+14155552671" in client.get(point.customer.get_absolute_url()).content.decode()


def test_page_shows_only_the_interactions_one_may_see(client):
    agent = sign_in(client, "agent")
    customer = CustomerFactory(last_interaction_at=STARTED_AT)
    mine = LegFactory(agent=agent, interaction=InteractionFactory(customer=customer)).interaction
    InteractionFactory(customer=customer)

    response = client.get(customer.get_absolute_url())

    assert [entry.url for entry in response.context["timeline"].entries] == [
        mine.get_absolute_url()
    ]


def test_page_costs_the_same_for_one_interaction_and_for_thirty(client):
    sign_in(client, "admin")
    customer = CustomerFactory(last_interaction_at=STARTED_AT)
    LegFactory(interaction=InteractionFactory(customer=customer))
    one = queries(client, customer.get_absolute_url())
    for index in range(29):
        LegFactory(
            interaction=InteractionFactory(
                customer=customer, started_at=STARTED_AT - timedelta(days=40 * index)
            )
        )

    assert queries(client, customer.get_absolute_url()) == one <= 20


def test_a_customer_of_others_is_not_there_for_an_evaluator(client):
    sign_in(client, "evaluator")

    assert client.get(CustomerFactory().get_absolute_url()).status_code == 404
