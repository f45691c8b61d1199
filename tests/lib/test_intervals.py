"""Business time against the worked examples of docs/algorithms/calendars.md and its laws."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.intervals import (
    Calendar,
    NeverOpen,
    business_seconds,
    closes_at,
    closes_on_or_before,
    due_at,
    is_open,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
OFFICE = [("09:00", "12:00"), ("13:00", "17:00")]
CLOSED_ON = [date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25), date(2026, 12, 26)]
A = Calendar(
    "Europe/Berlin",
    dict.fromkeys(range(5), OFFICE),
    {on: [] for on in CLOSED_ON} | {date(2026, 12, 24): [("09:00", "12:00")]},
)
B = Calendar("Europe/Berlin", {day: [("00:00", "24:00")] for day in range(7)})
N = Calendar("Europe/Berlin", {day: [("22:00", "24:00"), ("00:00", "06:00")] for day in range(7)})
NIGHT = Calendar("Europe/Berlin", {day: [("01:30", "02:30")] for day in range(7)})
GAP = Calendar("Europe/Berlin", {day: [("02:15", "02:45")] for day in range(7)})


def berlin(text):
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)


def day(text):
    start = berlin(text)
    return start, berlin((start + timedelta(days=1)).strftime("%m-%d"))


@pytest.mark.parametrize(
    ("calendar", "start", "seconds", "due"),
    [
        (A, "03-16 10:30", 2 * HOUR, "03-16 13:30"),
        (A, "03-16 11:30", 2 * HOUR, "03-16 14:30"),
        (A, "03-16 09:00", 25_200, "03-16 17:00"),
        (A, "03-16 09:00", 25_201, "03-17 09:00:01"),
        (A, "03-20 16:30", 4 * HOUR, "03-23 13:30"),
        (A, "04-02 15:00", 4 * HOUR, "04-07 11:00"),
        (A, "03-21 11:00", HOUR, "03-23 10:00"),
        (A, "03-27 16:00", 2 * HOUR, "03-30 10:00"),
        (B, "03-28 12:00", 24 * HOUR, "03-29 13:00"),
        (B, "10-24 12:00", 24 * HOUR, "10-25 11:00"),
        (N, "03-28 22:00", 8 * HOUR, "03-29 23:00"),
        (A, "03-16 10:30", 4 * HOUR, "03-16 15:30"),
        (A, "03-16 10:30", 6 * HOUR, "03-17 09:30+01:00"),
        (A, "03-16 10:30", 0, "03-16 10:30"),
        (None, "03-28 12:00", 24 * HOUR, "03-29 13:00"),
    ],
)
def test_due_at_matches_worked_examples(calendar, start, seconds, due):
    expected = datetime.fromisoformat(f"2026-{due}")
    if expected.tzinfo is None:
        expected = expected.replace(tzinfo=BERLIN)

    assert due_at(calendar, berlin(start), seconds) == expected


@pytest.mark.parametrize(
    ("calendar", "on", "seconds"),
    [
        (B, "03-29", 82_800),
        (B, "10-25", 90_000),
        (GAP, "03-29", 0),
        (NIGHT, "10-25", 5_400),
        (A, "04-03", 0),
        (A, "12-24", 3 * HOUR),
        (A, "03-16", 7 * HOUR),
    ],
)
def test_business_seconds_of_a_day_match_worked_examples(calendar, on, seconds):
    assert business_seconds(calendar, *day(on)) == seconds


def test_pause_and_resume_match_worked_examples():
    elapsed = business_seconds(A, berlin("03-16 10:00"), berlin("03-16 11:00"))

    assert elapsed == 3_600
    assert due_at(A, berlin("03-17 10:00"), 8 * HOUR - elapsed) == berlin("03-18 10:00")
    assert due_at(A, berlin("04-06 10:00"), 2 * HOUR - 1_800) == berlin("04-07 10:30")
    assert due_at(A, berlin("03-22 10:00"), HOUR) == berlin("03-23 10:00")


def test_promise_by_date_is_due_at_the_close_of_that_date():
    assert closes_at(A, date(2026, 4, 2)) == berlin("04-02 17:00")
    assert closes_at(A, date(2026, 4, 3)) is None
    assert closes_on_or_before(A, date(2026, 4, 3)) == berlin("04-02 17:00")


def test_closing_in_a_repeated_hour_is_its_last_occurrence():
    assert closes_at(NIGHT, date(2026, 10, 25)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_yearly_exception_gives_way_to_the_one_of_a_date():
    calendar = Calendar(
        "UTC",
        dict.fromkeys(range(7), OFFICE),
        {date(2027, 5, 1): [("09:00", "10:00")]},
        {(5, 1): []},
    )

    assert closes_at(calendar, date(2026, 5, 1)) is None
    assert closes_at(calendar, date(2027, 5, 1)) == datetime(2027, 5, 1, 10, tzinfo=UTC)


def test_opening_counts_and_closing_does_not():
    assert is_open(A, berlin("03-16 09:00"))
    assert not is_open(A, berlin("03-16 12:00"))
    assert not is_open(A, berlin("03-16 08:59:59"))


def test_calendar_that_never_opens_is_told():
    never = Calendar("UTC", {})

    assert business_seconds(never, berlin("01-01"), berlin("12-31")) == 0
    with pytest.raises(NeverOpen):
        due_at(never, berlin("03-16 09:00"), 1)
    with pytest.raises(NeverOpen):
        closes_on_or_before(never, date(2026, 4, 3))


@pytest.mark.parametrize(
    "spans",
    [
        [("9:00", "12:00")],
        [("09:00", "24:01")],
        [("12:00", "12:00")],
        [("22:00", "06:00")],
        [("09:00", "12:00"), ("11:59", "13:00")],
        [(f"0{hour}:00", f"0{hour}:30") for hour in range(7)],
    ],
)
def test_impossible_spans_are_refused(spans):
    with pytest.raises(ValueError):
        Calendar("UTC", {0: spans})


def test_unknown_zone_is_refused():
    with pytest.raises(LookupError):
        Calendar("Europe/Atlantis", {})


ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana"]
)
MOMENTS = st.integers(1_760_000_000, 1_800_000_000).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)
SPANS = st.sampled_from(
    [
        [],
        OFFICE,
        [("00:00", "24:00")],
        [("00:00", "02:30")],
        [("02:15", "02:45"), ("22:00", "24:00")],
    ]
)


@st.composite
def calendars(draw):
    week = {weekday: draw(SPANS) for weekday in range(7)}
    week[draw(st.integers(0, 6))] = OFFICE
    return Calendar(draw(ZONES), week)


@given(calendars(), MOMENTS, st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_business_seconds_add_up_over_a_split(calendar, start, first, second):
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)

    assert business_seconds(calendar, start, end) == (
        business_seconds(calendar, start, middle) + business_seconds(calendar, middle, end)
    )


@given(calendars(), MOMENTS, st.integers(1, 400_000))
def test_due_at_is_the_earliest_moment_with_so_many_open_seconds(calendar, start, seconds):
    due = due_at(calendar, start, seconds)

    assert business_seconds(calendar, start, due) == seconds
    assert business_seconds(calendar, start, due - timedelta(seconds=1)) == seconds - 1


@given(ZONES, MOMENTS, st.integers(0, 10_000_000))
def test_always_open_is_the_wall_clock(zone, start, seconds):
    always = Calendar(zone, B.week)
    end = start + timedelta(seconds=seconds)

    assert business_seconds(always, start, end) == business_seconds(None, start, end) == seconds


@given(calendars(), MOMENTS, st.integers(0, 100_000))
def test_every_second_is_open_as_its_local_reading_says(calendar, start, seconds):
    at = start + timedelta(seconds=seconds)
    local = at.astimezone(ZoneInfo(calendar.zone))
    clock = local.strftime("%H:%M")

    expected = any(opens <= clock < closes for opens, closes in calendar.week[local.weekday()])

    assert is_open(calendar, at) == expected


@given(calendars(), MOMENTS, st.integers(1, 100_000), st.integers(0, 400_000))
def test_resuming_before_the_next_opening_changes_nothing(calendar, start, target, wait):
    resumed = start + timedelta(seconds=wait)

    if business_seconds(calendar, start, resumed) == 0:
        assert due_at(calendar, resumed, target) == due_at(calendar, start, target)
