"""Search with typing errors, by role; and who is calling."""

import pytest
from django.db import connection
from django.urls import reverse

from crm import fuzzy, lookup
from crm.models import Case, Customer
from crm.names import name_key
from crm.search import excerpt, groups
from tests.crm.pages import queries, sign_in
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    STARTED_AT,
    ContactPointFactory,
    CustomerFactory,
    InteractionFactory,
    LegFactory,
    OrganizationFactory,
    TranscriptFactory,
    TurnFactory,
)
from tests.factories.crm_cases import CaseFactory, PromiseFactory

pytestmark = pytest.mark.django_db


def person(name):
    return CustomerFactory(display_name=name, name_key=name_key(name))


def found(words, *roles):
    user = UserFactory(roles=roles or ["agent"])
    return {
        group.title: [hit.title for hit in group.hits]
        for group in groups(user, words)
        if group.hits
    }


TYPED = [
    ("anna schmidt", "Anna Schmidt"),
    ("schmit", "Anna Schmidt"),
    ("schmidtt anna", "Anna Schmidt"),
    ("shcmidt", "Anna Schmidt"),
    ("mazia", "Maria Ivanova"),
    ("ivanoba", "Maria Ivanova"),
    ("josé", "José Álvarez"),
    ("alvares", "José Álvarez"),
    ("MÜLLER", "Hans Müller"),
    ("jo", "José Álvarez"),
]


@pytest.mark.parametrize(("typed", "wanted"), TYPED)
def test_names_are_found_with_typing_errors_accents_and_any_case(typed, wanted):
    for name in ("Anna Schmidt", "Maria Ivanova", "José Álvarez", "Hans Müller", "Bob Stone"):
        person(name)

    assert wanted in found(typed)["Customers"][:5]


@pytest.mark.parametrize("typed", ["%", "_", "' OR 1=1 --", '"', "a*", "NEAR(", "xqzw kjhg"])
def test_signs_are_plain_text_and_find_nothing(typed):
    person("Bob Stone")

    assert found(typed) == {}


def test_best_answer_comes_first():
    for name in ("Johann Smithson", "John Smith", "Jonas Smithers"):
        person(name)

    assert found("john smith")["Customers"][0] == "John Smith"


def test_words_longer_than_200_letters_are_cut():
    person("Bob Stone")

    assert found("bob stone" + " x" * 5_000) in ({}, {"Customers": ["Bob Stone"]})


def test_numbers_addresses_and_references_lead_to_one():
    customer = person("Anna Schmidt")
    ContactPointFactory(customer=customer, value="+14155552671", reversed_digits="17625555141")
    ContactPointFactory(customer=customer, kind="email", value="anna@example.com")
    case = CaseFactory(subject="Broken door lock", subject_key="broken door lock")
    interaction = InteractionFactory(external_id="call-77")
    organization = OrganizationFactory(name="Nord Bank", name_key="nord bank")

    assert found("2671")["Customers"] == ["Anna Schmidt"]
    assert found("anna@example.com")["Customers"] == ["Anna Schmidt"]
    assert found(customer.reference)["Customers"] == ["Anna Schmidt"]
    assert fuzzy.find(Case.objects.all(), "brokn door", column="subject_key") == [case]
    assert found("call-77", "admin")["Interactions"] == [interaction.reference]
    assert found("nord bnak")["Organizations"] == [organization.name]


def test_masked_contact_points_and_foreign_rows_do_not_answer():
    customer = person("Anna Schmidt")
    ContactPointFactory(customer=customer, value="+14155552671", reversed_digits="17625555141")
    turn = TurnFactory(text="The door lock is broken again")
    interaction = turn.transcript.interaction
    interaction.customer = customer
    interaction.save()
    evaluator = UserFactory(roles=["evaluator"])
    leg = LegFactory(interaction=interaction, team=TeamMembershipFactory().team)

    def seen(words):
        return {group.title for group in groups(evaluator, words) if group.hits}

    before = seen("door lock") | seen("anna schmidt") | seen("2671") | seen(interaction.reference)
    TeamMembershipFactory(user=evaluator, team=leg.team, kind="evaluator")

    assert before == set()
    assert seen("door lock") == {"Transcripts"}
    assert seen("anna schmidt") == {"Customers"}
    assert seen("2671") == set()


