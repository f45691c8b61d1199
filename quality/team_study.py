"""The quality of a team: figures and pictures, the same on the page and in the document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lib import charts
from quality import analytics, averages
from quality.analytics import CriterionSums
from quality.averages import Average, Place, Rate, Sums
from quality.models import Dispute
from quality.models.evaluations import EvaluationQuerySet
from quality.slices import Slice, first_day, label_of

MOST_CAUSES = 12
MOST_MARKS = 4
LONGEST_NAME = 60
Name = tuple[int, str]


@dataclass(frozen=True)
class HeatCell:
    """Failures of one agent in one criterion; `percent` is None where n is below 5."""

    agent_id: int
    n: int
    percent: float | None


@dataclass(frozen=True)
class HeatRow:
    scorecard_id: int
    key: str
    text: str
    cells: list[HeatCell]


@dataclass(frozen=True)
class HeatMap:
    agents: list[str]
    rows: list[HeatRow]
    chart: charts.Chart


@dataclass(frozen=True)
class TeamStudy:
    average: Average
    pass_rate: Rate
    excused: Rate
    open_disputes: int
    trend: charts.Chart
    failures: charts.Chart
    faults: charts.Chart
    heat: HeatMap
    tags: charts.Chart | None
    places: list[Place[tuple[int, str]]]
    others: list[tuple[tuple[int, str], Average]]

    @property
    def is_empty(self) -> bool:
        return self.average.n == 0

    @property
    def pictures(self) -> list[charts.Chart]:
        """Every picture in the order of reading."""
        tags = [self.tags] if self.tags else []
        return [self.trend, self.failures, self.heat.chart, self.faults, *tags]


def study_of(rows: EvaluationQuerySet, piece: Slice) -> TeamStudy:
    """What `rows` say within the slice; eight queries, however many rows there are."""
    narrowed = piece.narrow(rows)
    agents = analytics.by_agent(narrowed)
    names = analytics.names_of(agent.agent_id for agent in agents)
    cells = analytics.by_criterion(narrowed)
    texts = texts_of(cells)
    graded = [
        ((agent.agent_id, names[agent.agent_id]), averages.average_from(agent.sums))
        for agent in agents
    ]
    places, others = averages.ranked(graded)
    return TeamStudy(
        average=averages.average_from(sum((agent.sums for agent in agents), Sums())),
        pass_rate=averages.rate(
            sum(agent.passed for agent in agents), sum(agent.judged for agent in agents)
        ),
        excused=averages.rate(
            sum(cell.excused for cell in cells), sum(cell.applicable for cell in cells)
        ),
        open_disputes=Dispute.objects.undecided().filter(evaluation__in=narrowed).count(),
        trend=trend_of(narrowed, piece),
        failures=failures_of(cells, texts),
        faults=faults_of(cells, texts),
        heat=heat_of(cells, texts, names),
        tags=tags_of(cells),
        places=places,
        others=others,
    )


def texts_of(cells: Iterable[CriterionSums]) -> dict[Name, str]:
    """The newest wording of every criterion; one query."""
    newest: dict[Name, int] = {}
    for cell in cells:
        newest[cell.name] = max(cell.criterion_id, newest.get(cell.name, 0))
    words = analytics.criterion_texts(newest.values())
    return {name: _short(words[pk]) for name, pk in newest.items()}


def trend_of(rows: EvaluationQuerySet, piece: Slice) -> charts.Chart:
    """The mean of each step with its interval; a gap where fewer than five were evaluated."""
    starts, grain = piece.starts(), piece.grain
    sums = analytics.by_period(rows, grain=grain, column=piece.column)
    means = [averages.average_from(sums.get(start, Sums())) for start in starts]
    series = charts.Series(
        _("Mean score"),
        [None if one.mean is None else float(one.mean) for one in means],
        low=[one.low for one in means],
        high=[one.high for one in means],
        counts=[one.n for one in means],
    )
    published = analytics.versions_published(rows, piece.from_on, piece.until_on)[-MOST_MARKS:]
    note = _("Band: 95 % interval. A gap: fewer than 5 evaluations.")
    return charts.line(
        [label_of(start, grain) for start in starts],
        [series],
        title=_title_by(grain),
        note=" ".join(one for one in (note, piece.grain_note) if one),
        show=charts.percent,
        annotations=[(starts.index(first_day(on, grain)), text) for on, text in published],
    )


def _title_by(grain: str) -> str:
    titles = {
        "day": _("Mean score by day"),
        "week": _("Mean score by week"),
        "month": _("Mean score by month"),
    }
    return titles[grain]


def failures_of(cells: Iterable[CriterionSums], texts: Mapping[Name, str]) -> charts.Chart:
    counts: dict[str, int] = defaultdict(int)
    for cell in cells:
        counts[texts[cell.name]] += cell.failed
    return pareto_of(
        counts,
        title="Failed criteria",
        label_header="Criterion",
        note="Failures laid to the agent. Line: share of all failures so far.",
    )


def faults_of(cells: Iterable[CriterionSums], texts: Mapping[Name, str]) -> charts.Chart:
    counts: dict[str, int] = defaultdict(int)
    for cell in cells:
        for owner in ("process", "tool", "customer"):
            counts[f"{owner.capitalize()}: {texts[cell.name]}"] += getattr(cell, owner)
    return pareto_of(
        counts,
        title="Faults that are not the agent's",
        label_header="Owner and criterion",
        note="Excused: they left the agent's score. Line: share of all of them so far.",
    )


def tags_of(cells: Sequence[CriterionSums]) -> charts.Chart | None:
    """Failures rolled up by the tags of criteria, over all scorecards; None without tags.

    One query.
    """
    tags = analytics.criterion_tags(cell.criterion_id for cell in cells)
    failed: dict[str, int] = defaultdict(int)
    applicable: dict[str, int] = defaultdict(int)
    for cell in cells:
        for tag in tags.get(cell.criterion_id) or ():
            failed[tag] += cell.failed
            applicable[tag] += cell.applicable
    shares = {tag: averages.rate(failed[tag], applicable[tag]) for tag in applicable}
    names = sorted(shares, key=lambda tag: (-(shares[tag].percent or 0), tag))
    if not names:
        return None
    return charts.interval_dots(
        names,
        [shares[tag].percent for tag in names],
        [shares[tag].low for tag in names],
        [shares[tag].high for tag in names],
        [shares[tag].n for tag in names],
        title="Failures by tag",
        label_header="Tag",
        value_header="Failed",
        note="Share of applicable answers that failed, over all criteria with the tag.",
    )


def pareto_of(
    counts: Mapping[str, int], *, title: str, label_header: str, note: str
) -> charts.Chart:
    """The largest causes by name, the rest as one."""
    present = sorted(((n, label) for label, n in counts.items() if n), key=lambda p: (-p[0], p[1]))
    # One more cause takes no more room than "All others" would.
    most = MOST_CAUSES + 1 if len(present) == MOST_CAUSES + 1 else MOST_CAUSES
    return charts.pareto(
        [label for _n, label in present[:most]],
        [n for n, _label in present[:most]],
        others=sum(n for n, _label in present[most:]),
        title=title,
        label_header=label_header,
        value_header="Failures",
        note=note,
    )


def heat_of(
    cells: Iterable[CriterionSums], texts: Mapping[Name, str], names: Mapping[int, str]
) -> HeatMap:
    """Share of answers that failed by the agent's fault, criterion by agent."""
    agents = sorted(names, key=lambda pk: names[pk])
    found = {(cell.name, cell.agent_id): cell for cell in cells}
    failures_in: dict[Name, int] = defaultdict(int)
    for (name, _agent), cell in found.items():
        failures_in[name] += cell.failed
    worst_first = sorted(texts, key=lambda name: (-failures_in[name], texts[name]))
    rows = [
        HeatRow(*name, texts[name], [_heat_cell(found.get((name, pk)), pk) for pk in agents])
        for name in worst_first
    ]
    few = {
        (row_at, column)
        for row_at, row in enumerate(rows)
        for column, cell in enumerate(row.cells)
        if 0 < cell.n < averages.LEAST_N
    }
    chart = charts.heat_map(
        [row.text for row in rows],
        [_brief(names[pk]) for pk in agents],
        [[cell.percent for cell in row.cells] for row in rows],
        title="Failures by criterion and agent",
        label_header="Criterion",
        note="Percent of applicable answers that failed. Hatched: fewer than 5, so no value.",
        hatched=few,
        tone="bad",
    )
    return HeatMap([names[pk] for pk in agents], rows, chart)


def _heat_cell(sums: CriterionSums | None, agent_id: int) -> HeatCell:
    if sums is None:
        return HeatCell(agent_id, 0, None)
    few = sums.applicable < averages.LEAST_N
    return HeatCell(agent_id, sums.applicable, None if few else 100 * sums.failed / sums.applicable)


def _brief(name: str) -> str:
    """Ana Lopez as Ana L., where a column has room for no more."""
    first, *others = name.split() or [name]
    return f"{first} {others[-1][0]}." if others else first


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…"
