"""The time of agents on a site day, from what switches told of their states and from their legs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import astuple
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from accounts.models import TeamMembership
from accounts.teams import overlapping
from crm.models import AgentStateSpan, Leg
from reports.agent_time import Seconds, Stint, agent_time

TIME_COLUMNS = (
    *("on_date", "agent_key", "team_key", "days"),
    *("handling", "load", "available", "logged_in", "slot_seconds"),
)
LONGEST = timedelta(days=1)
"""A stretch counts for at most a day: one that never ended is a switch that lost its agent."""


def spans_touching(start: datetime, end: datetime) -> QuerySet[AgentStateSpan]:
    """Stretches of states with a moment in [start, end)."""
    rows = AgentStateSpan.objects.filter(started_at__gt=start - LONGEST, started_at__lt=end)
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=start))


def time_rows(on: date, start: datetime, end: datetime, as_of: datetime) -> Iterator[Any]:
    """One row for each agent with a known state; open stretches reach to `as_of`. Three queries."""
    stints = stints_of(start, end, as_of)
    if not stints:
        return
    contacts, teams = contacts_of(stints, start, end), teams_of(stints, start, end)
    for agent in sorted(stints):
        found = agent_time(stints[agent], contacts[agent], whole(start), whole(end))
        if found.logged_in:
            yield (on, agent, teams.get(agent, 0), 1, *astuple(found))


def stints_of(start: datetime, end: datetime, as_of: datetime) -> dict[int, list[Stint]]:
    found: dict[int, list[Stint]] = defaultdict(list)
    rows = spans_touching(start, end).order_by()
    for agent, state, slots, begins, ends in rows.values_list(
        "agent_id", "state", "slots", "started_at", "ended_at"
    ):
        stops = min(ends or max(as_of, begins), begins + LONGEST)
        found[agent].append(Stint(state, whole(begins), whole(stops), slots))
    return found


def contacts_of(
    agents: Collection[int], start: datetime, end: datetime
) -> dict[int, list[Seconds]]:
    """When each of them talked, held and wrapped up; legs whose times are doubtful are left out."""
    legs = Leg.objects.filter(
        agent__in=agents,
        answered_at__gt=start - LONGEST,
        answered_at__lt=end,
        talk_seconds__isnull=False,
    ).exclude(end="not_answered")
    legs = legs.annotate(
        flags=Cast("interaction__quality_flags", TextField()),
        seconds=F("talk_seconds") + Coalesce("hold_seconds", 0) + Coalesce("wrap_seconds", 0),
    ).exclude(flags__contains='"negative_duration"')
    found: dict[int, list[Seconds]] = defaultdict(list)
    for agent, answered_at, seconds in legs.order_by().values_list(
        "agent_id", "answered_at", "seconds"
    ):
        assert answered_at is not None
        begins = whole(answered_at)
        found[agent].append((begins, begins + seconds))
    return found


def teams_of(agents: Collection[int], start: datetime, end: datetime) -> dict[int, int]:
    """The team that each was an agent of first on the day."""
    held = TeamMembership.objects.agents().filter(user__in=agents)
    rows = overlapping(held, starts_at=start, ends_at=end).order_by("-starts_at")
    return dict(rows.values_list("user_id", "team_id"))


def whole(at: datetime) -> int:
    return int(at.timestamp())
