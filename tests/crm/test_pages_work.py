from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions.calendars import Hours
from accounts.models import BusinessCalendar
from crm import promise_dates
from crm.actions import cases, tasks
from crm.models import Promise, Task
from tests.factories.accounts import (
    BusinessCalendarFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import CustomerFactory, InteractionFactory
from tests.factories.crm_cases import PromiseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def agent(team):
    user = UserFactory(roles=["agent"])
    TeamMembershipFactory(user=user, team=team)
    return user


def page(client, user, name, /, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"crm:{name}", args=args), query)


def post(client, user, name, /, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"crm:{name}", args=args), data)


def made(by, **kwargs):
    at = timezone.now()
    return tasks.create_task(
        title="Call back", due_at=at + timedelta(hours=1), by=by, at=at, **kwargs
    )


# --- Tasks ---------------------------------------------------------------------------------------


def test_tasks_by_whose_they_are(client, team, agent):
    made(agent)
    pooled = made(agent, team=team)

    assert "Call back" in page(client, agent, "task_list").content.decode()
    text = page(client, agent, "task_list", view="team").content.decode()
    assert f"/tasks/{pooled.reference}/take/" in text
    for view in ("overdue", "done", "x"):
        assert page(client, agent, "task_list", view=view).status_code == 200


def test_a_task_from_begin_to_end(client, agent):
    told = {"title": "Write", "kind": "other", "due_at": "2027-01-02T10:00", "priority": "normal"}
    assert post(client, agent, "task_new", **told, assignee=agent.pk).status_code == 302
    task = Task.objects.get()
    changed = told | {"title": "Write soon", "assignee": agent.pk, "version": task.version}

    assert post(client, agent, "task_edit", task.pk, **changed).status_code == 302
    assert post(client, agent, "task_edit", task.pk, **changed).status_code == 409
    assert "Write soon" in page(client, agent, "task_detail", task.pk).content.decode()
    assert post(client, agent, "task_complete", task.pk, result="Done").status_code == 302
    assert post(client, agent, "task_complete", task.pk).status_code == 409
    assert post(client, agent, "task_reopen", task.pk).status_code == 302
    back = post(client, agent, "task_cancel", task.pk, stay="mine")
    assert back.url == reverse("crm:task_list") + "?view=mine"


def test_a_task_that_cannot_be_comes_back(client, agent, team):
    told = {"title": "Write", "kind": "other", "due_at": "2027-01-02T10:00", "priority": "normal"}

    answer = post(client, agent, "task_new", **told, assignee=agent.pk, team=team.pk)

    assert answer.status_code == 422
    assert "not to both" in answer.content.decode()


def test_trainers_have_no_tasks(client):
    assert page(client, UserFactory(roles=["trainer"]), "task_list").status_code == 403


# --- Promises ------------------------------------------------------------------------------------

TODAY = date(2026, 3, 30)  # A Monday.


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("call back by Fri", date(2026, 4, 3)),
        ("llamar para el viernes", date(2026, 4, 3)),
        ("Enviarlo para Ana para el 3 de marzo.", date(2027, 3, 3)),
        ("enviar la factura para el 2026-04-10", date(2026, 4, 10)),
        ("llamar para mañana", date(2026, 3, 31)),
        ("guardar un lugar para Ana", None),
        ("Call back by friday.", date(2026, 4, 3)),
        ("by Mon", date(2026, 4, 6)),
        ("send it by tomorrow", date(2026, 3, 31)),
        ("send it by today", TODAY),
        ("by 3 Apr", date(2026, 4, 3)),
        ("by January 5", date(2027, 1, 5)),
        ("by 2026-05-04", date(2026, 5, 4)),
        ("by the river", None),
        ("by 31 Feb", None),
        ("by   ", None),
        ("call back", None),
    ],
)
def test_a_day_at_the_end_of_a_sentence(text, on):
    assert promise_dates.read_day(text, TODAY) == on


def test_a_leap_day_that_is_over_names_no_day():
    assert promise_dates.read_day("by 29 Feb", date(2028, 3, 1)) is None


def test_a_promise_in_one_sentence(client, agent):
    customer = CustomerFactory()
    case = cases.open_case(subject="Late", by=agent, at=timezone.now(), customer=customer)
    told = {"text": "call back by tomorrow", "kind": "call_back", "grace_seconds": 0}

    answer = post(client, agent, "promise_new", **told, case=case.reference)

    promise = Promise.objects.get()
    assert answer.url == case.get_absolute_url()
    assert (promise.customer, promise.made_by, promise.case) == (customer, agent, case)


