"""When schedules are due, and that each slot fires once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from ops import schedules
from ops.firing import Clockwork, fire
from ops.models import JobRun, JobState, ScheduleSlot
from ops.schedules import Schedule

MONDAY = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(**changes) -> Schedule:
    return Schedule(**{"name": "daily", "job": "ops.canary", "at": time(2, 15)} | changes)


def minutely(**changes) -> Schedule:
    return Schedule(**{"name": "each", "job": "ops.canary", "every_seconds": 60} | changes)


# --- slots ---------------------------------------------------------------------------------------


def test_interval_slots_are_multiples_of_the_period():
    slots = minutely(every_seconds=3600).slots(MONDAY)

    assert (slots[0], slots[-1], len(slots)) == (at("2026-03-01 11:00"), at("2026-03-02 12:00"), 26)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["2026-03-02 02:15"]),
        ({"at": time(11, 0)}, ["2026-03-01 11:00", "2026-03-02 11:00"]),
        ({"zone": "Asia/Kathmandu"}, ["2026-03-01 20:30"]),
        ({"weekday": 0}, ["2026-03-02 02:15"]),
        ({"weekday": 1}, []),
        ({"month_day": 2}, ["2026-03-02 02:15"]),
        ({"month_day": 3}, []),
    ],
)
def test_wall_slots_follow_the_local_clock(changes, expected):
    assert daily(**changes).slots(MONDAY) == [at(text) for text in expected]


def test_a_wall_time_that_happens_twice_is_one_slot():
    schedule = daily(at=time(2, 30), zone="Europe/Berlin")

    slots = schedule.slots(at("2026-10-25 12:00"))

    assert slots == [at("2026-10-25 00:30")]


def test_a_wall_time_in_a_gap_is_the_first_instant_behind_it():
    schedule = daily(at=time(2, 30), zone="Europe/Berlin")

    slots = schedule.slots(at("2026-03-29 03:00"))

    assert slots == [at("2026-03-28 01:30"), at("2026-03-29 01:00")]


@pytest.mark.parametrize(("catch_up", "count"), [("none", 0), ("last", 1), ("all", 5)])
def test_catching_up_after_a_pause(catch_up, count):
    schedule = minutely(every_seconds=6 * 3600, catch_up=catch_up)

    due = schedule.due_slots(at("2026-03-02 13:00"))

    assert len(due) == count


def test_a_slot_in_time_is_due_without_catching_up():
    assert minutely(catch_up="none").due_slots(MONDAY) == [at("2026-03-02 12:00")]


# --- definitions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "name"),
        ({"every_seconds": 60}, "either"),
        ({"at": None}, "either"),
        ({"at": None, "every_seconds": 5}, "10 to 86,400"),
        ({"at": None, "every_seconds": 60.0}, "whole number"),
        ({"at": time(2, tzinfo=UTC)}, "without a zone"),
        ({"weekday": 7}, "Monday is 0"),
        ({"month_day": 0}, "days are 1 to 31"),
        ({"at": None, "every_seconds": 60, "weekday": 1}, "need at"),
        ({"catch_up": "some"}, "catch_up"),
        ({"zone": "Mars/Olympus"}, "IANA zone"),
        ({"job": "ops.no_such"}, "No job"),
        ({"args": {"ids": [1]}}, "scalars"),
    ],
)
def test_a_bad_definition_stops_the_start(changes, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        schedules.use([daily(**changes)])


def test_two_schedules_of_one_name_stop_the_start():
    with pytest.raises(ImproperlyConfigured, match="Two schedules"):
        schedules.use([daily(), daily()])


# --- firing --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_slot_fires_once_for_all_supervisors():
    supervisors = [Clockwork([minutely()]) for _ in range(3)]

    fired = [one.fire_due(MONDAY) for _ in range(2) for one in supervisors]

    assert (sum(fired), JobRun.objects.count(), ScheduleSlot.objects.count()) == (1, 1, 1)
    assert JobRun.objects.get().key == "each 2026-03-02T12:00:00Z"


@pytest.mark.django_db
def test_a_settled_slot_costs_no_query(django_assert_num_queries):
    clockwork = Clockwork([minutely()])
    clockwork.fire_due(MONDAY)

    with django_assert_num_queries(0):
        clockwork.fire_due(MONDAY + timedelta(seconds=30))


@pytest.mark.django_db
def test_a_new_schedule_does_not_make_up_for_the_time_before_it():
    clockwork = Clockwork([daily(catch_up="all"), minutely(every_seconds=3600, catch_up="all")])

    first = clockwork.fire_due(at("2026-03-02 12:30"))
    second = clockwork.fire_due(at("2026-03-02 13:00"))
    other = Clockwork(clockwork.schedules).fire_due(at("2026-03-02 13:00"))

    assert (first, second, other) == (0, 1, 0)


@pytest.mark.django_db
def test_a_clock_set_back_fires_no_slot_twice():
    schedule = minutely()
    Clockwork([schedule]).fire_due(MONDAY)
    Clockwork([schedule]).fire_due(MONDAY + timedelta(minutes=1))

    again = Clockwork([schedule]).fire_due(MONDAY)

    assert (again, JobRun.objects.count()) == (0, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("catch_up", "count"), [("none", 0), ("last", 1), ("all", 2)])
def test_a_clock_set_forward_catches_up_as_told(catch_up, count):
    schedule = minutely(every_seconds=1800, catch_up=catch_up)
    clockwork = Clockwork([schedule])
    clockwork.fire_due(MONDAY)

    fired = clockwork.fire_due(MONDAY + timedelta(minutes=65))

    assert fired == count


@pytest.mark.django_db
def test_a_failing_schedule_does_not_delay_the_others(caplog):
    broken = minutely(name="broken", job="ops.no_such")

    fired = Clockwork([broken, minutely()]).fire_due(MONDAY)

    assert fired == 1
    assert "schedule_failed broken" in caplog.text


@pytest.mark.django_db
def test_a_canary_is_not_doubled_while_one_waits():
    schedule = minutely(skip_while_waiting=True)
    clockwork = Clockwork([schedule])

    for minute in range(3):
        clockwork.fire_due(MONDAY + timedelta(minutes=minute))
    JobRun.objects.update(state=JobState.CANCELLED, finished_at=MONDAY)
    clockwork.fire_due(MONDAY + timedelta(minutes=3))

    assert (JobRun.objects.count(), ScheduleSlot.objects.count()) == (2, 4)


@pytest.mark.django_db
def test_a_slot_that_another_supervisor_fired_is_left_to_it():
    schedule = minutely()
    fire(schedule, at("2026-03-02 12:00"))

    assert fire(schedule, at("2026-03-02 12:00")) is False
    assert JobRun.objects.count() == 1
