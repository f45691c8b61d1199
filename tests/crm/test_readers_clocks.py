from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.readers.base import UnreadableFile
from crm.readers.clocks import (
    Clocks,
    LocalTime,
    clock_seconds,
    next_day_if_earlier,
    parse_date,
    parse_moment,
)

BERLIN = LocalTime("Europe/Berlin")


def at(hours, minutes=0, seconds=0):
    return hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize(
    ("on", "seconds", "expected"),
    [
        (date(2026, 3, 16), at(9), datetime(2026, 3, 16, 8, 0, tzinfo=UTC)),
        (date(2026, 7, 16), at(9), datetime(2026, 7, 16, 7, 0, tzinfo=UTC)),
        # Clocks go forward at 02:00: 02:30 does not exist.
        (date(2026, 3, 29), at(1, 59, 59), datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
        (date(2026, 3, 29), at(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (date(2026, 3, 29), at(3), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # Clocks go back at 03:00: 02:30 comes twice.
        (date(2026, 10, 25), at(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), at(3), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        (date(2026, 3, 28), at(24 + 2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_local_time_becomes_an_instant(on, seconds, expected):
    assert BERLIN.instant(on, seconds) == expected


@given(
    st.sampled_from(["Europe/Berlin", "Asia/Jerusalem", "America/Sao_Paulo", "Africa/Cairo"]),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(
        lambda x: x.replace(microsecond=0)
    ),
)
def test_local_time_agrees_with_the_zone_wherever_the_time_exists(name, wanted):
    midnight = datetime.combine(wanted.date(), datetime.min.time())

    found = LocalTime(name).instant(wanted.date(), int((wanted - midnight).total_seconds()))

    there = wanted.replace(tzinfo=ZoneInfo(name))
    exists = there.astimezone(UTC).astimezone(ZoneInfo(name)).replace(tzinfo=None) == wanted
    assert not exists or found == there


def test_local_time_refuses_an_unknown_zone():
    with pytest.raises(UnreadableFile, match='There is no time zone "Mars/Base"'):
        LocalTime("Mars/Base")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7:02:47", at(7, 2, 47)),
        ("07:02", at(7, 2)),
        ("7:02:47.9", at(7, 2, 47)),
        ("12:00 AM", 0),
        ("12:30 pm", at(12, 30)),
        ("1:05 p.m.", at(13, 5)),
        ("24:00:05", at(24, 0, 5)),
    ],
)
def test_clock_is_read(text, seconds):
    assert clock_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "noon", "7", "7:60", "99:00", "13:00 pm", "7:02:47:01"])
def test_clock_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="time"):
        clock_seconds(text)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("990201", "ymd", date(1999, 2, 1)),
        ("19990201", "ymd", date(1999, 2, 1)),
        ("2026-03-16", "dmy", date(2026, 3, 16)),
        ("16.03.2026", "dmy", date(2026, 3, 16)),
        ("3/16/26", "mdy", date(2026, 3, 16)),
        ("160326", "dmy", date(2026, 3, 16)),
        ("16032026", "dmy", date(2026, 3, 16)),
    ],
)
def test_date_is_read_in_its_order(text, order, expected):
    assert parse_date(text, order) == expected


@pytest.mark.parametrize("text", ["", "16", "2026-02-30", "16/03.2026", "9902011", "16.03.2026 x"])
def test_date_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="is not a date"):
        parse_date(text, "ymd")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-16 09:00", datetime(2026, 3, 16, 8, 0, tzinfo=UTC)),
        ("16.03.2026 9:00:05", datetime(2026, 3, 16, 8, 0, 5, tzinfo=UTC)),
        ("2026-03-16T09:00:00+05:30", datetime(2026, 3, 16, 3, 30, tzinfo=UTC)),
        ("2026-03-16T09:00:00.750Z", datetime(2026, 3, 16, 9, 0, tzinfo=UTC)),
        ("2026-03-16", datetime(2026, 3, 15, 23, 0, tzinfo=UTC)),
        ("1772006400", datetime(2026, 2, 25, 8, 0, tzinfo=UTC)),
        ("1772006400123", datetime(2026, 2, 25, 8, 0, tzinfo=UTC)),
    ],
)
def test_moment_is_read(text, expected):
    assert parse_moment(text, Clocks("dmy"), BERLIN) == expected


@pytest.mark.parametrize("text", ["soon", "2026-13-01 09:00", "0001-01-01T00:00:00+14:00"])
def test_moment_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_moment(text, Clocks(), BERLIN)


@pytest.mark.parametrize(
    ("seconds", "before", "expected"),
    [
        (at(0, 0, 27), at(23, 59, 54), at(24, 0, 27)),
        (at(9, 47), at(9, 48), at(9, 47)),
        (at(12), at(23, 59), at(12)),
        (at(0, 1), at(24, 0, 27), at(24, 1)),
    ],
)
def test_next_day_if_earlier_sees_midnight_only(seconds, before, expected):
    assert next_day_if_earlier(seconds, before) == expected


@given(st.integers(0, 86_399), st.integers(0, 11 * 3600))
def test_next_day_if_earlier_follows_a_clock_that_runs_on(start, passed):
    end = start + passed

    assert next_day_if_earlier(end % 86_400, start) == end


def test_clocks_remember_what_they_read():
    clocks = Clocks("ymd")

    assert clocks.seconds("7:05") == clocks.seconds("7:05") == at(7, 5)
    assert clocks.day("990201") - clocks.day("990131") == timedelta(days=1)
    with pytest.raises(UnreadableFile, match="ymd, dmy or mdy"):
        Clocks("dym")
