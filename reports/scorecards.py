"""How one person did, beside the team, with the evidence; for one page or a batch at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import TeamMembership, User
from lib import charts
from lib.speaking import spoken
from lib.statistics import t_interval
from quality import analytics
from quality.averages import LEAST_N, Sums
from quality.models import Dispute, Evaluation
from quality.models.evaluations import EvaluationQuerySet
from reports import figures, kpis, periods
from reports.definitions import Definition
from reports.evidence import moments
from reports.kpis import NOTHING, Measured
from reports.numbers import Number, with_definition
from reports.periods import Period
from reports.registry import Registry
from reports.slices import Slice
from reports.sums import Reader

WORK = ("aht", "tr", "fcr", "oc")
MONTHS = 6
MOST_CRITERIA = 3
LEAST_ANSWERS = 5


@dataclass(frozen=True)
class Figure:
    """One value of the person, the team's beside it, and the person's own months."""

    number: Number
    team: Measured
    trend: charts.Chart

    @property
    def team_shown(self) -> str:
        return kpis.show(self.team.value, self.number.definition.unit)

    @property
    def missing(self) -> str:
        """How many are missing for a figure; empty if there are enough."""
        n, least = self.number.measured.n, self.number.min_n
        told = _("{n} so far, figures from {least}")
        return told.format(n=n, least=least) if n < least else ""


@dataclass(frozen=True)
class CriterionLine:
    """How often a criterion applied and how often it failed by the person's fault."""

    text: str
    applicable: int
    failed: int

    @property
    def rate(self) -> Measured:
        return kpis.share_of(self.applicable - self.failed, self.applicable)

    @property
    def shown(self) -> str:
        return kpis.show(self.rate.value, "percent")

    @property
    def interval(self) -> str:
        found = self.rate
        if not found.has_interval:
            return ""
        return _("{low} to {high} %").format(low=f"{found.low:.1f}", high=f"{found.high:.1f}")


@dataclass(frozen=True)
class Scorecard:
    agent: User
    team: str
    work: list[Figure]
    quality: list[Figure]
    strongest: list[CriterionLine]
    weakest: list[CriterionLine]
    open_disputes: int