def test_deleted_and_merged_customers_are_not_found():
    winner = person("Anna Schmidt")
    for state, into in (("deleted", None), ("erased", None), ("merged", winner)):
        row = person("Anna Schmidt")
        Customer.objects.filter(pk=row.pk).update(state=state, merged_into=into)

    assert found("anna schmidt")["Customers"] == ["Anna Schmidt"]


def test_page_and_palette_cost_the_same_for_one_hit_and_for_many(client):
    sign_in(client, "admin")
    url = reverse("crm:search") + "?q=anna"
    person("Anna Schmidt")
    one = queries(client, url)
    for _ in range(30):
        person("Anna Schmidt")

    assert queries(client, url) == one <= 14
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert fragment.count('class="hit"') == 10 and "<html" not in fragment
    assert "Nothing fits" in client.get(reverse("crm:search"), {"q": "xqzw"}).content.decode()


def test_what_is_found_is_shown_as_text(client):
    sign_in(client, "admin")
    person("<img src=x onerror=alert(1)> Anna")

    page = client.get(reverse("crm:search"), {"q": "anna"}).content.decode()

    assert "<img src=x" not in page and "&lt;img" in page


def test_excerpt_shows_what_stands_around():
    text = "x" * 100 + " the door lock " + "y" * 100

    assert "the door lock" in excerpt(text, "door lock")
    assert excerpt(text, "door lock").startswith("…")
    assert len(excerpt(text, "door lock")) < 140


def test_groups_hold_beginnings_and_ends():
    assert fuzzy.groups_of("anna") == [" an", "ann", "nna", "na "]


# --- Who is calling ------------------------------------------------------------------------------


def callers_of(user, raw):
    return lookup.callers(user, lookup.number_of(raw, "US"))


def test_vips_come_first_then_the_latest_with_what_is_open(django_assert_max_num_queries):
    user = UserFactory(roles=["admin"])
    people = [
        CustomerFactory(display_name="old", last_interaction_at=STARTED_AT),
        CustomerFactory(display_name="never"),
        CustomerFactory(display_name="vip", is_vip=True),
    ]
    for customer in people:
        ContactPointFactory(customer=customer, value="+14155552671")
    for _ in range(5):
        InteractionFactory(customer=people[0])
    case = CaseFactory(customer=people[0])
    promise = PromiseFactory(customer=people[0])
    list(user.roles)

    with django_assert_max_num_queries(4):
        found = callers_of(user, "(415) 555-2671")

    assert [caller.customer.display_name for caller in found] == ["vip", "old", "never"]
    assert len(found[1].interactions) == 3
    assert [pk for pk, *_ in found[1].cases] == [case.pk]
    assert [pk for pk, *_ in found[1].promises] == [promise.pk]


def test_lookup_reads_the_number_by_its_index():
    points = "SELECT customer_id FROM crm_contactpoint WHERE kind = 'phone' AND value = '+1'"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {points}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "SCAN" not in plan and "kind=? AND value=?" in plan
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {points}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "Index" in plan


def test_number_that_cannot_be_read_finds_nobody_and_is_shown_as_text(client):
    sign_in(client, "agent")
    url = reverse("crm:caller_lookup")

    response = client.get(url, {"phone": "<b>555</b>"})
    unknown = client.get(url, {"phone": "+1 415 555 2671"}).content.decode()

    assert response.status_code == 200
    assert "<b>555</b>" not in response.content.decode()
    assert "Nobody has this number" in unknown


def test_transcript_is_found_word_for_word_once(client):
    user = UserFactory(roles=["admin"])
    transcript = TranscriptFactory()
    TurnFactory.create_batch(2, transcript=transcript, text="My parcel is late")

    [group] = [one for one in groups(user, "parcel is late") if one.hits]

    assert [hit.title for hit in group.hits] == [transcript.interaction.reference]
    assert group.hits[0].more == "My parcel is late"
