from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.consent import ConsentEvent, decided, kept_refusals, may_contact

JANUARY, FEBRUARY, MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4))


def on(at, channel, decision, expires_at=None, number=0):
    return ConsentEvent(at, channel, decision, expires_at, number)


EVENTS = st.lists(
    st.builds(
        ConsentEvent,
        at=st.sampled_from([JANUARY, FEBRUARY, MARCH]),
        channel=st.sampled_from(["any", "sms", "email"]),
        decision=st.sampled_from(["granted", "withdrawn", "objected"]),
        expires_at=st.sampled_from([None, MARCH, APRIL]),
        id=st.integers(1, 99),
    ),
    max_size=6,
    unique_by=lambda event: event.id,
)


@pytest.mark.parametrize(
    ("events", "channel", "allowed"),
    [
        (
            [
                on(JANUARY, "any", "granted"),
                on(FEBRUARY, "sms", "withdrawn"),
                on(MARCH, "any", "granted"),
            ],
            "sms",
            False,
        ),
        (
            [
                on(JANUARY, "any", "granted"),
                on(FEBRUARY, "sms", "withdrawn"),
                on(MARCH, "any", "granted"),
            ],
            "email",
            True,
        ),
        ([on(JANUARY, "sms", "granted"), on(FEBRUARY, "any", "withdrawn")], "sms", False),
        ([on(JANUARY, "any", "withdrawn"), on(FEBRUARY, "sms", "granted")], "sms", True),
        ([on(JANUARY, "any", "withdrawn"), on(FEBRUARY, "sms", "granted")], "email", False),
        ([on(JANUARY, "sms", "granted"), on(FEBRUARY, "sms", "objected")], "sms", False),
        ([on(JANUARY, "sms", "granted", expires_at=APRIL)], "sms", False),
        ([on(APRIL + timedelta(seconds=1), "sms", "granted")], "sms", False),
        ([on(APRIL, "sms", "granted")], "sms", True),
        ([], "sms", False),
    ],
)
def test_may_contact_follows_what_the_person_decided(events, channel, allowed):
    assert may_contact(events, channel, APRIL, False) is allowed


def test_may_contact_takes_the_default_where_nobody_decided():
    assert may_contact([], "sms", APRIL, True)
    assert not may_contact([on(JANUARY, "any", "withdrawn")], "sms", APRIL, True)


def test_of_two_decisions_at_one_moment_the_later_one_counts():
    granted = on(JANUARY, "sms", "granted", number=1)
    withdrawn = on(JANUARY, "any", "withdrawn", number=2)

    assert not may_contact([withdrawn, granted], "sms", APRIL, True)


def test_kept_refusals_hold_until_that_channel_is_granted_again():
    left = [on(JANUARY, "sms", "withdrawn")]
    right = [on(JANUARY, "any", "granted")]
    merged = [*left, *right, *kept_refusals(left, right, ["sms", "email"], MARCH)]

    assert [event.channel for event in merged[2:]] == ["sms"]
    later = [*merged, on(MARCH + timedelta(days=1), "any", "granted")]
    named = [*merged, on(MARCH + timedelta(days=1), "sms", "granted")]
    assert not may_contact(later, "sms", APRIL, True)
    assert may_contact(named, "sms", APRIL, False)


@given(EVENTS, EVENTS, st.sampled_from(["sms", "email"]))
def test_merging_never_allows_what_one_side_refused(left, right, channel):
    kept = list(kept_refusals(left, right, ["sms", "email"], APRIL))

    after = decided([*left, *right, *kept], channel, APRIL)

    if decided(left, channel, APRIL) is False or decided(right, channel, APRIL) is False:
        assert after is False


@given(EVENTS, st.randoms())
def test_the_order_in_which_events_are_listed_does_not_matter(events, random):
    shuffled = random.sample(events, len(events))

    assert decided(shuffled, "sms", APRIL) == decided(events, "sms", APRIL)
