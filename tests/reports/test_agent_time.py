"""Time of agents: the arithmetic, its facts, and occupancy on pages."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import TeamMembership
from crm.events import AgentStatesRecorded, ImportTakenBack
from crm.models import AgentStateSpan
from reports import figures, handlers, rollups
from reports.agent_time import Stint, agent_time
from reports.definitions import parse
from reports.models import DayAgentTime, FactDay
from reports.periods import Period
from reports.rollups import marking
from reports.slices import OF_PEOPLE, Slice
from reports.sums import Reader
from reports.today import agents_now
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import AgentStateSpanFactory, InteractionFactory, LegFactory
from tests.reports.worlds import MONDAY, Center

HOUR = 3600
TEN = MONDAY + timedelta(hours=10)

stints = st.builds(
    lambda state, start, length, slots: Stint(state, start, start + length, slots),
    st.sampled_from(["available", "handling", "wrap_up", "break", "offline"]),
    st.integers(0, 2 * HOUR),
    st.integers(1, HOUR),
    st.integers(1, 4),
)
contacts = st.tuples(st.integers(0, 2 * HOUR), st.integers(0, HOUR)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)


@given(st.lists(stints, max_size=6), st.lists(contacts, max_size=6))
def test_each_second_is_counted_as_it_was(stints, contacts):
    found = agent_time(stints, contacts, 0, HOUR)

    def at(second, spans):
        return [span for span in spans if span[0] <= second < span[1]]

    handling = available = load = logged_in = slot_seconds = 0
    for second in range(HOUR):
        states = [one for one in stints if one.start <= second < one.end]
        busy = len(at(second, contacts))
        is_handling = busy or any(one.state in ("handling", "wrap_up") for one in states)
        present = [one for one in states if one.state != "offline"]
        handling += bool(is_handling)
        load += busy or bool(is_handling)
        available += not is_handling and any(one.state == "available" for one in states)
        logged_in += bool(present or busy)
        slot_seconds += max([one.slots for one in present] + [1 if busy else 0], default=0)
    expected = (handling, load, available, logged_in, slot_seconds)
    assert (
        *(found.handling, found.load, found.available, found.logged_in, found.slot_seconds),
    ) == expected


def test_no_state_is_no_time():
    assert agent_time([], [], 0, HOUR).logged_in == 0


@pytest.fixture
def team(db):
    return TeamFactory()


@pytest.fixture
def agent(team):
    agent = UserFactory(roles=["agent"])
    TeamMembershipFactory(user=agent, team=team)
    return agent


def span(agent, begins, ends, state="available", **more):
    return AgentStateSpanFactory(agent=agent, state=state, started_at=begins, ended_at=ends, **more)


def leg(agent, at, talk, **more):
    interaction = InteractionFactory(started_at=at, **more)
    return LegFactory(interaction=interaction, agent=agent, answered_at=at, talk_seconds=talk)


def built(*days, at=None):
    rollups.rebuild(days or [TEN.date()], families=["time"], at=at or TEN + timedelta(days=3))


def occupancy(slug="oc1", by=(), **piece):
    return figures.measure(parse(slug), Reader(Slice(Period(TEN.date(), TEN.date()), **piece)), by)


def test_occupancy_is_handling_of_handling_and_available(team, agent):
    span(agent, TEN, TEN + timedelta(hours=1))
    span(agent, TEN + timedelta(hours=1), TEN + timedelta(hours=2), "break", source="other")
    leg(agent, TEN + timedelta(minutes=50), 1200)
    leg(agent, TEN, 600, quality_flags=["negative_duration"])
    leg(agent, TEN, None)
    built()

    (measured,) = occupancy().values()
    assert (measured.numerator, measured.denominator) == (1200, 1200 + 3000)
    assert measured.n == 1
    (measured,) = occupancy("oc2").values()
    assert (measured.numerator, measured.denominator) == (1200, 7200)
    assert list(occupancy(by=("team",))) == [(team.pk,)]


def test_a_team_of_the_day_owns_the_time(team, agent):
    span(agent, TEN, TEN + timedelta(hours=1))
    TeamMembership.objects.update(ends_at=TEN + timedelta(minutes=1))
    other = TeamFactory()
    TeamMembershipFactory(user=agent, team=other, starts_at=TEN + timedelta(minutes=1))
    built()

    assert DayAgentTime.objects.get().team_key == team.pk
    assert occupancy(teams=frozenset({other.pk})) == {}


def test_an_open_stretch_reaches_to_the_cutoff_and_a_day_at_most(agent):
    span(agent, TEN, None)
    built(at=TEN + timedelta(minutes=5))
    assert DayAgentTime.objects.get().available == 300
    assert rollups.check_days([TEN.date()], at=TEN + timedelta(hours=1)).findings == []

    days = [TEN.date() + timedelta(days=back) for back in range(3)]
    built(*days)

    assert sorted(DayAgentTime.objects.values_list("on_date", "available")) == [
        (days[0], 14 * HOUR),
        (days[1], 10 * HOUR),
    ]


def test_without_states_there_is_no_occupancy(agent):
    leg(agent, TEN, 600)
    built()

    assert occupancy() == {}
    assert figures.why_nothing(parse("oc1"), figures.NOTHING) == figures.NO_STATES


def test_a_queue_or_channel_has_no_occupancy():
    for more in ({"channel": "voice"}, {"has_chosen_queue": True}):
        piece = Slice(Period(TEN.date(), TEN.date()), **more)
        assert figures.why_not(parse("oc1"), piece) == OF_PEOPLE
    assert figures.measure(parse("oc1"), Reader(piece), ("queue",)) == {}


def test_facts_of_states_and_of_work_mark_days(agent):
    span(agent, TEN, TEN + timedelta(hours=20))

    handlers.mark_agent_states(
        AgentStatesRecorded(
            at=TEN, by_id=None, agent_id=agent.pk, from_at=TEN, to_at=TEN + timedelta(hours=20)
        )
    )
    marking.mark_changed([TEN], at=TEN + timedelta(days=5))

    stale = FactDay.objects.dirty().filter(family="time").values_list("on_date", flat=True)
    assert sorted(stale)[:2] == [TEN.date(), TEN.date() + timedelta(days=1)]


def test_what_an_import_took_back_marks_its_days(agent):
    rollups.rebuild([TEN.date()], at=TEN)
    assert not FactDay.objects.dirty().filter(on_date=TEN.date()).exists()

    handlers.mark_taken_back(
        ImportTakenBack(
            at=TEN, by_id=None, import_run_id=1, from_at=TEN, to_at=TEN + timedelta(hours=2)
        )
    )

    stale = FactDay.objects.dirty().filter(on_date=TEN.date())
    assert set(stale.values_list("family", flat=True)) == {"queues", "people", "repeats", "time"}


def test_the_sweep_finds_late_stretches_and_keeps_today_fresh(agent):
    now = timezone.now()
    late = span(agent, now - timedelta(hours=30), now - timedelta(hours=29))
    AgentStateSpan.objects.update(updated_at=now - timedelta(hours=2))
    assert marking.sweep_states(now - timedelta(hours=1), at=now) == 0

    AgentStateSpan.objects.filter(pk=late.pk).update(ended_at=None)

    assert marking.sweep_states(now - timedelta(hours=1), at=now) == 1
    assert FactDay.objects.filter(family="time", on_date=marking.site_day(now)).exists()


def test_today_counts_agents_by_their_latest_state(team, agent):
    colleague = UserFactory(roles=["agent"])
    span(agent, TEN, None, "available")
    span(agent, TEN + timedelta(hours=1), None, "break", source="other")
    span(colleague, TEN, None, "handling")
    piece, at = Slice(Period(TEN.date(), TEN.date())), TEN + timedelta(hours=2)

    assert agents_now(piece, at) == [("Handling", 1), ("Break", 1)]
    own = Slice(piece.period, teams=frozenset({team.pk}))
    assert agents_now(own, at) == [("Break", 1)]


def test_single_people_are_told_of_own_teams_alone(db):
    center = Center()
    rollups.rebuild(center.days, at=MONDAY)
    period = Period(center.days[0], center.days[-1])
    team = center.teams[0].pk
    piece = Slice(period, frozenset({queue.pk for queue in center.queues}), teams={team})

    by_agent = figures.measure(parse("aht1"), Reader(piece), ("agent",))

    own = {agent.pk for agent in center.agents[::2]}
    assert {key[0] for key in by_agent} == own
    assert set(figures.measure(parse("tr1"), Reader(piece), ("team",))) == {(team,)}
