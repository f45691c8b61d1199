"""What an agent's own results say: beside the team's, over time, by criterion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import TeamMembership, User
from lib import charts
from quality import analytics, averages
from quality.analytics import CriterionSums
from quality.averages import Average, Sums
from quality.models import Dispute, Evaluation
from quality.models.evaluations import EvaluationQuerySet, Purpose
from quality.slices import Slice
from quality.team_study import texts_of, trend_of

LEAST_OTHERS = 3
SHOWN_CRITERIA = 3
TREND_DAYS = 183


@dataclass(frozen=True)
class CriterionMean:
    """Points reached of points possible, as a percentage over n answers."""

    text: str
    n: int
    percent: float


@dataclass(frozen=True)
class OwnStudy:
    """`team_average` is None where too few others would hide behind it."""

    average: Average
    team_average: Average | None
    trend: charts.Chart
    best: list[CriterionMean]
    weakest: list[CriterionMean]
    open_disputes: int


def own_study(user: User, today: date, at: datetime) -> OwnStudy:
    """Of released, counting results; eight queries, however many there are."""
    released = Evaluation.objects.filter(purpose=Purpose.STANDARD).released()
    mine = released.filter(pk__in=Evaluation.objects.visible_to(user).values("pk"), agent=user)
    counting = mine.counting()
    cells = analytics.by_criterion(counting)
    best, weakest = best_and_weakest(cells, texts_of(cells))
    piece = Slice(today - timedelta(days=TREND_DAYS), today, {"grain": "month"})
    return OwnStudy(
        average=averages.average_of(counting),
        team_average=team_average(user, released.counting(), at),
        trend=trend_of(piece.narrow(mine), piece),
        best=best,
        weakest=weakest,
        open_disputes=Dispute.objects.undecided().filter(evaluation__in=mine).count(),
    )


def team_average(user: User, rows: EvaluationQuerySet, at: datetime) -> Average | None:
    """The whole team of today, the agent included; None below three others. One query."""
    teams = TeamMembership.objects.in_force(at).agents().filter(user=user).values("team_id")
    agents = analytics.by_agent(rows.filter(team_id__in=teams))
    others = sum(agent.agent_id != user.pk for agent in agents)
    if others < LEAST_OTHERS:
        return None
    return averages.average_from(sum((agent.sums for agent in agents), Sums()))


def best_and_weakest(
    cells: Iterable[CriterionSums], texts: Mapping[tuple[int, str], str]
) -> tuple[list[CriterionMean], list[CriterionMean]]:
    """Up to three each among those with five answers or more; none is in both."""
    means = [
        CriterionMean(texts[cell.name], cell.measured, 100 * cell.ratio_total / cell.measured)
        for cell in cells
        if cell.measured >= averages.LEAST_N
    ]
    means.sort(key=lambda mean: (-mean.percent, mean.text))
    best = means[: min(SHOWN_CRITERIA, (len(means) + 1) // 2)]
    left = means[len(best) :]
    return best, left[::-1][:SHOWN_CRITERIA]
