"""What is corrected in interactions: their queue, their own values, by page, list and import."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, role_group
from crm.actions import bulk, contacts
from crm.custom_fields import UnknownField, WrongValue
from crm.models import BulkRun, Interaction
from crm.models.custom_fields import FieldType, Target
from lib.refusals import Forbidden
from tests.crm.pages import sign_in
from tests.crm.runs import AT, call, imported
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    CustomFieldDefinitionFactory,
    InteractionFactory,
    LegFactory,
    QueueVisitFactory,
)
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def amount():
    return CustomFieldDefinitionFactory(
        target=Target.INTERACTION, key="amount", label="Amount", type=FieldType.DECIMAL
    )


def verbs_of(row):
    rows = AuditEntry.objects.filter(object_type="crm.interaction", object_id=row.pk)
    return list(rows.order_by("pk").values_list("verb", flat=True))


# --- Queue ---------------------------------------------------------------------------------------


def test_a_queue_is_corrected_with_the_legs_and_visits_that_stood_in_it():
    unknown, other, right = None, QueueFactory(name="sales"), QueueFactory(name="billing")
    row = InteractionFactory(queue=unknown, quality_flags=["queue_unknown", "too_long"])
    numbered = list(enumerate((unknown, other), start=1))
    legs = [LegFactory(interaction=row, queue=one, position=n) for n, one in numbered]
    visits = [QueueVisitFactory(interaction=row, queue=one, position=n) for n, one in numbered]

    for _ in range(2):
        contacts.correct_queue(interaction=row, queue=right, by=UserFactory(), at=AT)

    row.refresh_from_db()
    assert (row.queue, row.quality_flags, row.version) == (right, ["too_long"], 2)
    for first, second in (legs, visits):
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.queue, second.queue) == (right, other)
    assert verbs_of(row) == ["correct_queue"]


def test_a_supervisor_puts_the_contacts_of_a_list_in_a_queue_but_only_those_of_the_team():
    boss, agent = UserFactory(roles=["supervisor"]), UserFactory(roles=["agent"])
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    queue = QueueFactory(name="Billing")
    mine = LegFactory(team=team, agent=agent).interaction
    LegFactory()
    told = {"kind": "interactions", "act": "queue_interaction", "argument": "billing"}

    run = bulk.order_bulk(**told, query="", by=boss, at=AT)
    for _ in bulk.work(run, at=AT):
        pass

    run.refresh_from_db()
    assert (run.done, run.refused) == (1, 0)
    assert list(Interaction.objects.filter(queue=queue)) == [mine]
    with pytest.raises(Forbidden):
        bulk.order_bulk(**told, query="", by=agent, at=AT)


def test_a_right_that_was_lost_meanwhile_is_refused_row_by_row():
    boss = UserFactory(roles=["supervisor"])
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    row = LegFactory(team=team, agent=boss).interaction
    told = {"kind": "interactions", "act": "queue_interaction", "argument": "billing"}
    QueueFactory(name="billing")
    run = bulk.order_bulk(**told, query="", by=boss, at=AT)

    boss.groups.set([role_group("agent")])
    run = BulkRun.objects.get()
    for _ in bulk.work(run, at=AT):
        pass

    run.refresh_from_db()
    assert (run.done, [each.target_id for each in run.refusals.all()]) == (0, [row.pk])


# --- Own values ----------------------------------------------------------------------------------


def test_own_values_are_changed_on_a_page_over_the_version_one_saw(client, amount):
    agent = sign_in(client, "agent")
    row = LegFactory(agent=agent).interaction
    address = reverse("crm:interaction_values", args=[row.pk])

    shown = client.get(row.get_absolute_url()).content.decode()
    wrong = client.post(address, {"seen": 1, "custom_amount": "much"})
    saved = client.post(address, {"seen": 1, "custom_amount": "12.50"})
    late = client.post(address, {"seen": 1, "custom_amount": "99"})

    row.refresh_from_db()
    assert address in shown
    assert (wrong.status_code, saved.status_code, late.status_code) == (422, 302, 409)
    assert (row.custom, row.version) == ({"amount": "12.50"}, 2)
    assert "12.50" in client.get(saved.url).content.decode()
    assert verbs_of(row) == ["set_own_values"]


def test_own_values_are_for_those_who_work_with_the_customer(client, amount):
    evaluator = sign_in(client, "evaluator")
    leg = LegFactory(team=TeamMembershipFactory(user=evaluator, kind="evaluator").team)
    address = reverse("crm:interaction_values", args=[leg.interaction_id])

    assert client.get(leg.interaction.get_absolute_url()).status_code == 200
    assert client.post(address, {"seen": 1, "custom_amount": "1"}).status_code == 403
    sign_in(client, "agent")
    assert client.post(address, {"seen": 1, "custom_amount": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("values", "refusal"), [({"amount": "much"}, WrongValue), ({"height": "1"}, UnknownField)]
)
def test_own_values_that_do_not_fit_are_refused(amount, values, refusal):
    row = InteractionFactory()

    with pytest.raises(refusal):
        contacts.set_own_values(interaction=row, values=values, seen=1, by=UserFactory(), at=AT)


def test_imported_values_are_checked_where_a_field_defines_them(amount):
    run = imported(
        [
            call(1, custom={"amount": 12.5, "anything": {"else": 1}}),
            call(2, custom={"amount": "much"}),
        ]
    )

    failed = run.rows.get(outcome="failed")
    assert Interaction.objects.get().custom == {"amount": "12.5", "anything": {"else": 1}}
    assert (failed.code, failed.column) == ("number_unreadable", "custom.amount")
    assert "Amount" in failed.message
