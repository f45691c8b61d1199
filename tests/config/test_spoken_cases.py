"""Tasks, promises and cases are wholly in their reader's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.actions import promises, saved, tasks
from crm.models import Promise, Task
from tests.factories.accounts import (
    BusinessCalendarFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import CustomerFactory, InteractionFactory
from tests.factories.crm_cases import CaseFactory, PromiseFactory, TaskFactory
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk:
    """A team with an agent, a colleague and a supervisor."""

    def __init__(self):
        self.team = TeamFactory()
        self.agent, self.colleague, self.supervisor = (
            self.person(role) for role in ("agent", "agent", "supervisor")
        )
        self.customer = CustomerFactory()
        self.at = timezone.now()

    def person(self, role):
        kind = {"kind": "supervisor"} if role == "supervisor" else {}
        person = UserFactory(roles=[role])
        TeamMembershipFactory(user=person, team=self.team, **kind)
        return person

    def case(self, **fields):
        return CaseFactory(**{"team": self.team, "customer": self.customer} | fields)

    def about(self):
        return {
            "customer": self.customer,
            "case": self.case(),
            "interaction": InteractionFactory(customer=self.customer),
        }

    def task(self, **fields):
        return TaskFactory(**{"assignee": self.agent, "due_at": self.at + 9 * DAY} | fields)

    def promise(self, **fields):
        given = {"customer": self.customer, "made_by": self.agent, "due_at": self.at + DAY}
        return PromiseFactory(**given | fields)


def page(name, world, query=""):
    """What a world's reader opens: the page of this name, of the row that the world tells."""

    def read():
        reader, *about = world()
        return reader, reverse(f"crm:{name}", args=about) + query

    return read


def worlds(name, *made, query=""):
    return {f"{name}{query} {world.__name__}": page(name, world, query) for world in made}


def nobody():
    return (UserFactory(roles=["agent"]),)


# --- Tasks ----------------------------------------------------------------------------------------


def listed_tasks():
    """Tasks of every kind, priority and state, in the pool and late."""
    desk = Desk()
    for kind in ("follow_up", "callback", "review", "other"):
        desk.task(kind=kind, **desk.about())
    for priority in ("low", "high", "urgent"):
        desk.task(priority=priority, due_at=desk.at - DAY)
    desk.task(due_at=timezone.localtime(desk.at).replace(hour=23, minute=58))
    TaskFactory(team=desk.team, due_at=desk.at + DAY)
    for finish in (tasks.complete_task, tasks.cancel_task):
        finish(task=desk.task(), by=desk.agent, at=desk.at)
    view = {"query": "view=team", "by": desk.agent, "at": desk.at}
    saved.save_view(page="tasks", name="Pool", **view)
    saved.save_view(page="tasks", name="All", scope="shared", **view | {"by": desk.supervisor})
    return (desk.agent,)


def late_task():
    desk = Desk()
    task = desk.task(due_at=desk.at - DAY, priority="high", made_by=desk.agent, **desk.about())
    Task.objects.filter(pk=task.pk).update(reminder_at=desk.at, reminded_at=desk.at)
    return desk.agent, task.pk


def pooled_task():
    desk = Desk()
    return desk.agent, TaskFactory(team=desk.team, reminder_at=desk.at).pk


def done_task():
    desk = Desk()
    task = desk.task(priority="urgent")
    tasks.complete_task(task=task, by=desk.agent, at=desk.at, result="They are back.")
    return desk.agent, task.pk


def canceled_task():
    desk = Desk()
    task = desk.task()
    tasks.cancel_task(task=task, by=desk.agent, at=desk.at)
    Task.objects.update(completed_by=None)
    return desk.agent, task.pk


# --- Promises -------------------------------------------------------------------------------------


