"""Who a source means by an agent's name, and the team that agent was in, both at an instant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from accounts.models import AgentKey, MembershipKind, Team, TeamMembership, User, role_group
from crm.importing.tally import Made
from crm.readers.base import InteractionRecord

# Keys and memberships of people whom an import makes reach back before any data.
SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """`id` holds in [starts_at, ends_at), for ever while ends_at is None."""

    starts_at: datetime
    ends_at: datetime | None
    id: int

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


def at_instant(spans: Iterable[Span], at: datetime) -> int | None:
    return next((span.id for span in spans if span.holds(at)), None)


class AgentDirectory:
    """Agent keys and team memberships, read once for each new name; two queries a chunk at most."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], list[Span]] = {}
        self.teams: dict[int, list[Span]] = {}

    def load(self, named: Iterable[tuple[str, str]]) -> None:
        """Get to know the (source, key) pairs that are not known yet."""
        new = {pair for pair in named if pair not in self.keys}
        for source in {source for source, _ in new}:
            wanted = [key for of, key in new if of == source]
            rows = AgentKey.objects.filter(source=source, key__in=wanted).order_by("starts_at")
            for row in rows.values_list("key", "starts_at", "ends_at", "user_id"):
                self.keys.setdefault((source, row[0]), []).append(Span(*row[1:]))
        for pair in new:
            self.keys.setdefault(pair, [])
        self._load_teams({span.id for pair in new for span in self.keys[pair]})

    def _load_teams(self, users: set[int]) -> None:
        new = users - self.teams.keys()
        if not new:
            return
        self.teams.update((user, []) for user in new)
        rows = TeamMembership.objects.filter(user_id__in=new, kind=MembershipKind.AGENT)
        for user, starts_at, ends_at, team in rows.values_list(
            "user_id", "starts_at", "ends_at", "team_id"
        ):
            self.teams[user].append(Span(starts_at, ends_at, team))

    def agent(self, source: str, key: str, at: datetime) -> int | None:
        return at_instant(self.keys[source, key], at)

    def team(self, agent: int | None, at: datetime) -> int | None:
        return None if agent is None else at_instant(self.teams[agent], at)

    def create_missing(self, named: dict[tuple[str, str], str], team: str) -> set[Made]:
        """Make a person for each unknown pair, with the name given for it.

        People made here cannot sign in until somebody invites them at a real address.
        """
        missing = [pair for pair in named if not self.keys[pair]]
        if not missing:
            return set()
        home = Team.objects.get_or_create(name=team)[0] if team else None
        for source, key in missing:
            user = _new_agent(source, key, named[source, key] or key)
            AgentKey.objects.create(source=source, key=key, user=user, starts_at=SINCE_EVER)
            self.keys[source, key] = [Span(SINCE_EVER, None, user.pk)]
            self.teams[user.pk] = []
            if home:
                TeamMembership.objects.create(
                    user=user, team=home, kind=MembershipKind.AGENT, starts_at=SINCE_EVER
                )
                self.teams[user.pk] = [Span(SINCE_EVER, None, home.pk)]
        return {("agents", *pair) for pair in missing}


def _new_agent(source: str, key: str, name: str) -> User:
    words = re.sub(r"[^a-z0-9]+", "-", f"{key} {source}".lower()).strip("-")[:40]
    digest = sha256(f"{source}\0{key}".encode()).hexdigest()[:8]
    user = User.objects.create_user(email=f"{words}-{digest}@agents.invalid", full_name=name[:150])
    user.groups.add(role_group("agent"))
    return user


def agents_named(records: Iterable[InteractionRecord]) -> dict[tuple[str, str], str]:
    """The (source, key) of every agent in the records, with the best name there is for it."""
    named: dict[tuple[str, str], str] = {}
    for record in records:
        for leg in record.legs:
            if leg.agent:
                pair = record.source, leg.agent
                named[pair] = named.get(pair) or leg.agent_name
    return named
