import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm.response_spans import Responses, Span, responses

START = datetime(2026, 3, 16, 9, tzinfo=UTC)
moments = st.lists(st.integers(0, 40), max_size=8)


def at(minute):
    return START + timedelta(minutes=minute)


def told(contacts, replies, resolutions=()):
    return responses(map(at, contacts), map(at, replies), map(at, resolutions))


def test_messages_before_the_first_answer_belong_to_the_first_response():
    assert told([1, 2], [5]) == Responses(at(5), ())


def test_a_wait_begins_at_the_oldest_unanswered_message():
    assert told([10, 11, 20], [5, 15, 30]).later == (Span(at(10), at(15)), Span(at(20), at(30)))


def test_resolving_answers():
    assert told([10], [5], [12]).later == (Span(at(10), at(12)),)


def test_what_nobody_answered_is_still_open():
    assert told([10], [5]).later == (Span(at(10), None),)
    assert told([10], []) == Responses(None, ())


@given(moments, moments, moments)
def test_waits_follow_one_another(contacts, replies, resolutions):
    later = told(contacts, replies, resolutions).later

    for span in later:
        assert span.answered_at is None or span.started_at < span.answered_at
    for before, after in itertools.pairwise(later):
        assert before.answered_at is not None
        assert before.answered_at <= after.started_at


@given(moments, moments, st.integers(0, 40), st.booleans())
def test_what_is_told_late_only_moves_waits_earlier(contacts, replies, minute, is_contact):
    """So clocks follow by further events: none that was written becomes false."""
    before = told(contacts, replies)
    more = ([*contacts, minute], replies) if is_contact else (contacts, [*replies, minute])
    after = told(*more)

    for old, new in zip(before.later, after.later, strict=False):
        assert new.started_at <= old.started_at
        if old.answered_at is not None:
            assert new.answered_at is not None
            assert new.answered_at <= old.answered_at
