"""What the agents of the demo center were doing on its last working days, as a switch tells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from config.demo.center import ZONE
from config.demo.people import DemoPeople
from crm.models import AgentStateSpan

DAYS = 5
SOURCE = "demo switch"
# State and the minute of the day at which it begins, moved by some minutes for each agent.
SHIFT = (
    ("available", 9 * 60),
    ("break", 10 * 60 + 30),
    ("available", 10 * 60 + 45),
    ("break", 12 * 60 + 30),
    ("available", 13 * 60 + 15),
    ("meeting", 15 * 60),
    ("available", 15 * 60 + 30),
    ("offline", 17 * 60),
)


def make_states(rng: Random, people: DemoPeople, until: date) -> None:
    """Five working days up to `until`; each stretch ends where the next begins."""
    days = [until - timedelta(days=back) for back in range(DAYS + 2)]
    working = [on for on in days if on.weekday() < 5]
    AgentStateSpan.objects.bulk_create(
        span
        for team in people.agents.values()
        for agent in team
        for on in working
        for span in _day(agent.pk, on, rng.randrange(-20, 20))
    )


def _day(agent_id: int, on: date, shift: int) -> Iterator[AgentStateSpan]:
    midnight = datetime.combine(on, time(), ZoneInfo(ZONE))
    moments = [midnight + timedelta(minutes=minute + shift) for _, minute in SHIFT]
    ends = [*moments[1:], moments[-1] + timedelta(hours=6)]
    for (state, _), begin, end in zip(SHIFT, moments, ends, strict=True):
        yield AgentStateSpan(
            agent_id=agent_id, state=state, started_at=begin, ended_at=end, source=SOURCE
        )
