"""Customers, contact points, organizations, lookup, transcripts, imports, exports for programs."""

import pytest
from django.test import Client

from accounts.models import AccessEntry
from crm.models import ContactPoint, Customer, ExportRun
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.crm import (
    ContactPointFactory,
    CustomerFactory,
    ImportRunFactory,
    LegFactory,
    OrganizationFactory,
    TurnFactory,
)

API = "/api/v1/"
SCOPES = [
    f"{noun}:{act}"
    for noun in ("customers", "organizations", "transcripts", "imports", "exports")
    for act in ("read", "write")
]
pytestmark = pytest.mark.django_db


def program(role="admin"):
    token = ApiTokenFactory(owner=UserFactory(roles=[role]), scopes=SCOPES)
    return Client(headers={"Authorization": f"Bearer {token.text}"}), token.owner


def posted(client, noun, body, key="k1"):
    return client.post(
        f"{API}{noun}/", body, content_type="application/json", headers={"Idempotency-Key": key}
    )


def test_customer_is_made_changed_and_found():
    client, _ = program()
    body = {"first_name": "Anna", "last_name": "Schmidt", "source": "crm-1", "external_id": "7"}

    made = posted(client, "customers", body)
    again = posted(client, "customers", body)
    place = made["Location"]
    old = client.patch(place, {"last_name": "X"}, content_type="application/json")
    changed = client.patch(
        place,
        {"last_name": "Brown", "display_name": ""},
        content_type="application/json",
        headers={"If-Match": made["ETag"]},
    )

    assert (made.status_code, again.status_code, old.status_code) == (201, 201, 428)
    assert changed.json()["display_name"] == "Anna Brown"
    found = client.get(f"{API}customers/?source=crm-1&external_id=7").json()["results"]
    assert [row["id"] for row in found] == [Customer.objects.get().pk]


def test_what_cannot_be_used_is_answered_beside_the_field():
    client, _ = program()
    CustomerFactory(source="crm-1", external_id="7")

    nobody = posted(client, "customers", {}, "a")
    taken = posted(client, "customers", {"source": "crm-1", "external_id": "7"}, "b")
    unknown = posted(client, "customers", {"first_name": "A", "password": "x"}, "c")
    custom = posted(client, "customers", {"first_name": "A", "custom": {"gone": 1}}, "d")

    assert [answer.status_code for answer in (nobody, taken, unknown, custom)] == [400] * 4
    assert "Another customer has this id" in taken.content.decode()
    assert client.get(f"{API}customers/?user__password=x").status_code == 400


def test_merged_customer_leads_to_who_remained():
    client, _ = program()
    winner = CustomerFactory()
    loser = CustomerFactory(state="merged", merged_into=winner)

    response = client.get(f"{API}customers/{loser.pk}/")

    assert response.status_code == 301
    assert response["Location"] == f"{API}customers/{winner.pk}/"


def test_contact_points_are_added_normalized_and_masked():
    client, _ = program()
    customer = CustomerFactory()
    body = {"customer": customer.pk, "kind": "phone", "raw": "(415) 555-2671"}

    made = posted(client, "contact-points", body)
    wrong = posted(client, "contact-points", body | {"raw": "555-2671"}, "k2")
    masked, trainer = program("trainer")
    leg = LegFactory(agent=trainer)
    leg.interaction.customer = customer
    leg.interaction.save()

    assert made.json()["value"] == "+14155552671"
    assert wrong.status_code == 400 and "Add the country code" in wrong.content.decode()
    [shown] = masked.get(f"{API}contact-points/").json()["results"]
    assert shown["value"] == "+1 •••••• 71"
    assert ContactPoint.objects.count() == 1


def test_who_is_calling():
    client, _ = program()
    customer = CustomerFactory(display_name="Anna")
    ContactPointFactory(customer=customer, value="+14155552671")

    body = client.get(f"{API}lookup/?phone=(415)%20555-2671").json()
    unreadable = client.get(f"{API}lookup/?phone=%3Cb%3E")

    assert [row["display_name"] for row in body["results"]] == ["Anna"]
    assert unreadable.status_code == 200 and unreadable.json()["results"] == []


def test_transcript_is_read_with_its_turns_and_logged():
    client, owner = program()
    turn = TurnFactory()

    body = client.get(f"{API}transcripts/{turn.transcript_id}/").json()

    assert [one["text"] for one in body["turns"]] == [turn.text]
    assert AccessEntry.objects.get(kind="viewed_transcript").actor == owner
    assert "turns" not in client.get(f"{API}transcripts/").json()["results"][0]


def test_organizations_imports_and_exports():
    client, owner = program()
    OrganizationFactory(name="Nord")
    ImportRunFactory()

    made = posted(client, "organizations", {"name": "South"})
    ordered = posted(client, "exports", {"kind": "customers", "query": "vip=yes"}, "k2")
    bad = posted(client, "exports", {"kind": "users"}, "k3")

    assert made.status_code == 201
    assert len(client.get(f"{API}organizations/").json()["results"]) == 2
    assert len(client.get(f"{API}imports/").json()["results"]) == 1
    assert ordered.json()["state"] == "waiting" and ExportRun.objects.get().ordered_by == owner
    assert bad.status_code == 400


@pytest.mark.parametrize("custom", [["a"], "a", 1])
def test_own_values_that_are_no_object_are_refused(custom):
    client, _ = program()

    answer = posted(client, "customers", {"first_name": "Anna", "custom": custom})

    assert answer.status_code == 400


@pytest.mark.parametrize("noun", ["customers", "contact-points", "organizations", "transcripts"])
def test_query_count_does_not_grow_with_the_rows(noun, django_assert_max_num_queries):
    client, _ = program()
    for _ in range(20):
        ContactPointFactory()
        OrganizationFactory()
        TurnFactory()

    with django_assert_max_num_queries(14):
        assert len(client.get(f"{API}{noun}/").json()["results"]) == 20


def test_agent_may_not_export():
    client, _ = program("agent")

    assert posted(client, "exports", {"kind": "customers"}).status_code == 403
