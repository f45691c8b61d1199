import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.sla import Event, fold
from lib.intervals import Calendar, business_seconds

BERLIN = ZoneInfo("Europe/Berlin")
DAY_SPANS = [("09:00", "12:00"), ("13:00", "17:00")]
CALENDAR = Calendar(
    "Europe/Berlin",
    dict.fromkeys(range(5), DAY_SPANS),
    {
        date(2026, 4, 3): [],
        date(2026, 4, 6): [],
        date(2026, 12, 24): [("09:00", "12:00")],
        date(2026, 12, 25): [],
        date(2026, 12, 26): [],
    },
)
HOUR = 3600


def local(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def march(day, hour, minute=0):
    return local(3, day, hour, minute)


def folded(hours, now, *events, calendar=CALENDAR):
    return fold([Event(*event) for event in events], calendar, hours * HOUR, now)


def test_a_pause_stores_what_was_counted():
    clock = folded(
        8,
        march(17, 10),
        (march(16, 10), "activate"),
        (march(16, 11), "pause"),
        (march(17, 10), "activate"),
    )

    assert clock.elapsed_seconds == HOUR
    assert clock.due_at == march(18, 10)


def test_a_clock_that_goes_on_on_a_holiday_counts_from_the_next_opening():
    clock = folded(
        2,
        local(4, 6, 10),
        (local(4, 2, 16), "activate"),
        (local(4, 2, 16, 30), "pause"),
        (local(4, 6, 10), "activate"),
    )

    assert clock.due_at == local(4, 7, 10, 30)


def test_a_pause_at_the_due_moment_comes_before_the_breach():
    clock = folded(
        3,
        march(16, 12, 30),
        (march(16, 9), "activate"),
        (march(16, 12), "pause"),
        (march(16, 12, 30), "activate"),
    )

    assert (clock.breached_at, clock.due_at) == (None, march(16, 12, 30))


def test_a_clock_fulfilled_at_the_due_moment_is_met():
    clock = folded(3, march(20, 9), (march(16, 9), "activate"), (march(16, 12), "fulfill"))

    assert (clock.state, clock.breached_at) == ("fulfilled", None)
    assert (clock.elapsed_seconds, clock.miss_seconds) == (3 * HOUR, 0)


def test_a_target_that_is_exceeded_when_it_comes_is_missed_at_once():
    clock = folded(8, march(16, 15), (march(16, 9), "activate"), (march(16, 15), "apply", 4 * HOUR))

    assert clock.elapsed_seconds == 5 * HOUR
    assert clock.breached_at == march(16, 15)


def test_pauses_in_closed_time_change_nothing():
    clock = folded(
        2,
        march(22, 10),
        (march(20, 16), "activate"),
        (march(21, 10), "pause"),
        (march(22, 10), "activate"),
    )

    assert clock.due_at == march(23, 10)


def test_a_second_pause_and_a_second_start_are_left_out():
    clock = folded(
        2,
        march(16, 11, 10),
        (march(16, 9), "activate"),
        (march(16, 9, 30), "pause"),
        (march(16, 10), "pause"),
        (march(16, 11), "activate"),
        (march(16, 11, 10), "activate"),
    )

    assert clock.due_at == march(16, 13, 30)
    assert [step.kind for step in clock.steps] == ["activate", "pause", "activate"]


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(50, march(16, 15, 30)), (75, march(17, 9, 30)), (0, march(16, 10, 30))],
)
def test_warnings_come_at_a_share_of_the_target(percent, expected):
    clock = folded(8, march(16, 10, 30), (march(16, 10, 30), "activate"))

    assert clock.warn_at(percent) == expected


def test_a_breach_is_noted_at_its_moment_whenever_it_is_looked_at():
    start = (march(16, 9), "activate")

    assert folded(3, march(16, 12), start).breached_at is None
    assert folded(3, march(20, 9), start).breached_at == march(16, 12)


def test_a_late_reply_is_fulfilled_and_misses_by_business_time():
    clock = folded(3, march(20, 9), (march(16, 9), "activate"), (march(16, 14), "fulfill"))

    assert (clock.state, clock.breached_at) == ("fulfilled", march(16, 12))
    assert (clock.stopped_at, clock.miss_seconds) == (march(16, 14), HOUR)


