"""What a remediation rule would have done in a period, and how much of it is luck."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Team, TeamMembership, User
from lib import charts
from lib.statistics import wilson
from training.judgements import Asked, groups_for
from training.remediation import chance_of_firing, chance_of_k_of_n

COACHING_MINUTES = 30
FEW_ANSWERS = 50


@dataclass(frozen=True)
class Fired:
    """One firing of the period."""

    agent: User
    criterion_key: str
    at: datetime
    evidence: tuple[int | str, ...]


@dataclass
class Replay:
    """A rule over a period. `sizes` is how many judgements each agent had in it."""

    asked: Asked
    minutes_each: int
    fired: list[Fired] = field(default_factory=list)
    sizes: dict[tuple[int, str], int] = field(default_factory=dict)
    failed: int = 0
    judged: int = 0
    typed_rate: float | None = None

    @property
    def agents(self) -> int:
        return len({one.agent.pk for one in self.fired})

    @property
    def hours(self) -> float:
        return len(self.fired) * self.minutes_each / 60

    @property
    def rate(self) -> float | None:
        """The base failure rate, typed or as found; None without judgements."""
        if self.typed_rate is not None:
            return self.typed_rate
        return self.failed / self.judged if self.judged else None

    @property
    def rate_percent(self) -> float | None:
        return None if self.rate is None else 100 * self.rate

    @property
    def interval_percent(self) -> tuple[float, float] | None:
        """Where the rate may lie, shown when it rests on few answers."""
        if self.judged >= FEW_ANSWERS or self.typed_rate is not None:
            return None
        found = wilson(self.failed, self.judged)
        return None if found is None else (100 * found[0], 100 * found[1])

    @property
    def k_n(self) -> tuple[int, int]:
        return (1, 1) if self.asked.kind == "critical_fail" else (self.asked.k, self.asked.n)

    @property
    def chance_of_window(self) -> float | None:
        """Chance that one full run fires although nothing is wrong."""
        return None if self.rate is None else chance_of_k_of_n(*self.k_n, self.rate)

    @property
    def chance_of_agent(self) -> float | None:
        """Chance that an agent with an average number of judgements fires by luck."""
        if self.rate is None or not self.sizes:
            return None
        m = round(sum(self.sizes.values()) / len(self.sizes))
        return chance_of_firing(m, *self.k_n, self.rate).value

    @property
    def expected_by_luck(self) -> float:
        """Agents of whom luck alone would make the rule fire."""
        if self.rate is None:
            return 0.0
        k, n = self.k_n
        return sum(chance_of_firing(m, k, n, self.rate).value for m in self.sizes.values())


def replay(
    asked: Asked,
    from_at: datetime,
    until_at: datetime,
    *,
    minutes_each: int,
    typed_rate: float | None = None,
) -> Replay:
    """Run the rule over everything released before `until_at`; what fired in the period counts.

    Streams the answers; two queries more for names. Changes nothing.
    """
    found = Replay(asked, minutes_each, typed_rate=typed_rate)
    raw: list[tuple[int, str, datetime, tuple[int | str, ...]]] = []
    for agent_id, key, outcomes in groups_for(asked, before=until_at):
        inside = [one for one in outcomes if one.at >= from_at]
        if not inside:
            continue
        found.sizes[agent_id, key] = len(inside)
        found.judged += len(inside)
        found.failed += sum(one.is_failed for one in inside)
        raw += [
            (agent_id, key, one.at, one.evidence)
            for one in asked.fired(outcomes)
            if one.at >= from_at
        ]
    people = User.objects.in_bulk([agent_id for agent_id, *_ in raw])
    found.fired = [
        Fired(people[agent_id], key, at, evidence)
        for agent_id, key, at, evidence in sorted(raw, key=lambda one: one[2])
    ]
    return found


def by_team(run: Replay, at: datetime) -> charts.Chart | None:
    """Flagged agents of each team beside those that luck alone would flag. Two queries."""
    members = TeamMembership.objects.in_force(at).agents().values_list("user_id", "team_id")
    team_of = dict(members)
    names = dict(Team.objects.values_list("pk", "name"))
    flagged = Counter(team_of.get(pk) for pk in {one.agent.pk for one in run.fired})
    luck: dict[int, float] = {}
    k, n = run.k_n
    for (agent_id, _key), m in run.sizes.items():
        team_id = team_of.get(agent_id)
        if run.rate is not None and team_id is not None:
            chance = chance_of_firing(m, k, n, run.rate).value
            luck[team_id] = luck.get(team_id, 0.0) + chance
    teams = sorted(luck, key=lambda pk: names[pk])
    if not teams:
        return None
    return charts.bars(
        [names[pk] for pk in teams],
        [float(flagged[pk]) for pk in teams],
        reference=[luck[pk] for pk in teams],
        reference_name="By luck alone",
        title="Flagged agents, and as many as luck alone would flag",
        label_header="Team",
        value_header="Flagged",
        show=charts.number,
        lying=True,
    )