class Scorecards:
    """The scorecards of several people in one period; the queries do not grow with them."""

    def __init__(
        self, period: Period, agents: Sequence[User], *, only_released: bool, query: str = ""
    ) -> None:
        self.period, self.agents, self.query = period, agents, query
        self.only_released = only_released
        self.registry = Registry(period.end)
        self.months = periods.months_back(period.end, MONTHS)
        self.teams = teams_now(agents)
        long = Period(min(self.months[0], period.start), period.end)
        self.now, self.long = Reader(Slice(period)), Reader(Slice(long))
        self._work = {key: self._read(self.registry.default(key)) for key in WORK}
        self._scores = self._read_quality(long)
        self._criteria = self._read_criteria()

    def of(self, agent: User) -> Scorecard:
        team = self.teams.get(agent.pk)
        lines = self._criteria.get(agent.pk, [])
        ranked = sorted(lines, key=lambda line: (line.rate.low or 0, line.text))
        return Scorecard(
            agent=agent,
            team=team[1] if team else "",
            work=[self._work_figure(agent, key) for key in WORK],
            quality=[self._quality_figure(agent)],
            strongest=ranked[::-1][:MOST_CRITERIA],
            weakest=ranked[:MOST_CRITERIA] if len(ranked) > MOST_CRITERIA else [],
            open_disputes=self._disputes[agent.pk],
        )

    # --- Work -----------------------------------------------------------------------------------

    def _read(self, definition: Definition) -> dict[str, dict[tuple[object, ...], Measured]]:
        return {
            "agent": figures.measure(definition, self.now, ("agent",)),
            "team": figures.measure(definition, self.now, ("team",)),
            "months": figures.measure(definition, self.long, ("agent", "month")),
        }

    def _work_figure(self, agent: User, key: str) -> Figure:
        definition, found = self.registry.default(key), self._work[key]
        team = self.teams.get(agent.pk)
        return Figure(
            self._number(definition, found["agent"].get((agent.pk,), NOTHING), agent),
            found["team"].get((team[0],), NOTHING) if team else NOTHING,
            self._trend(definition, [found["months"].get((agent.pk, on)) for on in self.months]),
        )

    def _number(self, definition: Definition, measured: Measured, agent: User) -> Number:
        days = f"period=days&begin={self.period.start}&end={self.period.end}&agent={agent.pk}"
        return Number(
            definition,
            measured,
            self.registry.min_n(definition),
            self.registry.goal(definition, self._slice(agent)),
            query=with_definition(days, definition),
        )

    def _slice(self, agent: User) -> Slice:
        team = self.teams.get(agent.pk)
        return Slice(self.period, team=team[0] if team else None, agent=agent.pk)

    def _trend(self, definition: Definition, values: Sequence[Measured | None]) -> charts.Chart:
        return charts.sparkline(
            [periods.step_label(on, "month") for on in self.months],
            [one.value if one else None for one in values],
            title=_("{title} by month").format(title=spoken(definition.kind.title)),
            show=Number(definition, NOTHING, 0).show,
            label_header=_("Month"),
        )

    # --- Quality --------------------------------------------------------------------------------

    def evaluations(self, period: Period) -> EvaluationQuerySet:
        rows = Evaluation.objects.filter(agent__in=self.agents, **handled_in(period)).counting()
        return rows.released() if self.only_released else rows

    def _read_quality(self, long: Period) -> dict[tuple[int, date], Sums]:
        """Sums of scores by person and month; one query."""
        found: dict[tuple[int, date], Sums] = defaultdict(Sums)
        rows = self.evaluations(long).values_list(
            "agent_id", "handled_at", "current_revision__score_percent"
        )
        for agent, handled_at, score in rows:
            on = timezone.localdate(handled_at)
            value = float(score)
            found[agent, on.replace(day=1)] += Sums(1, value, value * value)
        return found

    def _quality_figure(self, agent: User) -> Figure:
        definition = self.registry.default("qa")
        own = self._own_sums.get(agent.pk, Sums())
        team = self.teams.get(agent.pk)
        months = [score_of(self._scores.get((agent.pk, on), Sums())) for on in self.months]
        return Figure(
            self._number(definition, score_of(own), agent),
            score_of(self._team_sums.get(team[0], Sums())) if team else NOTHING,
            self._trend(definition, months),
        )

    @cached_property
    def _own_sums(self) -> dict[int, Sums]:
        found = analytics.by_agent(self.evaluations(self.period))
        return {row.agent_id: row.sums for row in found}

    @cached_property
    def _team_sums(self) -> dict[int, Sums]:
        """Sums of everybody's counting scores by the stamped team; one query."""
        teams = {team for team, _name in self.teams.values()}
        rows = Evaluation.objects.filter(team__in=teams, **handled_in(self.period)).counting()
        found: dict[int, Sums] = defaultdict(Sums)
        for team, score in rows.values_list("team_id", "current_revision__score_percent"):
            value = float(score)
            found[team] += Sums(1, value, value * value)
        return found

    def _read_criteria(self) -> dict[int, list[CriterionLine]]:
        cells = analytics.by_criterion(self.evaluations(self.period))
        texts = analytics.criterion_texts(cell.criterion_id for cell in cells)
        found: dict[int, list[CriterionLine]] = defaultdict(list)
        for cell in cells:
            if cell.applicable >= LEAST_ANSWERS:
                line = CriterionLine(texts[cell.criterion_id], cell.applicable, cell.failed)
                found[cell.agent_id].append(line)
        return found

    @cached_property
    def _disputes(self) -> Counter[int]:
        rows = Dispute.objects.undecided().filter(evaluation__agent__in=self.agents)
        return Counter(rows.values_list("evaluation__agent_id", flat=True))


def score_of(sums: Sums) -> Measured:
    """The mean score by quality's rules: n of at least 5, cut to the scale."""
    if not sums.n:
        return NOTHING
    mean = sums.total / sums.n
    if sums.n < LEAST_N:
        return Measured(mean, sums.total, sums.n, sums.n)
    interval = t_interval(mean, sums.deviation, sums.n)
    assert interval is not None
    low, high = max(0.0, interval[0]), min(sums.cap, interval[1])
    return Measured(mean, sums.total, sums.n, sums.n, low, high)


def handled_in(period: Period) -> dict[str, object]:
    start, end = moments(Slice(period))
    return {"handled_at__gte": start, "handled_at__lt": end}


def teams_now(agents: Sequence[User]) -> dict[int, tuple[int, str]]:
    """(id, name) of the team that each is an agent of now; one query."""
    held = TeamMembership.objects.agents().in_force(timezone.now()).filter(user__in=agents)
    rows = held.values_list("user_id", "team_id", "team__name")
    return {user: (team, name) for user, team, name in rows}
