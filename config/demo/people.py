"""The people, teams and queues of the demo center."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import AgentKey, Team, TeamMembership, User, role_group
from config.demo.center import (
    AGENTS_PER_TEAM,
    DOMAIN,
    PASSWORD,
    QUEUES,
    SOURCE,
    TEAMS,
    ZONE,
)
from config.demo.names import full_name
from routing.models import Queue

# The numbers of the people who are not agents begin where the agents' end.
FIRST_LEADER = AGENTS_PER_TEAM * len(TEAMS)


@dataclass
class DemoPeople:
    """Everyone of the demo center, by what they do there."""

    teams: dict[str, Team] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    agents: dict[str, list[User]] = field(default_factory=dict)
    supervisors: dict[str, User] = field(default_factory=dict)
    evaluators: list[User] = field(default_factory=list)
    trainers: list[User] = field(default_factory=list)
    admin: User | None = None

    def everyone(self) -> list[User]:
        agents = [agent for team in self.agents.values() for agent in team]
        admins = [self.admin] if self.admin else []
        return [*agents, *self.supervisors.values(), *self.evaluators, *self.trainers, *admins]


class PeopleMaker:
    """Makes people one after the other, so that the same number is always the same person."""

    def __init__(self, joined_at: datetime) -> None:
        self.joined_at = joined_at
        self.password = make_password(PASSWORD)  # One slow hash serves the whole demo.

    def person(self, number: int, role: str, login: str) -> User:
        user = User.objects.create(
            email=f"{login}@{DOMAIN}",
            full_name=full_name(number),
            password=self.password,
            time_zone=ZONE,
            hired_on=self.joined_at.date(),
        )
        user.groups.add(role_group(role))
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def join(self, user: User, team: Team, kind: str) -> None:
        TeamMembership.objects.create(
            user=user, team=team, kind=kind, starts_at=self.joined_at, ends_at=None
        )

    def key(self, user: User, number: int) -> None:
        AgentKey.objects.create(
            source=SOURCE, key=f"agent-{number + 1:02d}", user=user, starts_at=self.joined_at
        )


def make_people(joined_at: datetime) -> DemoPeople:
    """Create teams, queues, 40 agents and those who lead, evaluate and train them."""
    people, maker = DemoPeople(), PeopleMaker(joined_at)
    for name in TEAMS:
        people.teams[name] = Team.objects.create(name=name)
    _make_agents(people, maker)
    _make_leaders(people, maker)
    for queue in QUEUES:
        team = people.teams[queue.teams[0]] if len(queue.teams) == 1 else None
        people.queues[queue.name] = Queue.objects.create(name=queue.name, team=team)
    return people


def _make_agents(people: DemoPeople, maker: PeopleMaker) -> None:
    number = 0
    for name in TEAMS:
        people.agents[name] = []
        for _seat in range(AGENTS_PER_TEAM):
            login = "agent" if number == 0 else f"agent{number + 1:02d}"
            agent = maker.person(number, "agent", login)
            maker.join(agent, people.teams[name], "agent")
            maker.key(agent, number)
            people.agents[name].append(agent)
            number += 1


def _make_leaders(people: DemoPeople, maker: PeopleMaker) -> None:
    number = FIRST_LEADER
    for index, name in enumerate(TEAMS):
        login = "supervisor" if index == 0 else f"supervisor{index + 1}"
        leader = maker.person(number + index, "supervisor", login)
        maker.join(leader, people.teams[name], "supervisor")
        people.supervisors[name] = leader
    number += len(TEAMS)
    for role, count, found in (
        ("evaluator", 3, people.evaluators),
        ("trainer", 2, people.trainers),
    ):
        for index in range(count):
            login = role if index == 0 else f"{role}{index + 1}"
            person = maker.person(number, role, login)
            number += 1
            for team in people.teams.values():
                maker.join(person, team, role)
            found.append(person)
    people.admin = maker.person(number, "admin", "admin")
