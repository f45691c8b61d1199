"""One act on every row of a list: counted, worked off in chunks, refused row by row."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from crm.actions import bulk as actions
from crm.models import BulkRun, Case, Customer, Tag
from lib.refusals import Invalid
from tests.crm.pages import sign_in
from tests.crm.runs import AT
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    BulkRunFactory,
    CustomerFactory,
    DispositionFactory,
    InteractionFactory,
    LegFactory,
)
from tests.factories.crm_cases import CaseFactory
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db


def ordered(by, kind="customers", act="tag", argument="gold", query=""):
    return actions.order_bulk(kind=kind, act=act, argument=argument, query=query, by=by, at=AT)


def finished(run):
    for _ in actions.work(run, at=AT):
        pass
    run.refresh_from_db()
    return run


def counts(run):
    return run.state, run.total, run.done, run.refused


def test_a_tag_is_put_on_every_row_that_fits_and_taken_off_again(monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    boss = UserFactory(roles=["supervisor"])
    for number in range(5):
        CustomerFactory(is_vip=number != 0)

    run = finished(ordered(boss, query="vip=yes"))
    assert counts(run) == ("finished", 4, 4, 0)
    assert Customer.objects.filter(tags__name="gold").count() == 4

    tag = Tag.objects.get()
    run = finished(ordered(boss, act="untag", argument="Gold", query=f"tag={tag.pk}"))
    assert counts(run) == ("finished", 4, 4, 0)
    assert not Customer.objects.filter(tags=tag).exists()


def test_what_is_refused_is_listed_and_the_rest_goes_on():
    agent = UserFactory(roles=["agent"])
    mine = LegFactory(agent=agent).interaction
    InteractionFactory()
    boss = UserFactory(roles=["admin"])
    case = CaseFactory(customer=CustomerFactory(), team=TeamFactory())
    other = InteractionFactory(customer=CustomerFactory())
    own = InteractionFactory(customer=case.customer)

    asked = DispositionFactory(code="done")
    run = finished(ordered(agent, "interactions", "disposition", "done"))
    assert counts(run) == ("finished", 1, 1, 0)
    assert mine.dispositions.get().disposition == asked

    run = finished(ordered(boss, "interactions", "link_case", case.reference))
    assert counts(run) == ("finished", 4, 3, 1)
    assert run.refusals.get().reference == other.reference
    assert own in case.interactions.all()


def test_rows_that_come_later_are_left_out_and_a_run_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    boss = UserFactory(roles=["supervisor"])
    for _ in range(3):
        CustomerFactory()
    run = ordered(boss)
    late = CustomerFactory()

    steps = actions.work(run, at=AT)
    next(steps)
    run = finished(BulkRun.objects.get())

    assert counts(run) == ("finished", 3, 3, 0)
    assert not late.tags.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"act": "untag", "argument": "nothing"}, "no such tag"),
        ({"act": "erase"}, "Choose what to do"),
        ({"act": "disposition"}, "Choose what to do"),
        ({"query": "tag=nothing"}, "cannot be read"),
        ({"query": "q=C-9999999"}, "No row fits"),
        ({"argument": " "}, "Enter the name"),
    ],
)
def test_orders_that_cannot_be_are_refused(changed, words):
    CustomerFactory()

    with pytest.raises(Invalid, match=words):
        ordered(UserFactory(roles=["supervisor"]), **changed)


def test_too_many_rows_are_refused_with_their_number(monkeypatch):
    monkeypatch.setattr(actions, "MOST_ROWS", 2)
    for _ in range(3):
        CustomerFactory()

    with pytest.raises(actions.TooMany, match="has 3 rows"):
        ordered(UserFactory(roles=["supervisor"]))


def test_a_supervisor_orders_from_the_list_and_watches(client):
    boss = sign_in(client, "supervisor")
    TeamMembershipFactory(user=boss, kind="supervisor")
    CustomerFactory(is_vip=True)
    address = f"{reverse('crm:bulk_new')}?kind=customers&query=vip%3Dyes"

    listed = client.get(reverse("crm:customer_list") + "?vip=yes").content.decode()
    shown = client.get(address).content.decode()
    refused = client.post(address, {"act": "tag", "argument": ""})
    answer = client.post(address, {"act": "tag", "argument": "gold"})

    run = BulkRun.objects.get()
    assert "kind=customers&amp;query=vip%3Dyes" in listed
    assert "1 row." in shown
    assert refused.status_code == 422
    assert answer.url == run.get_absolute_url()
    assert "0 done, 0 refused, of 1" in client.get(answer.url).content.decode()


def test_orders_of_others_are_not_seen(client):
    run = BulkRunFactory(finished_at=timezone.now(), state="finished")
    sign_in(client, "supervisor")

    assert client.get(run.get_absolute_url()).status_code == 404
    assert client.get(reverse("crm:bulk_new") + "?kind=secrets").status_code == 404


def test_cases_are_put_in_a_queue_and_given_to_a_colleague():
    boss = UserFactory(roles=["supervisor"])
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    colleague = TeamMembershipFactory(team=team, kind="agent").user
    queue = QueueFactory(name="Billing")
    mine = [CaseFactory(team=team), CaseFactory(team=team, priority="urgent")]
    other = CaseFactory(team=TeamFactory())

    run = finished(ordered(boss, "cases", "queue_case", " billing "))
    assert counts(run) == ("finished", 2, 2, 0)
    run = finished(ordered(boss, "cases", "assign_case", colleague.email, "priority=urgent"))
    assert counts(run) == ("finished", 1, 1, 0)

    assert [case.queue for case in Case.objects.order_by("pk")] == [queue, queue, None]
    assert list(Case.objects.filter(assignee=colleague)) == [mine[1]]
    assert not AuditEntry.objects.filter(object_type="crm.case", object_id=other.pk).exists()
    verbs = AuditEntry.objects.filter(object_type="crm.case", object_id=mine[1].pk)
    assert [entry.verb for entry in verbs.order_by("pk")] == ["change_case", "change_case"]


@pytest.mark.parametrize(
    ("act", "argument", "words"),
    [
        ("queue_case", "Nowhere", "no such queue"),
        ("queue_case", "Shut", "no such queue"),
        ("assign_case", "nobody@example.org", "active person of your teams"),
    ],
)
def test_cases_go_only_where_somebody_works(act, argument, words):
    QueueFactory(name="Shut", is_active=False)
    CaseFactory()

    with pytest.raises(Invalid, match=words):
        ordered(UserFactory(roles=["admin"]), "cases", act, argument)


def test_tags_are_put_on_cases_and_interactions_row_by_row_with_rights():
    agent = UserFactory(roles=["agent"])
    team = TeamMembershipFactory(user=agent, kind="agent").team
    mine = LegFactory(agent=agent).interaction
    InteractionFactory()
    case = CaseFactory(team=team)
    CaseFactory(team=TeamFactory())

    run = finished(ordered(agent, "interactions", "tag_interaction", "Refund"))
    assert counts(run)[1:] == (1, 1, 0)
    assert counts(finished(ordered(agent, "cases", "tag_case", "refund")))[1:] == (1, 1, 0)
    tag = Tag.objects.get()
    assert (list(tag.interactions.all()), list(tag.cases.all())) == ([mine], [case])

    query = f"tag={tag.pk}"
    assert counts(finished(ordered(agent, "cases", "untag_case", "REFUND", query)))[2] == 1
    run = finished(ordered(agent, "interactions", "untag_interaction", "Refund", query))
    assert counts(run)[2] == 1
    assert not tag.cases.exists() and not tag.interactions.exists()


def test_whoever_only_reads_cases_orders_nothing(client):
    sign_in(client, "trainer")

    listed = client.get(reverse("crm:case_list")).content.decode()

    assert "With all of these" not in listed
    assert client.get(reverse("crm:bulk_new") + "?kind=cases").status_code == 403


def test_acts_on_cases_stand_above_their_list_with_what_they_ask_for(client):
    boss = sign_in(client, "supervisor")
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    CaseFactory(team=team)

    listed = client.get(reverse("crm:case_list") + "?priority=normal").content.decode()
    shown = client.get(reverse("crm:bulk_new") + "?kind=cases&query=priority%3Dnormal")

    assert "kind=cases&amp;query=priority%3Dnormal" in listed
    assert "Name of the queue or E-mail" in shown.content.decode()