def settled(desk):
    """A promise in each state, by hand and by a call."""
    kept, late, gone, open_late, by_call, broken = (
        desk.promise(kind=kind, due_at=desk.at + HOUR, made_at=desk.at - DAY)
        for kind in ("call_back", "send", "fix", "refund", "other", "other")
    )
    how = {"by": desk.agent, "at": desk.at}
    promises.keep_promise(promise=kept, proof="Called them.", **how)
    over = {"due_at": desk.at - HOUR, "expires_at": desk.at - HOUR}
    Promise.objects.filter(pk__in=[late.pk, broken.pk, open_late.pk]).update(**over)
    promises.keep_promise(promise=Promise.objects.get(pk=late.pk), proof="Sent it.", **how)
    promises.withdraw_promise(promise=gone, reason="They need it no more.", **how)
    row = InteractionFactory(customer=desk.customer)
    proof = {"state": "kept", "settled_at": desk.at, "proof_interaction": row}
    Promise.objects.filter(pk=by_call.pk).update(**proof)
    Promise.objects.filter(pk=broken.pk).update(state="broken", settled_at=desk.at)
    return {"kept": kept, "late": late, "gone": gone, "call": by_call, "broken": broken}


def listed_promises():
    desk = Desk()
    settled(desk)
    desk.promise(**desk.about())
    return (desk.agent,)


def one_promise(name):
    def world():
        desk = Desk()
        return desk.agent, settled(desk)[name].pk

    world.__name__ = name
    return world


def open_promise():
    desk = Desk()
    row = desk.promise(grace_seconds=900, **desk.about())
    return desk.agent, row.pk


def with_calendar():
    desk = Desk()
    BusinessCalendarFactory()
    return (desk.agent,)


WORLDS = {
    **worlds("task_list", listed_tasks, nobody),
    **worlds("task_list", listed_tasks, nobody, query="?view=team"),
    **worlds("task_list", listed_tasks, nobody, query="?view=overdue"),
    **worlds("task_list", listed_tasks, nobody, query="?view=done"),
    **worlds("task_new", nobody),
    **worlds("task_detail", late_task, pooled_task, done_task, canceled_task),
    **worlds("task_edit", late_task),
    **worlds("promise_list", listed_promises, nobody),
    **worlds("promise_list", listed_promises, query="?view=mine"),
    **worlds("promise_list", listed_promises, query="?view=broken"),
    **worlds("promise_list", listed_promises, query="?view=settled"),
    **worlds("promise_new", nobody, with_calendar),
    **worlds(
        "promise_detail", open_promise, *map(one_promise, "kept late gone call broken".split())
    ),
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_cases_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == 200
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_in_cases(client, world):
    assert english_left(in_spanish(client, *WORLDS[world]()).content.decode()) == set()


def answered(client, reader, path, **given):
    """The page that a Spanish reader gets for what they sent."""
    in_spanish(client, reader, path)
    return client.post(path, given).content.decode()


def test_task_is_refused_in_spanish(client):
    desk = Desk()
    told = {"title": "Call", "kind": "review", "priority": "low", "due_at": "2030-01-01T10:00"}
    both = {"assignee": desk.agent.pk, "team": desk.team.pk}
    path = reverse("crm:task_new")
    shown = answered(client, desk.agent, path, **told, **both, case="K-99")

    assert "No hay ningún K-… con ese número que usted pueda ver." in shown
    shown = answered(client, desk.agent, path, **told, **both)
    assert "Asigne la tarea a una persona o a un equipo" in shown
    reader, path = page("task_complete", done_task)()
    assert "Esta tarea ya está hecha." in answered(client, reader, path)


def test_promise_is_refused_in_spanish(client):
    reader, path = page("promise_new", nobody)()
    told = {"text": "call back", "kind": "send", "grace_seconds": "0"}
    shown = answered(client, reader, path, **told)

    assert "Diga a quién se le prometió." in shown
    assert "Elija un día o escriba «para el viernes»." in shown
    reader, path = page("promise_withdraw", one_promise("gone"))()
    assert "Dé un motivo de al menos 10" in answered(client, reader, path, reason="no")
    shown = answered(client, reader, path, reason="They need it no more.")
    assert "Este compromiso ya está retirado." in shown


def test_what_a_promise_tells_the_timeline_stays_english(client):
    reader, path = page("promise_keep", open_promise)()
    in_spanish(client, reader, path)

    client.post(path, {"proof": "Called."})

    promise = Promise.objects.get(made_by=reader)
    told = promise.customer.timeline_entries.order_by("at").values_list("title", "summary")
    assert ("Promise kept", "Call back") in list(told)
