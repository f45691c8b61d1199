"""Tags, segments and saved views."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from crm import segments
from crm.actions import saved, tags
from crm.models import Customer, SavedView, Segment, Tag
from crm.privacy import erasing
from lib.refusals import Invalid
from tests.crm.pages import sign_in
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    STARTED_AT,
    ConsentEventFactory,
    ConsentPurposeFactory,
    ContactPointFactory,
    CustomerFactory,
    CustomFieldDefinitionFactory,
    InteractionFactory,
    LegFactory,
    OrganizationFactory,
    OrganizationRoleFactory,
    SavedViewFactory,
    SegmentFactory,
    TagFactory,
)
from tests.factories.crm_cases import CaseFactory

pytestmark = pytest.mark.django_db
LIST = reverse("crm:customer_list")


def rules(*given, match="all"):
    names = ("field", "operator", "value")
    return {"match": match, "rules": [dict(zip(names, rule, strict=True)) for rule in given]}


def fitting(*given, match="all"):
    rows = segments.narrowed(Customer.objects.active(), rules(*given, match=match))
    return sorted(row.display_name for row in rows)


def test_merging_tags_moves_every_use_once_and_keeps_the_old_name():
    user = UserFactory()
    old, new = TagFactory(name="Complaint"), TagFactory(name="complaints")
    both, one = CustomerFactory(), CustomerFactory()
    both.tags.add(old, new)
    one.tags.add(old)
    organization = OrganizationFactory()
    organization.tags.add(old)
    interaction, case = InteractionFactory(), CaseFactory()
    interaction.tags.add(old, new)
    case.tags.add(old)

    tags.merge_tags(tag=old, target=new, by=user, at=STARTED_AT)

    assert [
        tag.name for row in (both, one, organization, interaction, case) for tag in row.tags.all()
    ] == ["complaints"] * 5
    assert tags.tag_named("COMPLAINT") == new
    with pytest.raises(tags.MergedIntoItself):
        tags.merge_tags(tag=new, target=new, by=user, at=STARTED_AT)


def test_a_tag_is_one_in_any_case(client):
    sign_in(client, "agent")
    customer = CustomerFactory()
    for name in ("Gold", "gold", " GOLD "):
        client.post(reverse("crm:tag_add", args=[customer.pk]), {"name": name})

    assert Tag.objects.get() == customer.tags.get()
    client.post(reverse("crm:tag_remove", args=[customer.pk, Tag.objects.get().pk]))
    assert not customer.tags.exists()


@pytest.mark.parametrize(("kind", "page"), [("interaction", "interaction"), ("case", "case")])
def test_interactions_and_cases_are_tagged_on_their_pages_and_found_by_it(client, kind, page):
    agent = sign_in(client, "agent")
    team = TeamMembershipFactory(user=agent, kind="agent").team
    row = LegFactory(agent=agent).interaction if kind == "interaction" else CaseFactory(team=team)
    other = LegFactory(agent=agent).interaction if kind == "interaction" else CaseFactory(team=team)
    add = reverse(f"crm:{kind}_tag_add", args=[row.pk])

    assert client.post(add, {"name": " Refund "}).url == row.get_absolute_url()
    client.post(add, {"name": "refund"})
    tag = Tag.objects.get()
    listed = client.get(reverse(f"crm:{page}_list"), {"tag": tag.pk}).content.decode()

    assert "Refund" in client.get(row.get_absolute_url()).content.decode()
    assert row.reference in listed and other.reference not in listed
    entry = AuditEntry.objects.get(object_type=f"crm.{kind}", object_id=row.pk)
    assert entry.verb == f"tag_{kind}"
    client.post(reverse(f"crm:{kind}_tag_remove", args=[row.pk, tag.pk]))
    assert not row.tags.exists()
    assert client.post(add, {"name": " "}).status_code == 422


def test_who_may_not_change_a_record_does_not_tag_it(client):
    sign_in(client, "agent")
    interaction, case = InteractionFactory(), CaseFactory()

    for row, kind in ((interaction, "interaction"), (case, "case")):
        answer = client.post(reverse(f"crm:{kind}_tag_add", args=[row.pk]), {"name": "Gold"})
        assert answer.status_code == 404
    sign_in(client, "trainer")
    answer = client.post(reverse("crm:case_tag_add", args=[case.pk]), {"name": "Gold"})
    assert answer.status_code == 403
    assert not Tag.objects.exists()


def test_erasing_a_customer_takes_the_tags_of_their_interactions_and_cases():
    customer = CustomerFactory()
    rows = [InteractionFactory(customer=customer), CaseFactory(customer=customer), customer]
    for row in rows:
        row.tags.add(TagFactory(name=f"Tag {row}"))

    while erasing.erase_ties(customer.pk, 10):
        pass

    assert not any(row.tags.exists() for row in rows)


def test_segments_ask_for_every_kind_of_fact():
    purpose = ConsentPurposeFactory(code="news")
    CustomFieldDefinitionFactory(key="points", type="integer")
    anna = CustomerFactory(
        display_name="Anna",
        name_key="anna",
        is_vip=True,
        preferred_language="de",
        interaction_count=5,
        last_interaction_at=timezone.now() - timedelta(days=3),
        custom={"points": 12},
    )
    CustomerFactory(display_name="Bob", name_key="bob")
    CustomerFactory(display_name="Locked", is_vip=True, restricted_at=STARTED_AT)
    anna.tags.add(TagFactory(name="Gold"))
    ContactPointFactory(customer=anna, country="DE")
    OrganizationRoleFactory(customer=anna, organization=OrganizationFactory(name="Nord"))
    ConsentEventFactory(customer=anna, purpose=purpose)
    asked = [
        ("name", "contains", "ANN"),
        ("vip", "is", "yes"),
        ("language", "is", "DE"),
        ("interactions", "at_least", "5"),
        ("last_interaction", "days_ago", "7"),
        ("tag", "is", "gold"),
        ("contact_country", "is", "de"),
        ("organization", "is", "nord"),
        ("consent.news.email", "is", "yes"),
        ("custom.points", "at_least", "10"),
    ]

    for rule in asked:
        assert fitting(rule) == ["Anna"], rule
    assert fitting(*asked) == ["Anna"]
    assert fitting(("tag", "is_not", "gold")) == ["Bob"]
    assert fitting(("name", "is", "bob"), ("vip", "is", "yes"), match="any") == ["Anna", "Bob"]


def test_consent_condition_agrees_with_the_rule_for_one_customer():
    from crm.actions.consents import may_contact

    purpose = ConsentPurposeFactory(code="news")
    cases = [
        [("any", "granted", 0), ("sms", "withdrawn", 1), ("any", "granted", 2)],
        [("sms", "granted", 0), ("any", "withdrawn", 1)],
        [("any", "withdrawn", 0), ("sms", "granted", 1)],
        [],
    ]
    people = [CustomerFactory() for _ in cases]
    for customer, log in zip(people, cases, strict=True):
        for channel, decision, day in log:
            ConsentEventFactory(
                customer=customer,
                purpose=purpose,
                channel=channel,
                decision=decision,
                at=STARTED_AT + timedelta(days=day),
            )
    now = timezone.now()

    for channel in ("sms", "email"):
        rows = segments.narrowed(
            Customer.objects.all(), rules((f"consent.news.{channel}", "is", "yes"))
        )
        expected = {
            row.pk
            for row in people
            if may_contact(customer=row, purpose="news", channel=channel, point=None, at=now)
        }
        assert set(rows.values_list("pk", flat=True)) == expected


BAD = [
    ("user__password", "is", "x"),
    ("name", "regex", ".*"),
    ("name__startswith", "is", "x"),
    ("interactions", "at_least", "1 OR 1=1"),
    ("vip", "is", "maybe"),
    ("custom.gone", "is", "x"),
    ("name'); DROP TABLE crm_customer; --", "is", "x"),
]


@pytest.mark.parametrize("rule", BAD, ids=lambda rule: rule[0])
def test_unknown_fields_and_operators_are_refused(rule):
    with pytest.raises(Invalid):
        segments.condition(rules(rule))


@pytest.mark.parametrize("value", ["'; DROP TABLE crm_customer; --", "%", "_", '"', "\\"])
def test_values_are_only_ever_values(value):
    CustomerFactory(display_name="Anna", name_key="anna", source="pbx")

    assert fitting(("source", "is", value)) == []
    assert "crm_customer" in connection.introspection.table_names()


def test_segment_is_made_counted_and_filters_the_list(client):
    sign_in(client, "agent")
    CustomerFactory(display_name="Anna", is_vip=True)
    CustomerFactory(display_name="Bob")
    given = {
        "name": "VIPs",
        "match": "all",
        "field_0": "vip",
        "operator_0": "is",
        "value_0": "yes",
    }

    response = client.post(reverse("crm:segment_new"), given)

    segment = Segment.objects.get()
    page = client.get(LIST, {"segment": segment.pk}).content.decode()
    assert response.status_code == 302 and segment.cached_count == 1
    assert "Anna" in page and "Bob" not in page
    assert "VIP is yes" in client.get(reverse("crm:segment_list")).content.decode()


def test_segment_of_a_field_that_is_gone_counts_nobody():
    segment = SegmentFactory(conditions=rules(("custom.gone", "is", "x")), cached_count=3)

    saved.count_segment(segment=segment, at=STARTED_AT)

    assert segment.cached_count is None


def test_saved_view_is_seen_by_whom_it_is_for():
    team = TeamMembershipFactory().team
    owner, colleague, stranger = UserFactory.create_batch(3)
    TeamMembershipFactory(user=colleague, team=team)
    SavedViewFactory(owner=owner, name="mine")
    SavedViewFactory(owner=owner, name="team", scope="team", team=team)
    SavedViewFactory(owner=owner, name="all", scope="shared")

    def seen(user):
        return [view.name for view in SavedView.objects.visible_to(user)]

    assert seen(owner) == ["all", "mine", "team"]
    assert seen(colleague) == ["all", "team"]
    assert seen(stranger) == ["all"]


def test_view_keeps_the_filters_and_only_its_owner_removes_it(client):
    sign_in(client, "agent")
    given = {"page": "customers", "name": "VIPs", "query": "vip=yes&cursor=x", "scope": "shared"}

    saved_to = client.post(reverse("crm:view_save"), given)
    view = SavedView.objects.get()
    sign_in(client, "agent")
    refused = client.post(reverse("crm:view_delete", args=[view.pk]))

    assert saved_to.url == f"{LIST}?vip=yes"
    assert refused.status_code == 403
    assert "VIPs" in client.get(LIST).content.decode()


def test_a_list_opens_with_its_default_view_and_can_be_had_whole(client):
    user = sign_in(client, "supervisor")
    for page, address in (("customers", "customer"), ("interactions", "interaction")):
        saved.save_view(
            page=page, name="Mine", query="q=anna", is_default=True, by=user, at=STARTED_AT
        )
        url = reverse(f"crm:{address}_list")

        assert client.get(url).url == f"{url}?q=anna"
        assert client.get(f"{url}?all=1").status_code == 200
        assert f"{url}?all=1" in client.get(f"{url}?q=anna").content.decode()


def test_one_default_for_each_page():
    user = UserFactory()
    for name in ("first", "second"):
        saved.save_view(
            page="customers", name=name, query="", is_default=True, by=user, at=STARTED_AT
        )

    assert SavedView.objects.get(is_default=True).name == "second"
