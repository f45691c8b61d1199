"""The admin of crm: what supervisors see, how it is searched, and that lists stay cheap."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.models import AuditEntry
from crm import exporting
from crm.models import Case, ContactPoint, Customer, ExportRun
from tests.crm.pages import queries, sign_in
from tests.factories.accounts import TeamFactory, TeamMembershipFactory
from tests.factories.crm import (
    ConsentEventFactory,
    ContactPointFactory,
    CustomerFactory,
    CustomFieldDefinitionFactory,
    ImportMappingFactory,
    ImportRowFactory,
    InteractionFactory,
    LegFactory,
    OrganizationRoleFactory,
    RecordingFactory,
    SegmentFactory,
    TagFactory,
    TimelineEntryFactory,
    TranscriptFactory,
    TurnFactory,
)
from tests.factories.crm_cases import CaseFactory, NoteFactory
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db
MODELS = (
    "crm_customer",
    "crm_contactpoint",
    "crm_interaction",
    "crm_leg",
    "crm_transcript",
    "crm_importmapping",
    "crm_importrun",
    "crm_importrow",
    "crm_organization",
    "crm_customfielddefinition",
    "crm_tag",
    "crm_segment",
    "crm_consentevent",
    "crm_note",
    "crm_timelineentry",
    "routing_queue",
)


def listed(name):
    return reverse(f"admin:{name}_changelist")


def make_rows():
    interaction = InteractionFactory(
        customer=CustomerFactory(), queue=QueueFactory(team=TeamFactory())
    )
    ContactPointFactory(customer=interaction.customer, is_primary=True)
    LegFactory(interaction=interaction, team=TeamFactory())
    TurnFactory(transcript=TranscriptFactory(interaction=interaction))
    RecordingFactory(interaction=interaction)
    ImportRowFactory()
    ImportMappingFactory()
    OrganizationRoleFactory(customer=interaction.customer)
    interaction.customer.tags.add(TagFactory())
    for factory in (ConsentEventFactory, NoteFactory, SegmentFactory, TimelineEntryFactory):
        factory()
    CustomFieldDefinitionFactory()
    return interaction


@pytest.mark.parametrize("name", MODELS)
def test_list_costs_the_same_for_one_row_and_for_fifty(client, name):
    sign_in(client, "admin")
    make_rows()
    one = queries(client, listed(name))
    for _ in range(20):
        make_rows()

    assert queries(client, listed(name)) == one <= 12


@pytest.mark.parametrize("name", MODELS)
def test_every_list_can_be_searched(client, name):
    sign_in(client, "admin")
    make_rows()

    assert client.get(listed(name), {"q": "call"}).status_code == 200


def test_supervisors_see_the_interactions_of_their_teams_alone(client):
    supervisor = sign_in(client, "supervisor")
    membership = TeamMembershipFactory(user=supervisor, kind="supervisor")
    mine = LegFactory(team=membership.team).interaction
    other = LegFactory(team=TeamFactory()).interaction

    page = client.get(listed("crm_interaction")).content.decode()

    assert mine.reference in page
    assert other.reference not in page


@pytest.mark.parametrize(
    "parameters", [{"flag": "time_order"}, {"channel__exact": "chat"}, {"period": "30"}]
)
def test_filters_of_interactions_narrow_the_list(client, parameters):
    from django.utils import timezone

    sign_in(client, "admin")
    other = InteractionFactory()
    wanted = InteractionFactory(
        channel="chat", quality_flags=["time_order"], started_at=timezone.now()
    )

    page = client.get(listed("crm_interaction"), parameters).content.decode()

    assert wanted.reference in page
    assert other.reference not in page


def test_interaction_is_shown_with_its_legs_and_cannot_be_changed(client):
    sign_in(client, "admin")
    interaction = make_rows()
    address = reverse("admin:crm_interaction_change", args=[interaction.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"outcome": "failed"}).status_code == 403


def customer_form(customer, **fields):
    return {
        "first_name": "Anna",
        "last_name": "Schmidt",
        "display_name": "",
        "preferred_language": "",
        "preferred_channel": "",
        "time_zone": "",
        "source": "",
        "external_id": "",
        "seen_version": customer.version,
        "contact_points-TOTAL_FORMS": "1",
        "contact_points-INITIAL_FORMS": "0",
        "roles-TOTAL_FORMS": "0",
        "roles-INITIAL_FORMS": "0",
        "consents-TOTAL_FORMS": "0",
        "consents-INITIAL_FORMS": "0",
        "contact_points-0-kind": "phone",
        "contact_points-0-raw": "(415) 555-2671",
    } | fields


def test_a_customer_is_changed_with_a_contact_point_and_audited(client):
    sign_in(client, "admin")
    customer = CustomerFactory(display_name="")
    address = reverse("admin:crm_customer_change", args=[customer.pk])

    response = client.post(address, customer_form(customer))

    customer.refresh_from_db()
    assert response.status_code == 302
    assert (customer.display_name, customer.name_key) == ("Anna Schmidt", "anna schmidt")
    assert ContactPoint.objects.get().value == "+14155552671"
    assert AuditEntry.objects.filter(verb="change_customer").count() == 1


def test_an_unreadable_number_is_refused_beside_its_field(client):
    sign_in(client, "admin")
    customer = CustomerFactory()
    address = reverse("admin:crm_customer_change", args=[customer.pk])

    response = client.post(address, customer_form(customer, **{"contact_points-0-raw": "555"}))

    assert response.status_code == 422
    assert "Add the country code" in response.content.decode()
    assert Customer.objects.get().first_name == ""


def test_two_ticked_customers_lead_to_the_preview_of_their_merge(client):
    sign_in(client, "supervisor")
    often, seldom = CustomerFactory(interaction_count=9), CustomerFactory(interaction_count=1)
    asked = {"action": "merge_two", "_selected_action": [seldom.pk, often.pk]}

    answer = client.post(listed("crm_customer"), asked)
    alone = client.post(listed("crm_customer"), asked | {"_selected_action": [seldom.pk]})

    assert answer.url == reverse("crm:merge_preview", args=[often.pk, seldom.pk])
    assert alone.url == listed("crm_customer")


def ticked(client, action, rows, reason=None):
    given = {"action": action, "_selected_action": [row.pk for row in rows]}
    if reason is not None:
        given |= {"is_confirmed": "1", "reason": reason}
    return client.post(listed("crm_case"), given)


def test_ticked_cases_are_given_to_a_colleague_and_tagged(client):
    boss = sign_in(client, "supervisor")
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    colleague = TeamMembershipFactory(team=team, kind="agent").user
    rows = [CaseFactory(team=team), CaseFactory(team=team)]

    ticked(client, "assign_row", rows, "nobody@example.org")
    assert not Case.objects.filter(assignee__isnull=False).exists()
    ticked(client, "assign_row", rows, colleague.email)
    ticked(client, "tag_row", rows, "Recall")

    assert list(Case.objects.filter(assignee=colleague, tags__name="Recall")) == rows[::-1]


def test_ticked_cases_are_exported_and_no_others(client):
    boss = sign_in(client, "supervisor")
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    rows = [CaseFactory(team=team), CaseFactory(team=team)]
    CaseFactory(team=team)

    answer = ticked(client, "export_chosen", rows)

    run = ExportRun.objects.get()
    assert answer.url == run.get_absolute_url()
    found = exporting.cases(boss, QueryDict(run.query))
    assert [row[0] for row in found] == [row.reference for row in rows]


def test_a_tag_tells_how_often_it_is_used_on_each_kind(client):
    sign_in(client, "admin")
    tag = TagFactory()
    for row in (CustomerFactory(), CustomerFactory(), InteractionFactory(), CaseFactory()):
        row.tags.add(tag)

    [shown] = client.get(listed("crm_tag")).context["cl"].result_list

    uses = shown.customer_uses, shown.organization_uses, shown.interaction_uses, shown.case_uses
    assert uses == (2, 0, 1, 1)
