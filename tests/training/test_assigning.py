"""Assignments: dates kept apart, rules with a dry run, reminders once, pauses."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.events import RoleEnded, RoleGranted, UserDeactivated
from accounts.models import User
from ops.models import JobRun
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.routing import QueueFactory
from tests.factories.training import AssignmentRuleFactory, CourseFactory
from tests.training.worlds import AT, LearningWorld, member
from training import handlers
from training.actions import assigning, learning, reminders
from training.actions import assignment_rules as rules
from training.models import Assignment, AssignmentRule, ClockPause, Enrollment

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    return LearningWorld().published()


def test_the_same_people_twice_get_nothing_new(world):
    first, second = world.assigned(), world.assigned()

    assert (len(first.made), len(second.made), second.skipped) == (1, 0, [world.learner])
    assert Enrollment.objects.get().assignment == first.made[0]


def test_impossible_assignments_are_refused(world):
    gone = UserFactory(is_active=False, deactivated_at=AT)
    with pytest.raises(assigning.InactivePerson):
        world.assigned([gone])
    with pytest.raises(assigning.DatesReversed):
        world.assigned(access_until_at=AT + DAY)
    with pytest.raises(assigning.DueInThePast):
        world.assigned(due_on=AT.date() - DAY)
    with pytest.raises(assigning.NotAnOfferedCourse):
        assigning.assign_course(course=CourseFactory(), people=[], **world.by)

    assert not Assignment.objects.exists()


def test_late_is_from_the_day_after_and_not_while_waived(world):
    row = world.assigned().made[0]

    assert not row.is_overdue(row.due_on)
    assert row.is_overdue(row.due_on + DAY)
    row = assigning.waive_assignment(
        assignment=row, until_on=row.due_on + 3 * DAY, reason="On leave.", **world.by
    )
    assert not row.is_overdue(row.due_on + 3 * DAY)
    assert row.is_overdue(row.due_on + 4 * DAY)
    assert list(Assignment.objects.overdue(row.due_on + 4 * DAY)) == [row]


def test_pauses_move_open_due_dates_and_back(world):
    row = world.assigned(due_on=AT.date() + 14 * DAY).made[0]
    start = AT.date() + 7 * DAY
    with pytest.raises(assigning.PauseReversed):
        pause(world, start, start - DAY)
    made = pause(world, start, start + 4 * DAY)
    pause(world, start + 2 * DAY, start + 4 * DAY)

    row.refresh_from_db()
    assert (row.due_on, row.shift_note) == (AT.date() + 19 * DAY, "moved by 5 days: absence")
    assigning.end_pause(pause=made, **world.by)
    row.refresh_from_db()
    assert row.due_on == AT.date() + 17 * DAY


def test_pauses_are_made_and_taken_back_on_pages(client, world):
    today = timezone.localdate()
    row = world.assigned(due_on=today + 10 * DAY).made[0]
    client.force_login(world.supervisor)
    path = reverse("training:pause_add")
    given = {
        "person": world.learner.pk, "starts_on": today + DAY, "ends_on": today + 3 * DAY,
        "reason": "Leave",
    }  # fmt: skip
    wrong = client.post(path, given | {"ends_on": today})
    assert (wrong.status_code, "ends on or after" in wrong.content.decode()) == (422, True)
    assert client.post(path, given).status_code == 302
    row.refresh_from_db()
    assert (row.due_on, row.shift_note) == (today + 13 * DAY, "moved by 3 days: absence")
    made = ClockPause.objects.get()
    assert "Take back" in client.get(path).content.decode()
    end = reverse("training:pause_end", args=[made.pk])

    client.force_login(member("supervisor", TeamFactory()))
    assert "Take back" not in client.get(path).content.decode()
    assert client.post(end).status_code == 404
    client.force_login(world.supervisor)
    assert client.post(end).status_code == 302
    row.refresh_from_db()
    assert (row.due_on, row.shift_note) == (today + 10 * DAY, "")


def pause(world, starts_on, ends_on):
    return assigning.pause_clock(
        person=world.learner, starts_on=starts_on, ends_on=ends_on, reason="Leave", **world.by
    )


def test_rules_do_what_their_dry_run_says_and_nothing_twice(world):
    begun, other = member("agent", world.team), member("agent", world.team)
    rule = AssignmentRuleFactory(course=world.course, role="agent", team=world.team)
    plan = rules.preview_rule(rule, AT)
    assert {person.pk for person in plan.gains} == {world.learner.pk, begun.pk, other.pk}
    assert rules.run_rules(at=AT) == 3
    assert rules.run_rules(at=AT) == 0
    learning.mark_done(enrollment=world.enrolled(begun), lesson=world.text, at=AT)
    for person in (begun, other):
        person.memberships.update(ends_at=AT + DAY)

    plan = rules.run_rule(rule=rule, at=AT + 2 * DAY)

    assert [(one.assignment.person, one.why) for one in plan.loses] == [
        (other, f"not in {world.team} any more")
    ]
    assert Assignment.objects.unfinished().count() == 2


def test_hire_dates_narrow_a_rule(world):
    fresh = UserFactory(roles=["agent"], hired_on=AT.date() - 10 * DAY)
    rule = AssignmentRuleFactory(course=world.course, hired_within_days=10)

    assert list(rules.people_of(rule, AT)) == [fresh]
    assert list(rules.people_of(rule, AT + DAY)) == []


def test_queues_narrow_a_rule_to_agents_of_their_team(world):
    member("supervisor", world.team)
    rule = AssignmentRuleFactory(course=world.course, queue=QueueFactory(team=world.team))

    assert list(rules.people_of(rule, AT)) == [world.learner]


def test_dry_runs_tell_every_condition_that_holds_no_more(world):
    rule = AssignmentRuleFactory(
        course=world.course, role="agent", queue=QueueFactory(team=world.team, name="Billing"),
        hired_within_days=30,
    )  # fmt: skip
    User.objects.filter(pk=world.learner.pk).update(hired_on=AT.date())
    rules.run_rule(rule=rule, at=AT)
    world.learner.groups.clear()
    world.learner.memberships.update(ends_at=AT + DAY)

    (one,) = rules.preview_rule(rule, AT + 40 * DAY).loses
    assert one.why == (
        "no agent any more, does not take Billing any more, hired more than 30 days ago"
    )


def test_rules_look_at_a_person_whose_team_or_role_changed(world):
    other = member("agent", world.team)
    AssignmentRuleFactory(course=world.course, role="agent", team=world.team)
    fact = RoleGranted(at=AT, by_id=None, user_id=world.learner.pk, role="agent")
    for _twice in range(2):
        handlers.follow_rules(fact)
    assert [row.person for row in Assignment.objects.all()] == [world.learner]
    world.learner.groups.clear()
    handlers.follow_rules(RoleEnded(at=AT, by_id=None, user_id=world.learner.pk, role="agent"))

    assert not Assignment.objects.unfinished().exists()
    assert not Assignment.objects.filter(person=other).exists()


def test_a_queue_without_a_team_is_an_error_of_the_form(client, world):
    client.force_login(world.trainer)
    given = {
        "name": "Billing", "course": world.course.pk, "due_days": 14,
        "queue": QueueFactory().pk,
    }  # fmt: skip
    for more in ({}, {"preview": "1"}):
        answer = client.post(reverse("training:rule_create"), given | more)
        assert (answer.status_code, "No team takes" in answer.content.decode()) == (422, True)

    assert not AssignmentRule.objects.exists()


@pytest.mark.parametrize(("days", "mails"), [(7, 1), (6, 0), (1, 1), (0, 1), (-7, 1), (-28, 0)])
def test_reminders_go_out_on_their_days_once(world, days, mails):
    row = world.assigned(due_on=date(2026, 6, 1)).made[0]
    at = datetime(2026, 6, 1, 12, tzinfo=UTC) - days * DAY

    for _twice in range(2):
        reminders.remind_learners(at=at)

    assert JobRun.objects.filter(args__person_id=row.person_id).count() == mails


def test_supervisors_hear_of_late_people_on_mondays(world):
    world.assigned(due_on=date(2026, 6, 1))
    monday = datetime(2026, 6, 8, 12, tzinfo=UTC)

    assert reminders.remind_supervisors(at=monday) == 1
    assert reminders.remind_supervisors(at=monday + DAY) == 0


def test_who_left_has_nothing_open(world):
    world.assigned()
    fact = UserDeactivated(at=AT, by_id=None, user_id=world.learner.pk)

    for _twice in range(2):
        handlers.free_learning_of(fact)

    assert not Assignment.objects.unfinished().exists()
    assert Enrollment.objects.get().state == "withdrawn"
