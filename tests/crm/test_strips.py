"""The stretches of the two pictures of an interaction."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from crm.strips import lane, last_moment, leg_stretches, shares

BEGIN = datetime(2026, 5, 4, 9, tzinfo=UTC)


@dataclass
class Leg:
    answered_at: datetime | None = BEGIN + timedelta(seconds=10)
    offered_at: datetime | None = None
    ended_at: datetime | None = BEGIN + timedelta(seconds=80)
    ring_seconds: int | None = None
    talk_seconds: int | None = 60
    hold_seconds: int | None = 10
    wrap_seconds: int | None = None


@dataclass
class Said:
    side: str
    at_seconds: float | None
    end_seconds: float | None


def drawn(stretches):
    return [(each.kind, round(each.start, 3), round(each.length, 3)) for each in stretches]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({}, []),
        ({"wait": 0, "talk": None}, []),
        ({"talk": 60}, [("talk", 0, 1)]),
        ({"wrap": 20, "wait": 20, "talk": 60},
         [("wait", 0, 0.2), ("talk", 0.2, 0.6), ("wrap", 0.8, 0.2)]),
    ],
)  # fmt: skip
def test_shares_lay_the_known_kinds_end_to_end(seconds, expected):
    assert drawn(shares(seconds)) == expected


def test_holds_are_drawn_where_they_were():
    def at(minute):
        return BEGIN + timedelta(minutes=minute)

    leg = Leg(answered_at=BEGIN, ended_at=at(10), talk_seconds=420, hold_seconds=180)
    spans = ((2, 4), (6, 7))
    holds = [SimpleNamespace(kind="hold", starts_at=at(a), ends_at=at(b)) for a, b in spans]

    drawn = leg_stretches(leg, BEGIN, at(10), holds)

    assert [(each.kind, round(each.start, 2), each.seconds) for each in drawn] == [
        ("talk", 0, 120),
        ("hold", 0.2, 120),
        ("talk", 0.4, 120),
        ("hold", 0.6, 60),
        ("talk", 0.7, 180),
    ]


def test_a_leg_is_drawn_where_it_was_on_the_clock():
    stretches = leg_stretches(Leg(), BEGIN, BEGIN + timedelta(seconds=100))

    assert drawn(stretches) == [("talk", 0.1, 0.6), ("hold", 0.7, 0.1)]


def test_ringing_ends_where_the_answer_begins():
    leg = Leg(ring_seconds=5, hold_seconds=None)

    assert drawn(leg_stretches(leg, BEGIN, BEGIN + timedelta(seconds=100)))[0] == (
        "ring",
        0.05,
        0.05,
    )


def test_nothing_is_drawn_outside_the_clock_or_without_one():
    leg = Leg(talk_seconds=600, hold_seconds=None)

    assert drawn(leg_stretches(leg, BEGIN, BEGIN + timedelta(seconds=100))) == [("talk", 0.1, 0.9)]
    assert leg_stretches(leg, BEGIN, BEGIN) == []
    assert leg_stretches(Leg(answered_at=None), BEGIN, BEGIN + timedelta(seconds=9)) == []


def test_the_last_moment_holds_the_wrap_up():
    assert last_moment([Leg(wrap_seconds=40)], BEGIN) == BEGIN + timedelta(seconds=120)
    assert last_moment([], None) is None


def test_a_lane_holds_one_side_and_only_known_times():
    turns = [
        Said("agent", -1, 5),
        Said("customer", 5, 6),
        Said("agent", 8, 20),
        Said("agent", 9, None),
    ]

    assert drawn(lane(turns, "agent", 10)) == [("agent", 0, 0.5), ("agent", 0.8, 0.2)]
