"""Critical-error accuracy of what one may see: each family against its target."""

from __future__ import annotations

from dataclasses import dataclass

from lib import charts
from quality import analytics
from quality.accuracy import DEFAULT_TARGETS, DEFAULT_TOLERANCE, Accuracy, accuracy
from quality.averages import Rate, rate
from quality.models import AccuracyTarget
from quality.models.evaluations import EvaluationQuerySet
from quality.models.tree import CriticalFamily
from quality.slices import Slice

DISCLAIMER = "Targets are editable defaults in common use. This is no certification."
CHART_WIDTH = 460.0


@dataclass(frozen=True)
class FamilyStudy:
    """One family; `seen` is the version of its stored target, 0 while the default applies."""

    family: str
    title: str
    accuracy: Accuracy
    seen: int
    chart: charts.Chart | None


@dataclass(frozen=True)
class AccuracyStudy:
    families: list[FamilyStudy]
    others: Rate

    @property
    def is_configured(self) -> bool:
        return any(family.chart for family in self.families)


def accuracy_of(rows: EvaluationQuerySet, piece: Slice) -> AccuracyStudy:
    """Every family, and the answers without one, in the slice; three queries."""
    narrowed = piece.narrow(rows)
    is_agents = piece.chosen.get("faults") == "agent"
    sums = analytics.by_family(narrowed)
    targets = {target.family: target for target in AccuracyTarget.objects.all()}
    families = []
    for family in CriticalFamily:
        found = sums.get(family.value, analytics.FamilySums())
        errors = found.agent_errors if is_agents else found.errors
        families.append(_family(family, found.n, errors, targets.get(family.value)))
    plain = analytics.without_family(narrowed)
    errors = plain.agent_errors if is_agents else plain.errors
    return AccuracyStudy(families, rate(plain.n - errors, plain.n))


def _family(
    family: CriticalFamily, n: int, errors: int, stored: AccuracyTarget | None
) -> FamilyStudy:
    result = accuracy(
        n,
        errors,
        target=float(stored.target_percent) if stored else DEFAULT_TARGETS[family.value],
        tolerance=float(stored.tolerance) if stored else DEFAULT_TOLERANCE,
    )
    title = str(family.label)
    chart = _chart(title, result) if n else None
    return FamilyStudy(family.value, title, result, stored.row_version if stored else 0, chart)


def _chart(title: str, result: Accuracy) -> charts.Chart:
    return charts.interval_dots(
        ["Accuracy"],
        [result.percent],
        [result.low],
        [result.high],
        [result.n],
        title="Evaluations without an error",
        label_header="Family",
        value_header="Accuracy",
        message=f"{title}: {charts.percent(result.percent)}, {result.status_words.lower()}",
        target=charts.Target(result.target, f"Target {result.target:g} %"),
        width=CHART_WIDTH,
    )
