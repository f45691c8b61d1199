"""The quality dashboard: teams side by side, criteria, families and spread, by quality's rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q

from lib import charts
from quality import averages
from quality.accuracy_study import AccuracyStudy, accuracy_of
from quality.averages import LEAST_N, Average, Rate, Sums
from quality.models import Dispute
from quality.models.evaluations import EvaluationQuerySet, Selection
from quality.slices import Slice
from quality.team_study import TeamStudy, study_of

EDGES = tuple(range(0, 101, 10))


@dataclass(frozen=True)
class TeamLine:
    """The mean score of a team, with its evidence."""

    team: int
    name: str
    average: Average


@dataclass(frozen=True)
class QualityBoard:
    study: TeamStudy
    accuracy: AccuracyStudy
    teams: list[TeamLine]
    scorecards: list[TeamLine]
    by_team: charts.Chart | None
    spread: charts.Chart
    disputed: Rate
    drawn: int
    chosen: int

    @property
    def is_empty(self) -> bool:
        return self.study.is_empty


def board_of(rows: EvaluationQuerySet, piece: Slice) -> QualityBoard:
    """Fifteen queries, however many evaluations there are."""
    narrowed = piece.narrow(rows)
    teams, scorecards, spread = sums_of(narrowed)
    lines = lines_of(teams)
    found = narrowed.count()
    disputed = Dispute.objects.filter(evaluation__in=narrowed).values("evaluation").distinct()
    everyone = rows.scored().filter(purpose="standard", **piece._moments())
    counts = everyone.order_by().aggregate(
        drawn=Count("pk", filter=Q(selection=Selection.RANDOM)), all=Count("pk")
    )
    return QualityBoard(
        study=study_of(rows, piece),
        accuracy=accuracy_of(rows, piece),
        teams=lines,
        scorecards=lines_of(scorecards),
        by_team=team_chart(lines),
        spread=spread_chart(spread),
        disputed=averages.rate(disputed.count(), found),
        drawn=counts["drawn"],
        chosen=counts["all"] - counts["drawn"],
    )


Named = dict[tuple[int, str], Sums]


def sums_of(rows: EvaluationQuerySet) -> tuple[Named, Named, list[int]]:
    """Scores added up by team and by scorecard, and how many lie in each ten points; one query."""
    teams: Named = defaultdict(Sums)
    scorecards: Named = defaultdict(Sums)
    spread = [0] * (len(EDGES) - 1)
    found = rows.values_list(
        *("team_id", "team__name", "scorecard_id", "scorecard__name"),
        "current_revision__score_percent",
    )
    for team, team_name, scorecard, scorecard_name, score in found.iterator(chunk_size=2000):
        value = float(score)
        one = Sums(1, value, value * value)
        teams[team or 0, team_name or "No team"] += one
        scorecards[scorecard, scorecard_name] += one
        spread[min(max(int(value // 10), 0), len(spread) - 1)] += 1
    return teams, scorecards, spread


def lines_of(sums: Named) -> list[TeamLine]:
    """By name: the order says nothing about anybody."""
    return [
        TeamLine(pk, name, averages.average_from(sums[pk, name]))
        for pk, name in sorted(sums, key=lambda pair: pair[1])
    ]


def team_chart(lines: list[TeamLine]) -> charts.Chart | None:
    shown = [line for line in lines if line.average.is_shown]
    if not shown:
        return None
    return charts.interval_dots(
        [line.name for line in shown],
        [float(line.average.mean or 0) for line in shown],
        [line.average.low for line in shown],
        [line.average.high for line in shown],
        [line.average.n for line in shown],
        title="Mean score by team",
        label_header="Team",
        note="95 % intervals. Teams whose intervals overlap are not clearly apart.",
        min_n=LEAST_N,
    )


def spread_chart(counts: list[int]) -> charts.Chart:
    return charts.histogram(
        EDGES,
        counts,
        title="Spread of scores",
        label_header="Score",
        value_header="Evaluations",
        show=charts.percent,
    )
