"""What else is told of one person in a period: customers' answers, learning and recognition.

A side counts what its own app stores; it is read for one person at a time, by a page. The team is
told from five agents on: with fewer, its mean would give a colleague's value away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import TeamMembership, User
from feedback import indices
from feedback.models import BadgeAward, KudosRecipient, Response
from feedback.models.kudos import KudosState
from feedback.models.surveys import Anonymity
from lib import charts
from lib.slots import local_day
from quality.averages import average
from reports import kpis, periods
from reports.kpis import NOTHING, Measured
from reports.periods import Period
from training.compliance import own_standing
from training.models import ActionItem, Assignment, Attempt, Enrollment
from training.validity import MET_STATES

MONTHS = 6
LEAST_N = 5
BY_PERSON = "person"
Weighed = tuple[date, bool, float]  # Day, satisfied, the person's part in it.


@dataclass(frozen=True)
class SideFigure:
    """A share or a mean of the person, the team's beside it, and the person's own months."""

    label: str
    unit: str
    own: Measured
    team: Measured
    trend: charts.Chart | None = None
    url: str = ""
    is_sample: bool = True

    @property
    def shown(self) -> str:
        return kpis.show(self.own.value, self.unit)

    @property
    def team_shown(self) -> str:
        return kpis.show(self.team.value, self.unit)

    @property
    def interval(self) -> str:
        if not self.own.has_interval:
            return ""
        low, high = f"{self.own.low:.1f}", f"{self.own.high:.1f}"
        return _("{low} to {high} %").format(low=low, high=high)

    @property
    def missing(self) -> str:
        if not self.is_sample or self.own.n >= LEAST_N:
            return ""
        return _("{n} so far, figures from {least}").format(n=self.own.n, least=LEAST_N)


@dataclass(frozen=True)
class SideCount:
    """How many; `team` is the mean of the team's agents, None where it tells nothing."""

    label: str
    value: int
    team: float | None = None
    trend: charts.Chart | None = None
    tone: str = ""


@dataclass(frozen=True)
class Sides:
    customer: list[SideFigure]
    learning: list[SideFigure | SideCount]
    recognition: list[SideCount]
    badges: list[BadgeAward]


