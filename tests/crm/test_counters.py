"""The numbers of the rail: moved with the work, equal to the rows, set right where they drift."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm import counters
from crm.actions import case_links, cases, promises, tasks
from crm.models import CounterCell, Task
from tests.crm.pages import sign_in
from tests.crm.runs import AT
from tests.factories.accounts import UserFactory
from tests.factories.crm import CustomerFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def right():
    return list(counters.drifted()) == []


def test_cases_count_for_whoever_has_them():
    anna, ben = UserFactory(), UserFactory()
    case = cases.open_case(subject="Parcel", by=anna, at=AT, assignee=anna)
    other = cases.open_case(subject="Refund", by=anna, at=AT, assignee=anna)
    assert counters.of(anna)["cases"] == 2

    case = cases.assign_case(case=case, assignee=ben, by=anna, at=AT + DAY)
    assert (counters.of(anna)["cases"], counters.of(ben)["cases"]) == (1, 1)

    cases.resolve_case(case=case, by=ben, at=AT + 2 * DAY)
    assert counters.of(ben)["cases"] == 0
    cases.reopen_case(case=case, by=ben, at=AT + 3 * DAY)
    assert counters.of(ben)["cases"] == 1
    case_links.merge_cases(
        case=case, into=other, reason="They are about one parcel.", by=anna, at=AT + 4 * DAY
    )
    assert counters.of(ben)["cases"] == 0
    assert right()


def test_tasks_and_promises_count_until_they_are_done():
    anna = UserFactory()
    task = tasks.create_task(title="Call back", due_at=AT + DAY, by=anna, at=AT)
    promise = promises.make_promise(
        text="We send it", customer=CustomerFactory(), due_at=AT + DAY, by=anna, at=AT
    )
    assert counters.of(anna) == {"cases": 0, "tasks": 1, "promises": 1}

    tasks.complete_task(task=task, result="", by=anna, at=AT)
    promises.keep_promise(promise=promise, proof="Sent.", by=anna, at=AT)

    assert counters.of(anna) == {"cases": 0, "tasks": 0, "promises": 0}
    assert right()


def test_a_drift_is_found_and_set_right():
    anna = UserFactory()
    tasks.create_task(title="Call back", due_at=AT + DAY, by=anna, at=AT)
    Task.objects.update(assignee=UserFactory())
    CounterCell.objects.create(name="cases", scope="user:0", value=3)

    assert not right()
    assert counters.recount() == 3
    assert right()


def test_the_rail_gets_its_numbers_in_one_query(client, django_assert_max_num_queries):
    anna = sign_in(client, "agent")
    CounterCell.objects.create(name="tasks", scope=counters.scope_of(anna.pk), value=1200)
    client.get(reverse("crm:counts"))

    with django_assert_max_num_queries(4):  # The session, the person, the roles, the counters.
        numbers = client.get(reverse("crm:counts")).json()

    assert numbers == {"cases": "", "tasks": "999+", "promises": ""}
