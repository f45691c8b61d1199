"""Interactions for programs: filters, fields, and what stays hidden."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.crm import STARTED_AT, InteractionFactory, LegFactory, TagFactory

URL = "/api/v1/interactions/"
pytestmark = pytest.mark.django_db


def reader(role="admin"):
    token = ApiTokenFactory(owner=UserFactory(roles=[role]), scopes=["interactions:read"])
    return Client(headers={"Authorization": f"Bearer {token.text}"}), token.owner


def ids(client, query=""):
    return [row["id"] for row in client.get(URL + query).json()["results"]]


def test_filters_narrow_and_the_latest_comes_first():
    client, _ = reader()
    old = InteractionFactory(started_at=STARTED_AT - timedelta(days=1), channel="chat")
    new = InteractionFactory(external_id="call-x")

    assert ids(client) == [new.pk, old.pk]
    assert ids(client, "?order=started_at") == [old.pk, new.pk]
    assert ids(client, "?channel=chat") == [old.pk]
    assert ids(client, "?external_id=call-x&source=pbx-1") == [new.pk]
    assert ids(client, f"?started_from={STARTED_AT:%Y-%m-%dT%H:%M:%SZ}") == [new.pk]
    assert ids(client, f"?started_before={STARTED_AT:%Y-%m-%dT%H:%M:%SZ}") == [old.pk]


def test_record_shows_its_legs_with_names():
    client, _ = reader()
    leg = LegFactory()

    body = client.get(f"{URL}{leg.interaction_id}/").json()

    assert body["reference"] == leg.interaction.reference
    assert [(one["agent"], one["agent_name"]) for one in body["legs"]] == [
        (leg.agent_id, leg.agent.short_name)
    ]


def test_tags_are_shown_and_filter():
    client, _ = reader()
    tagged = InteractionFactory()
    tagged.tags.add(TagFactory(name="Refund"))
    InteractionFactory()

    assert ids(client, "?tag=refund") == [tagged.pk]
    assert client.get(f"{URL}{tagged.pk}/").json()["tags"] == ["Refund"]


def test_address_is_masked_for_those_who_may_not_see_it():
    interaction = InteractionFactory(customer_address="+14155550123")
    in_full, _ = reader()
    masked, trainer = reader("trainer")
    LegFactory(interaction=interaction, agent=trainer)

    assert in_full.get(URL).json()["results"][0]["customer_address"] == "+14155550123"
    assert masked.get(URL).json()["results"][0]["customer_address"] == "+1 •••••• 23"


def test_query_count_does_not_grow_with_the_rows(django_assert_max_num_queries):
    client, _ = reader()
    client.get(URL)  # The first use of the minute is written down.
    for count in (1, 50):
        for _ in range(count):
            LegFactory()
        with django_assert_max_num_queries(9):
            client.get(f"{URL}?limit=200")
    url = f"{URL}{LegFactory().interaction_id}/"
    with django_assert_max_num_queries(9):
        client.get(url)
