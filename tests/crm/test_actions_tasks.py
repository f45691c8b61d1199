import threading
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEntry
from crm.actions import tasks as actions
from crm.models import Task
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.crm import CustomerFactory, InteractionFactory
from tests.factories.crm_cases import CaseFactory
from tests.races import together

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
TOMORROW = AT + timedelta(days=1)


def made(**kwargs):
    return actions.create_task(**{"title": "Call back", "due_at": TOMORROW, "at": AT} | kwargs)


def test_a_task_is_its_makers_unless_told_otherwise():
    by = UserFactory()

    task = made(by=by)

    assert (task.assignee, task.team, task.made_by) == (by, None, by)
    assert AuditEntry.objects.get(object_type="crm.task").verb == "create_task"


def test_a_task_of_a_case_is_about_its_customer():
    case = CaseFactory(customer=CustomerFactory())

    assert made(by=UserFactory(), case=case).customer == case.customer


def test_a_task_of_an_interaction_is_about_its_customer():
    interaction = InteractionFactory(customer=CustomerFactory())

    assert made(by=UserFactory(), interaction=interaction).customer == interaction.customer


def test_a_task_is_for_a_person_or_a_team():
    with pytest.raises(actions.NobodyOrBoth):
        made(by=UserFactory(), assignee=UserFactory(), team=TeamFactory())
    with pytest.raises(actions.NobodyOrBoth):
        made(by=None)


def test_nobody_who_left_gets_a_task():
    with pytest.raises(actions.InactiveAssignee):
        made(by=UserFactory(), assignee=UserFactory(is_active=False, deactivated_at=AT))


def test_a_task_needs_a_title():
    with pytest.raises(actions.NoTitle):
        made(by=UserFactory(), title=" ")


def test_taking_a_task_out_of_the_pool_once():
    task, first, second = made(by=UserFactory(), team=TeamFactory()), UserFactory(), UserFactory()

    actions.take_task(task=task, by=first, at=AT)
    actions.take_task(task=task, by=first, at=AT)
    with pytest.raises(actions.AlreadyTaken, match=first.full_name):
        actions.take_task(task=task, by=second, at=AT)

    assert Task.objects.get().assignee == first


def test_a_task_is_done_once():
    by = UserFactory()
    task = made(by=by)

    done = actions.complete_task(task=task, by=by, at=AT, result="Reached her.")
    with pytest.raises(actions.NotPossibleNow, match="done already"):
        actions.complete_task(task=task, by=by, at=AT)

    assert (done.state, done.completed_at, done.completed_by) == ("done", AT, by)


def test_whoever_does_a_teams_task_has_taken_it():
    by = UserFactory()

    task = actions.complete_task(task=made(by=UserFactory(), team=TeamFactory()), by=by, at=AT)

    assert (task.assignee, task.team) == (by, None)


def test_only_its_person_or_a_supervisor_opens_a_task_again():
    by = UserFactory(roles=["agent"])
    task = actions.complete_task(task=made(by=by), by=by, at=AT)

    with pytest.raises(actions.NotYours):
        actions.reopen_task(task=task, by=UserFactory(roles=["agent"]), at=AT)
    task = actions.reopen_task(task=task, by=UserFactory(roles=["supervisor"]), at=AT)

    assert (task.state, task.completed_at) == ("open", None)


def test_a_change_over_somebody_elses_is_refused():
    by = UserFactory()
    task = made(by=by)
    actions.change_task(task=task, changes={"title": "Write"}, by=by, at=AT, version=task.version)

    with pytest.raises(actions.ChangedMeanwhile):
        actions.change_task(task=task, changes={"title": "Go"}, by=by, at=AT, version=task.version)


@pytest.mark.race
def test_of_many_who_take_a_task_one_gets_it(race_database):
    task = made(by=UserFactory(), team=TeamFactory())
    people = UserFactory.create_batch(20)

    results = together(
        lambda number: actions.take_task(task=task, by=people[number], at=AT), len(people)
    )

    assert sum(isinstance(result, Task) for result in results) == 1
    assert sum(isinstance(result, actions.AlreadyTaken) for result in results) == 19


@pytest.mark.race
def test_without_the_claim_many_would_get_it(race_database, monkeypatch):
    """The twin: looking first and writing then lets several through."""
    task = made(by=UserFactory(), team=TeamFactory())
    people = UserFactory.create_batch(8)

    def look_then_write(number):
        stored = Task.objects.get(pk=task.pk)
        assert stored.assignee_id is None
        together_at.wait(10)
        Task.objects.filter(pk=task.pk).update(assignee=people[number], team=None)
        return stored

    together_at = threading.Barrier(len(people))
    results = together(look_then_write, len(people))

    assert sum(isinstance(result, Task) for result in results) > 1
