"""The day of an agent: stretches cut at midnight of the site, sums, and who may see them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from crm import agent_day
from tests.crm.pages import queries, sign_in
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import AgentStateSpanFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 5, 4)


@pytest.fixture
def midnight():
    return agent_day.bounds(ON)[0]


def test_stretches_are_cut_to_the_day_and_an_open_one_reaches_to_now(midnight):
    agent = UserFactory()
    hour = timedelta(hours=1)
    for state, begin, end in (("offline", -2, 8), ("available", 8, 12), ("break", 12, None)):
        AgentStateSpanFactory(
            agent=agent,
            state=state,
            started_at=midnight + begin * hour,
            ended_at=end and midnight + end * hour,
        )

    found = agent_day.stretches(agent_day.spans_of(agent.pk, ON), ON, midnight + 13 * hour)

    assert [(each.state, each.seconds) for each in found] == [
        ("offline", 8 * 3600),
        ("available", 4 * 3600),
        ("break", 3600),
    ]
    assert found[0].start == 0
    assert found[1].start == pytest.approx(8 / 24)
    assert agent_day.totals(found)[0] == ("Offline", 8 * 3600)


def test_a_supervisor_sees_the_days_of_the_team_and_an_agent_ones_own(client):
    boss = sign_in(client, "supervisor")
    team = TeamFactory()
    TeamMembershipFactory(user=boss, team=team, kind="supervisor")
    agent = TeamMembershipFactory(team=team).user
    AgentStateSpanFactory(agent=agent, started_at=datetime(2026, 5, 4, 9, tzinfo=UTC))
    address = reverse("crm:agent_states", args=[agent.pk])

    shown = client.get(address).content.decode()
    before = client.get(f"{address}?on=2026-05-03").content.decode()

    assert "Available" in shown
    assert "No state is known of this day." in before
    assert client.get(f"{address}?on=yesterday").status_code == 200
    sign_in(client, "agent")
    assert client.get(address).status_code == 404


def test_the_day_takes_as_many_queries_for_many_stretches(client):
    sign_in(client, "admin")
    agent = UserFactory()
    address = reverse("crm:agent_states", args=[agent.pk]) + "?on=2026-05-04"
    few = queries(client, address)
    for hour in range(20):
        AgentStateSpanFactory(agent=agent, started_at=datetime(2026, 5, 4, hour, tzinfo=UTC))

    assert queries(client, address) == few