def test_a_closed_day_offers_the_close_before(client, agent):
    hours = Hours("Europe/Berlin", {"4": [["09:00", "17:00"]]})
    calendar = BusinessCalendarFactory(told=hours)
    told = {
        "text": "send it",
        "kind": "send",
        "grace_seconds": 0,
        "customer": CustomerFactory().reference,
        "calendar": calendar.pk,
        "due_on": "2099-01-03",
    }

    answer = post(client, agent, "promise_new", **told)

    assert answer.status_code == 422
    assert "Saturday 3 Jan is closed. Use Friday 2 Jan 17:00?" in answer.content.decode()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"text": "send it"}, "Choose a day"),
        ({"text": "send it", "due_on": "2020-01-03"}, "This moment has passed"),
        ({"text": "by tomorrow", "customer": ""}, "Say whom it was promised to."),
    ],
)
def test_a_promise_that_cannot_be_comes_back(client, agent, told, sentence):
    whole = {"kind": "send", "grace_seconds": 0, "customer": CustomerFactory().reference} | told

    answer = post(client, agent, "promise_new", **whole)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_promises_are_listed_kept_and_withdrawn(client, agent):
    due_at = timezone.now() + timedelta(hours=1)
    first, second = PromiseFactory.create_batch(2, kind="send", due_at=due_at)

    assert "Call back about the parcel" in page(client, agent, "promise_list").content.decode()
    assert post(client, agent, "promise_keep", first.pk, proof="").status_code == 422
    assert post(client, agent, "promise_keep", first.pk, proof="Sent.").status_code == 302
    assert (
        post(client, agent, "promise_withdraw", first.pk, reason="Not any more.").status_code == 409
    )
    assert (
        post(client, agent, "promise_withdraw", second.pk, reason="Not any more.").status_code
        == 302
    )
    assert "Sent." in page(client, agent, "promise_detail", first.pk).content.decode()
    for view in ("mine", "broken", "settled"):
        assert page(client, agent, "promise_list", view=view).status_code == 200


def test_the_rate_is_told_by_week(client, agent):
    PromiseFactory(
        due_at=timezone.now() - timedelta(days=1),
        state="kept",
        settled_at=timezone.now() - timedelta(days=2),
    )

    assert "by the week they were due" in page(client, agent, "promise_list").content.decode()


# --- Panels and calendars ------------------------------------------------------------------------


def test_panels_show_cases(client, agent):
    customer = CustomerFactory()
    call = InteractionFactory(customer=customer)
    call.legs.create(position=1, agent=agent)
    case = cases.open_case(subject="Late", by=agent, at=timezone.now(), interactions=[call])

    assert case.reference in page(client, agent, "customer_work", customer.pk).content.decode()
    assert case.reference in page(client, agent, "interaction_cases", call.pk).content.decode()
    assert page(client, agent, "calendar_uses", 1).status_code == 403


def calendar_form(**more):
    return {
        "name": "Berlin",
        "time_zone": "Europe/Berlin",
        "day-0": "9-12, 13:00-17:00",
        "day-4": "22:00-06:00",
        "exceptions": "2026-04-03 Good Friday\n2026-12-24 yearly 09:00-12:00 Christmas Eve",
        **more,
    }


def test_a_calendar_from_the_form(client):
    admin = UserFactory(roles=["admin"])
    client.force_login(admin)

    made_one = client.post(reverse("accounts:calendar_new"), calendar_form())

    calendar = BusinessCalendar.objects.get()
    assert made_one.url == calendar.get_absolute_url()
    assert calendar.current.week == {
        "0": [["09:00", "12:00"], ["13:00", "17:00"]],
        "4": [["22:00", "24:00"]],
        "5": [["00:00", "06:00"]],
    }
    assert [one["label"] for one in calendar.current.exceptions] == ["Good Friday", "Christmas Eve"]
    text = client.get(calendar.get_absolute_url()).content.decode()
    assert "The next 14 days" in text
    assert "2026-12-24 yearly 09:00-12:00 Christmas Eve" in text
    assert client.get(reverse("accounts:calendar_list")).status_code == 200
    longer = calendar_form(**{"day-1": "9-17", "version": 1})
    assert client.post(calendar.get_absolute_url(), longer).status_code == 302
    assert client.post(calendar.get_absolute_url(), longer).status_code == 409


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"day-0": "9-12, 11-17"}, "overlap"),
        ({"day-0": "12"}, "is no span"),
        ({"day-0": "12-12"}, "opens before it closes"),
        ({"day-0": "25:00-26:00"}, "not a time of day"),
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"exceptions": "Easter"}, "begin with a date"),
        ({"exceptions": "2026-04-03\n2026-04-03"}, "stands here twice"),
        ({"day-0": "", "day-4": "", "exceptions": ""}, "never open"),
    ],
)
def test_hours_that_cannot_be_are_told_at_their_place(client, told, sentence):
    client.force_login(UserFactory(roles=["admin"]))

    answer = client.post(reverse("accounts:calendar_new"), calendar_form(**told))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_calendars_are_the_administrators(client, agent):
    client.force_login(agent)

    assert client.get(reverse("accounts:calendar_list")).status_code == 403
