from datetime import UTC, datetime, timedelta

import pytest

from crm.queue_visits import derive
from crm.readers.base import InteractionRecord, LegRecord
from crm.readers.complete import complete

NINE = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def after(seconds):
    return NINE + timedelta(seconds=seconds)


def interaction(*legs, **fields):
    fields = {"started_at": NINE, "queue": "billing", **fields}
    return InteractionRecord("a-1", legs=list(legs), **fields)


def summary(visits):
    return [(each.queue, each.outcome, each.wait_seconds, each.leg) for each in visits]


def test_answered_legs_are_answered_visits():
    first = LegRecord(
        agent="a", answered_at=after(20), ended_at=after(60), wait_seconds=20, end="transfer"
    )
    second = LegRecord(agent="b", queue="tech", answered_at=after(90), wait_seconds=30)

    visits = derive(interaction(first, second, queued_at=NINE))

    assert summary(visits) == [("billing", "answered", 20, 0), ("tech", "answered", 30, 1)]
    assert [visit.entered_at for visit in visits] == [NINE, after(60)]


def test_a_wait_that_is_unknown_is_zero_only_if_nobody_queued():
    leg = LegRecord(agent="a", answered_at=after(5))

    straight = complete(interaction(leg, ended_at=after(9), answered_at=after(5)))
    queued = complete(interaction(leg, ended_at=after(9), answered_at=after(5), queued_at=NINE))

    assert (summary(straight.visits), straight.flags) == ([("billing", "answered", 0, 0)], ())
    assert summary(queued.visits) == [("billing", "answered", None, 0)]
    assert queued.flags == ("missing_time",)


@pytest.mark.parametrize(
    ("outcome", "visit"),
    [
        ("abandoned_in_queue", "abandoned"),
        ("flowed_out", "overflowed"),
        ("voicemail", "voicemail"),
        ("callback_requested", "callback"),
    ],
)
def test_an_interaction_that_nobody_took_is_one_visit(outcome, visit):
    [found] = derive(interaction(outcome=outcome, wait_seconds=40))

    assert (found.queue, found.outcome, found.wait_seconds) == ("billing", visit, 40)
    assert found.left_at == after(40)


@pytest.mark.parametrize("outcome", ["abandoned_before_queue", "rejected", "failed"])
def test_an_interaction_that_never_queued_has_no_visit(outcome):
    assert derive(interaction(outcome=outcome)) == []


@pytest.mark.parametrize(
    ("ended_by", "outcome"), [("customer", "abandoned"), ("system", "overflowed")]
)
def test_a_transfer_that_nobody_took_is_one_visit_more(ended_by, outcome):
    leg = LegRecord(
        agent="a", answered_at=NINE, ended_at=after(60), end="transfer", transferred_to="tech"
    )
    ringing = LegRecord(agent="b", end="not_answered")

    visits = derive(interaction(leg, ringing, ended_at=after(100), ended_by=ended_by))

    assert summary(visits)[1:] == [("tech", outcome, 40, None)]


def test_outbound_and_queueless_interactions_have_no_visits():
    leg = LegRecord(agent="a", answered_at=NINE)

    assert derive(interaction(leg, direction="outbound")) == []
    assert derive(interaction(leg, queue="")) == []


def test_the_header_waits_as_long_as_its_visits():
    first = LegRecord(agent="a", answered_at=after(20), ended_at=after(60), wait_seconds=20)
    second = LegRecord(agent="b", answered_at=after(90), wait_seconds=30)

    assert complete(interaction(first, second, queued_at=NINE)).wait_seconds == 50
