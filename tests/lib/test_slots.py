"""Schedule slots through every kind of clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.slots import first_instant, interval_slot, local_day, wall_slot


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "slot"),
    [
        ("Europe/Berlin", "2026-03-28 02:30", "2026-03-28 01:30"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),
        ("Asia/Kathmandu", "2026-01-01 00:00", "2025-12-31 18:15"),
    ],
)
def test_wall_slot_matches_worked_examples(zone, local, slot):
    at = datetime.fromisoformat(local)

    assert wall_slot(at.date(), at.time(), zone) == utc(slot)


def test_slot_whose_gap_ends_on_another_date_does_not_exist():
    assert wall_slot(date(2011, 12, 30), time(12), "Pacific/Apia") is None
    assert first_instant(datetime(2011, 12, 30, 12), "Pacific/Apia") == utc("2011-12-30 10:00")


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 3, 16), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("America/Havana", date(2026, 3, 8), 23),
    ],
)
def test_local_day_has_the_hours_of_its_clock(zone, on, hours):
    start, end = local_day(on, zone)

    assert end - start == timedelta(hours=hours)


def test_interval_slot_is_the_multiple_before():
    at = utc("2026-03-16 09:07:31")

    assert interval_slot(at, 300) == utc("2026-03-16 09:05")
    assert interval_slot(utc("2026-03-16 09:05"), 300) == utc("2026-03-16 09:05")
    with pytest.raises(ValueError):
        interval_slot(at, 0)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"]),
)
def test_first_instant_shows_the_time_or_jumps_past_it(local, zone):
    local = local.replace(microsecond=0)
    place = ZoneInfo(zone)

    at = first_instant(local, zone)

    assert at.astimezone(place).replace(tzinfo=None) >= local
    before = (at - timedelta(seconds=1)).astimezone(place).replace(tzinfo=None)
    assert before < local


@given(st.integers(0, 2_000_000_000), st.integers(1, 100_000))
def test_interval_slots_are_one_period_apart(second, period):
    at = datetime.fromtimestamp(second, UTC)
    slot = interval_slot(at, period)

    assert slot <= at < slot + timedelta(seconds=period)
    assert interval_slot(slot - timedelta(seconds=1), period) == slot - timedelta(seconds=period)
