"""Assignments: dates kept apart, rules with a dry run, reminders once, pauses."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.events import UserDeactivated
from ops.models import JobRun
from tests.factories.accounts import UserFactory
from tests.factories.training import AssignmentRuleFactory, CourseFactory
from tests.training.worlds import AT, LearningWorld, member
from training import handlers
from training.actions import assigning, learning, reminders
from training.models import Assignment, Enrollment

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


def pause(world, starts_on, ends_on):
    return assigning.pause_clock(
        person=world.learner, starts_on=starts_on, ends_on=ends_on, reason="Leave", **world.by
    )


def test_rules_do_what_their_dry_run_says_and_nothing_twice(world):
    begun, other = member("agent", world.team), member("agent", world.team)
    rule = AssignmentRuleFactory(course=world.course, role="agent", team=world.team)
    plan = assigning.preview_rule(rule, AT)
    assert {person.pk for person in plan.gains} == {world.learner.pk, begun.pk, other.pk}
    assert assigning.run_rules(at=AT) == 3
    assert assigning.run_rules(at=AT) == 0
    learning.mark_done(enrollment=world.enrolled(begun), lesson=world.text, at=AT)
    for person in (begun, other):
        person.memberships.update(ends_at=AT + DAY)

    plan = assigning.run_rule(rule=rule, at=AT + 2 * DAY)

    assert [row.person for row in plan.loses] == [other]
    assert Assignment.objects.unfinished().count() == 2


def test_hire_dates_narrow_a_rule(world):
    fresh = UserFactory(roles=["agent"], hired_on=AT.date() - 10 * DAY)
    rule = AssignmentRuleFactory(course=world.course, hired_within_days=10)

    assert list(assigning.people_of(rule, AT)) == [fresh]
    assert list(assigning.people_of(rule, AT + DAY)) == []


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
