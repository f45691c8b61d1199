"""Small filters and tags of pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from lib.templatetags import look


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("", "–"),
        (0, "0:00"),
        (59, "0:59"),
        (61, "1:01"),
        (3599.6, "1:00:00"),
        (3600, "1:00:00"),
        (90_061, "25:01:01"),
        (-5, "−0:05"),
        (timedelta(minutes=2, seconds=3), "2:03"),
        (Decimal("12.4"), "0:12"),
    ],
)
def test_duration_reads_like_a_clock(value, text):
    assert look.duration(value) == text


def test_local_time_shows_the_readers_zone_and_keeps_utc():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        shown = look.local_time(datetime(2026, 7, 1, 23, 30, tzinfo=UTC))

    assert shown == (
        '<time datetime="2026-07-01T23:30:00Z" title="2026-07-01 23:30:00 UTC">'
        "2 Jul 2026, 01:30</time>"
    )


def test_local_date_takes_a_day_as_it_is():
    assert look.local_date(date(2026, 7, 1)) == '<time datetime="2026-07-01">1 Jul 2026</time>'


@pytest.mark.parametrize("filtered", [look.local_time, look.local_date])
def test_no_moment_is_a_dash(filtered):
    assert filtered(None) == "–"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Noor Haddad", "NH"),
        ("lucía de la fuente", "LF"),
        ("Cher", "C"),
        ("noor@example.com", "NE"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials_are_first_and_last(name, letters):
    assert look.initials(name) == letters


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(None, 0, "–"), (1234567, 0, "1,234,567"), (Decimal("-3.456"), 2, "−3.46"), (0, 1, "0.0")],
)
def test_number_groups_and_has_a_true_minus(value, decimals, text):
    assert look.number(value, decimals) == text


def test_icon_is_silent_unless_it_has_a_label():
    assert 'aria-hidden="true"' in look.icon("check")
    assert 'role="img" aria-label="Two &lt; three"' in look.icon("check", "Two < three")


@pytest.mark.parametrize("tone", ["good", "warn", "bad", "accent", "", None])
def test_every_tone_has_an_icon(tone):
    assert look.tone_icon(tone)
