"""One page about a month: chosen figures over thirteen months, clear changes, one comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from lib import charts
from quality.averages import Sums
from quality.models.evaluations import EvaluationQuerySet
from reports import figures, kpis, periods
from reports.definitions import Definition
from reports.kpis import NOTHING, Change, Measured
from reports.models import AnomalyFlag, MonthComment
from reports.numbers import Number, with_definition
from reports.operations import names_of
from reports.periods import Period
from reports.registry import Registry
from reports.scorecards import handled_in, score_of
from reports.slices import Slice
from reports.sums import Reader

MONTHS = 13
MOST_TILES = 8
CHOSEN = ("sl", "asa", "ab", "aht", "fcr", "tr", "vol", "qa")
CHOOSABLE = ("sl", "asa", "ata", "pat", "ab", "vol", "aht", "fcr", "rep", "tr", "oc", "qa")
MOST_CHANGES = 3
OF_CHANGES = ("sl", "asa", "ab", "aht", "fcr")


@dataclass(frozen=True)
class ExecutiveTile:
    number: Number
    trend: charts.Chart


@dataclass(frozen=True)
class ClearChange:
    """A queue's figure that clearly differs from the month before."""

    queue: str
    number: Number

    @property
    def size(self) -> float:
        """How large against the value before, so that unlike units can be ordered."""
        change = self.number.change
        assert change is not None
        before = (self.number.measured.value or 0) - change.difference
        return abs(change.difference) / abs(before) if before else 0.0


@dataclass
class Executive:
    """`month` is its first day; the figures are of the queues in `queues`, None for all."""

    month: date
    queues: frozenset[int] | None
    evaluations: EvaluationQuerySet
    numbers: Sequence[str] = CHOSEN

    def __post_init__(self) -> None:
        self.period = Period(self.month, periods.next_start(self.month, "month") - periods.DAY)
        self.months = periods.months_back(self.month, MONTHS)
        before = periods.previous(self.period.start, self.period.end, "previous")
        self.registry = Registry(self.period.end)
        self.now = Reader(Slice(self.period, self.queues))
        self.before = Reader(Slice(Period(*before), self.queues))
        self.long = Reader(Slice(Period(self.months[0], self.period.end), self.queues))
        self._quality = self._scores()

    def tiles(self) -> list[ExecutiveTile]:
        return [self._tile(key) for key in self.numbers]

    def _tile(self, key: str) -> ExecutiveTile:
        definition = self.registry.default(key)
        if key == "qa":
            values = [score_of(self._quality.get(on, Sums())) for on in self.months]
            change = quality_change(values)
        else:
            found = figures.measure(definition, self.long, ("month",))
            values = [found.get((on,), NOTHING) for on in self.months]
            change = figures.change(definition, self.now, self.before)
        return ExecutiveTile(
            self._number(definition, values[-1], change), self._trend(definition, values)
        )

    def _number(
        self, definition: Definition, measured: Measured, change: Change | None, queue: int = 0
    ) -> Number:
        query = f"period=days&begin={self.period.start}&end={self.period.end}"
        piece = Slice(self.period, frozenset({queue})) if queue else self.now.slice
        return Number(
            definition,
            measured,
            self.registry.min_n(definition),
            self.registry.goal(definition, piece),
            change,
            query=with_definition(f"{query}&queue={queue}" if queue else query, definition),
        )

    def _trend(self, definition: Definition, values: Sequence[Measured]) -> charts.Chart:
        goal = self.registry.goal(definition, self.now.slice)
        return charts.sparkline(
            [periods.step_label(on, "month") for on in self.months],
            [one.value for one in values],
            title=f"{definition.kind.title}, 13 months",
            show=Number(definition, NOTHING, 0).show,
            label_header="Month",
            target=goal.value if goal else None,
            width=150,
            height=34,
        )

    def changes(self) -> list[ClearChange]:
        """The three largest clear changes of a queue against the month before."""
        found = []
        for key in OF_CHANGES:
            definition = self.registry.default(key)
            now = figures.measure(definition, self.now, ("queue",))
            before = figures.measure(definition, self.before, ("queue",))
            names = {key[0] for key in now}
            for queue in names:
                change = change_of(definition, now[(queue,)], before.get((queue,), NOTHING))
                if change is not None and change.is_clear:
                    found.append((queue, self._number(definition, now[(queue,)], change, queue)))
        labels = names_of("queue", [queue for queue, _number in found])
        made = [ClearChange(labels[queue], number) for queue, number in found]
        return sorted(made, key=lambda one: -one.size)[:MOST_CHANGES]

    def flags(self) -> list[AnomalyFlag]:
        rows = AnomalyFlag.objects.of_queues(self.queues).unsettled().select_related("queue")
        within = rows.filter(on_date__gte=self.period.start, on_date__lte=self.period.end)
        return list(within.order_by("-on_date")[:5])

    def comment(self) -> MonthComment | None:
        return MonthComment.objects.filter(month=self.month).select_related("by").first()

    def _scores(self) -> dict[date, Sums]:
        """Sums of scores by month; one query."""
        rows = self.evaluations.counting().filter(**handled_in(self.long.slice.period))
        found: dict[date, Sums] = {}
        for handled_at, score in rows.values_list("handled_at", "current_revision__score_percent"):
            on, value = timezone.localdate(handled_at).replace(day=1), float(score)
            found[on] = found.get(on, Sums()) + Sums(1, value, value * value)
        return found


def change_of(definition: Definition, now: Measured, before: Measured) -> Change | None:
    """Of shares by their interval; of means clear where both intervals lie apart."""
    if definition.is_share:
        return kpis.share_change(now, before)
    return apart(now, before)


def apart(now: Measured, before: Measured) -> Change | None:
    if now.low is None or now.high is None or before.low is None or before.high is None:
        return None
    difference = (now.value or 0) - (before.value or 0)
    return Change(difference, now.low - before.high, now.high - before.low)


def quality_change(values: Sequence[Measured]) -> Change | None:
    now, before = values[-1], values[-2]
    if now.value is None or before.value is None:
        return None
    return apart(now, before)


def first_of_last_month(today: date) -> date:
    return (today.replace(day=1) - periods.DAY).replace(day=1)