def test_a_reply_that_is_told_late_takes_its_place_in_time():
    events = [(march(16, 9), "activate"), (march(16, 12), "breach"), (march(16, 11), "fulfill")]

    clock = folded(3, march(20, 9), *events)

    assert (clock.state, clock.breached_at, clock.stopped_at) == ("fulfilled", None, march(16, 11))


def test_a_breach_that_was_written_stays_under_a_new_calendar():
    always_later = Calendar("Europe/Berlin", {4: DAY_SPANS})

    clock = folded(
        3,
        march(17, 9),
        (march(16, 9), "activate"),
        (march(16, 12), "breach"),
        calendar=always_later,
    )

    assert clock.breached_at == march(16, 12)


def test_a_new_calendar_leaves_what_was_counted():
    change = Event(march(16, 10), "apply", 8 * HOUR, calendar=None)

    clock = fold([Event(march(16, 8), "activate"), change], CALENDAR, 8 * HOUR, march(16, 11))

    assert clock.elapsed_seconds == 2 * HOUR
    assert clock.due_at == march(16, 17)


def test_a_clock_without_target_records_only():
    clock = fold([Event(march(16, 9), "activate")], CALENDAR, None, march(16, 12))

    assert (clock.due_at, clock.breached_at, clock.elapsed_seconds) == (None, None, 3 * HOUR)
    assert (clock.warn_at(50), clock.miss_seconds) == (None, None)


def test_nothing_happens_to_a_stopped_clock():
    clock = folded(
        3,
        march(20, 9),
        (march(16, 9), "activate"),
        (march(16, 10), "cancel"),
        (march(16, 11), "fulfill"),
    )

    assert (clock.state, clock.due_at, clock.elapsed_seconds) == ("canceled", None, HOUR)


def test_an_unknown_event_is_refused():
    with pytest.raises(ValueError, match="A clock knows no event"):
        folded(3, march(20, 9), (march(16, 9), "explode"))


MOMENTS = st.integers(0, 30 * 24 * 60).map(lambda minutes: march(1, 0) + timedelta(minutes=minutes))
KINDS = st.sampled_from(["activate", "pause", "fulfill", "cancel"])
EVENTS = st.lists(st.tuples(MOMENTS, KINDS).map(lambda pair: Event(*pair)), max_size=12)


@given(EVENTS, MOMENTS)
def test_elapsed_is_the_business_time_between_the_steps(events, now):
    clock = fold(events, CALENDAR, 5 * HOUR, now)

    total, since = 0, None
    for step in clock.steps:
        if since is not None:
            total += business_seconds(CALENDAR, since, step.at)
        since = step.at if step.kind == "activate" else None
    if since is not None:
        total += business_seconds(CALENDAR, since, now)
    assert clock.elapsed_seconds == total


@given(EVENTS, MOMENTS)
def test_a_clock_is_breached_only_beyond_its_target(events, now):
    clock = fold(events, CALENDAR, 5 * HOUR, now)

    if clock.breached_at is None:
        assert clock.elapsed_seconds <= 5 * HOUR
    else:
        assert clock.elapsed_seconds >= 5 * HOUR


@given(EVENTS, MOMENTS)
def test_events_told_twice_count_once(events, now):
    once = fold(sorted(events, key=lambda event: event.at), None, 5 * HOUR, now)
    twice = fold(
        [event for each in sorted(events, key=lambda event: event.at) for event in (each, each)],
        None,
        5 * HOUR,
        now,
    )

    assert once == twice


@given(MOMENTS, st.integers(0, 100))
def test_starting_again_before_the_next_opening_changes_nothing(start, hours):
    start = start.astimezone(UTC)
    nearly = start + timedelta(minutes=1)
    closed = business_seconds(CALENDAR, start, nearly) == 0
    plain = folded(hours, nearly, (start, "activate"))
    paused = folded(hours, nearly, (start, "activate"), (start, "pause"), (nearly, "activate"))

    assert not closed or hours == 0 or plain.due_at == paused.due_at


def test_a_thousand_events_of_a_year_are_folded_at_once():
    events = [
        Event(march(1, 0) + timedelta(hours=8 * n), "pause" if n % 2 else "activate")
        for n in range(1000)
    ]
    begin = time.perf_counter()

    fold(events, CALENDAR, 400 * HOUR, march(1, 0) + timedelta(days=366))

    assert time.perf_counter() - begin < 5