class SideReader:
    """The sides of `agent` in `period`; a constant number of queries."""

    def __init__(self, agent: User, period: Period, *, is_own: bool) -> None:
        self.agent, self.period, self.is_own = agent, period, is_own
        self.months = periods.months_back(period.end, MONTHS)
        self.long = Period(min(self.months[0], period.start), period.end)
        self.team_id, self.colleagues = _team_of(agent)

    def read(self) -> Sides:
        return Sides(
            customer=[self._voice()],
            learning=self._learning(),
            recognition=self._recognition(),
            badges=list(
                BadgeAward.objects.standing()
                .filter(agent=self.agent, awarded_at__lte=self._moments(self.period)[1])
                .select_related("badge")[:6]
            ),
        )

    # --- Customers --------------------------------------------------------------------------------

    def _voice(self) -> SideFigure:
        """Satisfied answers whose driver was the person, of surveys that promise no secrecy."""
        rows = self._answers(Q(invitation__credits__agent=self.agent))
        by_month: dict[date, list[Weighed]] = defaultdict(list)
        for row in rows:
            by_month[row[0].replace(day=1)].append(row)
        months = [_satisfied(by_month.get(on, ())) for on in self.months]
        team = self._answers(Q(team=self.team_id), since=self.period) if self.team_id else []
        return SideFigure(
            _("Satisfied customers, because of the person"),
            "percent",
            _satisfied(row for row in rows if self.period.start <= row[0]),
            _satisfied(team),
            self._trend(
                _("Satisfied customers by month"), [one.value for one in months], "percent"
            ),
            url=reverse("feedback:my_feedback") if self.is_own else "",
        )

    def _answers(self, of: Q, since: Period | None = None) -> list[Weighed]:
        period = since or self.long
        by_nobody = Q(driver_by_staff__isnull=True) | Q(driver_by_staff="")
        rows = Response.objects.counting().filter(
            of,
            Q(driver_by_staff=BY_PERSON) | (by_nobody & Q(driver_by_customer=BY_PERSON)),
            survey__anonymity=Anonymity.IDENTIFIED,
            is_satisfied__isnull=False,
            submitted_on__range=(period.start, period.end),
        )
        columns = ("submitted_on", "is_satisfied", "invitation__credits__weight")
        return [(on, bool(good), float(part or 1)) for on, good, part in rows.values_list(*columns)]

    # --- Learning ---------------------------------------------------------------------------------

    def _learning(self) -> list[SideFigure | SideCount]:
        return [self._courses(), self._overdue(), self._required(), self._quizzes(), self._agreed()]

    def _courses(self) -> SideCount:
        done = Enrollment.objects.filter(completed_at__range=self._moments(self.long))
        return self._counted(_("Courses completed"), done, "person", "completed_at")

    def _overdue(self) -> SideCount:
        late = Assignment.objects.unfinished().filter(due_on__lt=timezone.localdate())
        count = late.filter(person=self.agent).count()
        return SideCount(_("Courses overdue now"), count, tone="bad" if count else "")

    def _required(self) -> SideFigure:
        """What is asked of the person today, and how much of it is met."""
        asked = own_standing(self.agent, timezone.localdate())
        met = sum(cell.state in MET_STATES for _one, cell, _round in asked)
        return SideFigure(
            _("Requirements met now"),
            "percent",
            kpis.share_of(met, len(asked)),
            NOTHING,
            is_sample=False,
        )

    def _quizzes(self) -> SideFigure:
        """The mean percent of counted attempts that were graded."""
        rows = Attempt.objects.filter(
            submitted_at__range=self._moments(self.long), percent__isnull=False, is_counted=True
        )
        own = _by_month(rows.filter(enrollment__person=self.agent), "submitted_at", "percent")
        months = [_mean([value for _on, value in own[on]]) for on in self.months]
        inside = [v for pairs in own.values() for on, v in pairs if on >= self.period.start]
        team = rows.filter(
            enrollment__person__in=self.colleagues,
            submitted_at__range=self._moments(self.period),
        )
        return SideFigure(
            _("Quiz results"),
            "percent",
            _mean(inside),
            _mean([float(one or 0) for one in team.values_list("percent", flat=True)]),
            self._trend(_("Quiz results by month"), [one.value for one in months], "percent"),
        )

    def _agreed(self) -> SideCount:
        items = ActionItem.objects.running().filter(agent=self.agent, closed_at__isnull=True)
        if self.is_own:
            items = items.shown_to_agent()
        return SideCount(_("Open action items"), items.count())

    # --- Recognition ------------------------------------------------------------------------------

    def _recognition(self) -> list[SideCount]:
        received = KudosRecipient.objects.filter(
            kudos__state=KudosState.POSTED, kudos__posted_at__range=self._moments(self.long)
        )
        count = self._counted(_("Thanks received"), received, "agent", "kudos__posted_at")
        customers = received.filter(
            agent=self.agent,
            kudos__giver__isnull=True,
            kudos__posted_at__range=self._moments(self.period),
        )
        return [count, SideCount(_("Of these from customers"), customers.count())]

    # --- Together ---------------------------------------------------------------------------------

    def _counted(self, label: str, rows: QuerySet[Any], person: str, at: str) -> SideCount:
        """How often within the period, the mean of the team's agents, and the own months."""
        own = _by_month(rows.filter(**{person: self.agent}), at, at)
        inside = sum(on >= self.period.start for pairs in own.values() for on, _held in pairs)
        team = None
        if self.colleagues:
            span = {f"{at}__range": self._moments(self.period), f"{person}__in": self.colleagues}
            team = rows.filter(**span).count() / len(self.colleagues)
        trend = self._trend(
            _("{title} by month").format(title=label), [len(own[on]) for on in self.months], "count"
        )
        return SideCount(label, inside, team=team, trend=trend)

    def _moments(self, period: Period) -> tuple[datetime, datetime]:
        start, end = (local_day(on, settings.TIME_ZONE) for on in (period.start, period.end))
        return start[0], end[1] - timedelta(microseconds=1)

    def _trend(self, title: str, values: Sequence[float | None], unit: str) -> charts.Chart:
        return charts.sparkline(
            [periods.step_label(on, "month") for on in self.months],
            values,
            title=title,
            show=lambda value: kpis.show(value, unit),
            label_header=_("Month"),
        )


def _team_of(agent: User) -> tuple[int | None, list[int]]:
    """The team that the person is an agent of now, and its agents; nothing of a small one."""
    members = TeamMembership.objects.agents().in_force(timezone.now())
    team_id = members.filter(user=agent).values_list("team_id", flat=True).first()
    if team_id is None:
        return None, []
    colleagues = list(members.filter(team=team_id).values_list("user_id", flat=True))
    return (team_id, colleagues) if len(colleagues) >= LEAST_N else (None, [])


def _by_month(rows: QuerySet[Any], at: str, value: str) -> dict[date, list[tuple[date, float]]]:
    """(local day, value) of rows by the first day of their month; a moment counts as 1."""
    found: dict[date, list[tuple[date, float]]] = defaultdict(list)
    for moment, held in rows.values_list(at, value):
        on = timezone.localdate(moment)
        found[on.replace(day=1)].append((on, 1.0 if isinstance(held, datetime) else float(held)))
    return found


def _satisfied(rows: Iterable[Weighed]) -> Measured:
    figure = indices.weighted_share((part, int(good)) for _on, good, part in rows)
    n = round(figure.n)
    if figure.value is None or n < LEAST_N:
        return Measured(None, 0, 0, n)
    low, high = figure.low, figure.high
    return Measured(
        100 * figure.value,
        figure.value * figure.n,
        figure.n,
        n,
        None if low is None else 100 * low,
        None if high is None else 100 * high,
    )


def _mean(values: Sequence[float]) -> Measured:
    """By quality's rule: nothing below five values, and no interval beyond 0 to 100."""
    found = average(values)
    mean = None if found.mean is None else float(found.mean)
    return Measured(mean, sum(values), found.n, found.n, found.low, found.high)
