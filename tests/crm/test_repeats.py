from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.repeats import Contact, chains, resolution

DAY = timedelta(days=1)
WEEK = 7 * 86_400
START = datetime(2026, 3, 1, tzinfo=UTC)


def contact(key, day):
    return Contact(key, START + timedelta(days=day))


CONTACTS = st.lists(st.builds(contact, st.sampled_from("abc"), st.integers(0, 29)), max_size=20)


def judged(contacts, days=30):
    return resolution(contacts, WEEK, START, START + days * DAY)


def test_resolution_of_the_worked_example():
    found = judged([contact("a", 0), contact("a", 5), contact("b", 1), contact("c", 28)])

    assert (found.gross.eligible, found.gross.repeated) == (3, 1)
    assert found.gross.percent == Decimal("66.67")


def test_net_counts_only_first_contacts_whose_past_is_known():
    found = judged([contact("a", 0), contact("b", 8), contact("b", 10), contact("d", 12)])

    assert (found.gross.eligible, found.gross.repeated) == (4, 1)
    assert (found.net.eligible, found.net.repeated) == (2, 1)
    assert found.net.percent == Decimal("50.00")


@pytest.mark.parametrize(("gap_seconds", "repeated"), [(WEEK - 1, 1), (WEEK, 0)])
def test_a_gap_as_long_as_the_window_is_no_repeat(gap_seconds, repeated):
    second = Contact("a", START + timedelta(seconds=gap_seconds))

    assert judged([contact("a", 0), second]).gross.repeated == repeated


def test_a_window_that_is_still_open_is_not_judged():
    assert judged([contact("a", 23)]).gross.eligible == 1
    assert judged([contact("a", 24)]).gross.percent is None


def test_chains_link_each_contact_to_the_one_before():
    links = chains([contact("a", 6), contact("a", 0), contact("b", 1), contact("a", 20)], WEEK)

    assert [(link.repeat_of, link.position) for link in links] == [
        (1, 2),
        (None, 1),
        (None, 1),
        (None, 1),
    ]


@given(CONTACTS)
def test_repeated_contacts_are_never_more_than_could_be_judged(contacts):
    found = judged(contacts)

    assert 0 <= found.gross.repeated <= found.gross.eligible
    assert found.net.eligible <= found.gross.eligible


@given(CONTACTS, st.randoms())
def test_resolution_does_not_depend_on_the_order_of_contacts(contacts, random):
    assert judged(random.sample(contacts, len(contacts))) == judged(contacts)


@given(CONTACTS)
def test_a_longer_window_never_finds_fewer_repeats(contacts):
    short = chains(contacts, WEEK)
    long = chains(contacts, 2 * WEEK)

    assert sum(link.position > 1 for link in short) <= sum(link.position > 1 for link in long)
