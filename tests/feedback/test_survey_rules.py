"""Sampling, frequency, quiet hours, automation, topics, redaction, piping."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import automation, frequency, piping, redaction, selection, topics
from lib import tokens
from lib.contrast import ratio

DAY = 86_400


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- Selection and time --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("salt", "survey", "drawn"),
    [
        ("s1", 7, [0.520803, 0.382890, 0.588081, 0.052765, 0.221364]),
        ("salt", 12, [0.072527, 0.047961, 0.158539, 0.465818]),
    ],
)
def test_draws_follow_from_salt_and_ids(salt, survey, drawn):
    found = [selection.draw(salt, survey, pk) / selection.SPACE for pk in range(1, len(drawn) + 1)]

    assert found == pytest.approx(drawn, abs=1e-6)


def test_a_quarter_invites_the_fourth_and_the_fifth():
    p = Decimal("0.25")

    assert [pk for pk in range(1, 6) if selection.is_invited(selection.draw("s1", 7, pk), p)] == [
        4,
        5,
    ]
    assert selection.is_invited(selection.SPACE - 1, Decimal(1))


def test_a_month_between_two_invitations():
    sent = [at("2026-03-01T10:00:00")]

    assert not frequency.is_allowed(sent, at("2026-03-31T09:59:59"), 1, 30 * DAY)
    assert frequency.is_allowed(sent, at("2026-03-31T10:00:00"), 1, 30 * DAY)


def test_two_in_ninety_days_roll():
    start = at("2026-01-01T00:00:00")

    def day(number):
        return start + timedelta(days=number)

    sends = [day(0), day(60)]
    assert not frequency.is_allowed(sends, day(89), 2, 90 * DAY)
    assert frequency.earliest(sends, day(89), 2, 90 * DAY) == day(90)
    assert frequency.is_allowed(sends, day(90), 2, 90 * DAY)
    sends.append(day(90))
    assert not frequency.is_allowed(sends, day(149), 2, 90 * DAY)
    assert frequency.is_allowed(sends, day(150), 2, 90 * DAY)


@given(
    st.lists(st.integers(0, 400 * 24), min_size=1, max_size=40),
    st.integers(1, 4),
    st.integers(1, 90),
)
def test_no_window_ever_holds_more_than_the_limit(hours, most, days):
    start, sends = at("2026-01-01T00:00:00"), []
    for hour in sorted(hours):
        when = start + timedelta(hours=hour)
        if frequency.is_allowed(sends, when, most, days * DAY):
            sends.append(when)
            assert frequency.earliest(sends[:-1], when, most, days * DAY) == when

    for sent in sends:
        window = [one for one in sends if sent <= one < sent + timedelta(days=days)]
        assert len(window) <= most


@pytest.mark.parametrize(
    ("zone", "due", "opens"),
    [
        ("Europe/Berlin", "2026-03-27T18:30:00", "2026-03-30T07:00:00"),
        ("Europe/Berlin", "2026-03-27T17:59:59", "2026-03-27T17:59:59"),
        ("Europe/Berlin", "2026-03-27T18:00:00", "2026-03-30T07:00:00"),
        ("America/New_York", "2026-03-07T15:00:00", "2026-03-09T13:00:00"),
    ],
)
def test_quiet_hours_follow_the_clock_of_the_customer(zone, due, opens):
    found = frequency.next_open(at(due), zone, time(9), time(19), range(5))

    assert found == at(opens)


def test_holidays_are_quiet_and_some_weeks_never_open():
    due = at("2026-03-27T08:00:00")

    assert frequency.next_open(due, "UTC", time(9), time(19), range(5), [date(2026, 3, 27)]) == at(
        "2026-03-30T09:00:00"
    )
    with pytest.raises(ValueError):
        frequency.next_open(due, "UTC", time(9), time(19), [])


@pytest.mark.parametrize(
    ("last_day", "ends"),
    [("2026-04-15", "2026-04-15T22:00:00"), ("2026-10-25", "2026-10-25T23:00:00")],
)
def test_links_hold_through_their_last_day(last_day, ends):
    assert frequency.expires_at(date.fromisoformat(last_day), "Europe/Berlin") == at(ends)


# --- Automation ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signals", "score", "verdict"),
    [
        (["trap"], "1.0", "suspect"),
        (["data_center", "fast_hit", "no_event"], "1.1", "suspect"),
        (["data_center"], "0.3", "accepted"),
        (["headless", "no_cookie"], "0.7", "needs_review"),
        ([], "0.0", "accepted"),
    ],
)
def test_signals_add_up(signals, score, verdict):
    found = automation.score(signals)

    assert (found, automation.verdict(found)) == (Decimal(score), verdict)
    assert automation.WEIGHTS.keys() == automation.IN_WORDS.keys()


# --- Words ---------------------------------------------------------------------------------------


def test_piping_takes_fallbacks_and_zero():
    text = "Hi {customer_first_name|there}, you gave {q1}."

    assert piping.fill(text, {"customer_first_name": "", "q1": 0}) == "Hi there, you gave 0."


def test_piping_passes_once_and_escapes():
    assert piping.fill("{q2}", {"q2": "<b>{q1}</b>", "q1": "x"}) == "&lt;b&gt;{q1}&lt;/b&gt;"
    assert piping.fill("<i>{q}</i>", {}) == "&lt;i&gt;&lt;/i&gt;"
    assert piping.fill("a {q} b", {"q": "<"}, escape=False) == "a < b"


@pytest.mark.parametrize("text", ["{x.y}", "{{7*7}}", "%(x)s", "{% now %}", "{X}", "{{q1}}"])
def test_what_is_no_placeholder_stays(text):
    assert piping.fill(text, {"q1": "no"}, escape=False) == text
    assert piping.placeholders(text) == set()


def test_placeholders_are_named():
    assert piping.placeholders("{a|b} and {c}") == {"a", "c"}


@pytest.mark.parametrize(
    ("text", "fits"),
    [("They REFUNDED me", True), ("translate it", False), ("Too late!", True), ("", False)],
)
def test_topics_match_whole_words(text, fits):
    assert topics.matches(["refund*", "late"], text) is fits


def test_a_veto_wins_over_a_phrase():
    assert not topics.matches(["late", "-not late"], "It was not late")
    assert topics.matches(["café"], "The CAFE was closed")
    assert not topics.matches(["*"], "anything")


def test_agreement_with_people():
    found = topics.f1(18, 6, 9)

    assert (found.precision, found.recall, found.f1) == pytest.approx((0.75, 0.666667, 0.705882))
    assert topics.f1(0, 0, 0).f1 is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111 ok", "card [card ••••1111] ok"),
        ("4111111111111112", "4111111111111112"),
        (
            "mail a.b+c@ex-ample.co.uk or +1 (212) 555-0147",
            "mail [email] or [phone]",
        ),
        ("GB82 WEST 1234 5698 7654 32", "[iban]"),
        ("DE89370400440532013001", "DE89370400440532013001"),
        ("order 12345 in 2026", "order 12345 in 2026"),
    ],
)
def test_what_identifies_people_is_masked(text, masked):
    assert redaction.mask_text(text) == masked


def test_links_and_colors():
    digest = "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a"

    assert tokens.digest("A" * 43) == digest
    assert ratio("#777777", "#ffffff") == pytest.approx(4.4781, abs=1e-4)
    assert ratio("#0066cc", "#ffffff") == pytest.approx(5.5666, abs=1e-4)
