"""Figures of key questions as people read them: value, n, interval, change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from feedback import indices, tallies
from feedback.indices import LEAST_FOR_INTERVAL, Difference, Figure, shown
from feedback.models import Survey, Tally

UNITS = {"csat": "%", "nps": "", "ces1": "of 5", "ces2": "of 7"}
NAMES = {
    "csat": "Satisfaction",
    "nps": "Net Promoter Score",
    "ces1": "Effort (5 points)",
    "ces2": "Effort (7 points)",
}
TOO_FEW = "too few answers"


@dataclass(frozen=True)
class Reading:
    """One figure as people read it: in its own unit, with n, interval and what is missing."""

    metric: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def text(self) -> str:
        return shown(self.value, signed=self.metric == "nps")

    @property
    def unit(self) -> str:
        return UNITS.get(self.metric, "")

    @property
    def has_interval(self) -> bool:
        return self.n >= LEAST_FOR_INTERVAL and self.low is not None

    @property
    def interval(self) -> str:
        if not self.has_interval:
            return TOO_FEW
        signed = self.metric == "nps"
        return f"{shown(self.low, signed=signed)} to {shown(self.high, signed=signed)}"

    @property
    def missing(self) -> str:
        return "" if self.n else "no answers"

    def verdict(self, target: float | None) -> str:
        """Whether it is clear of a target; nothing is said without an interval."""
        if target is None or not self.has_interval:
            return ""
        if self.low is not None and self.low > target:
            return "above the target"
        if self.high is not None and self.high < target:
            return "below the target"
        return "not clear of the target"


def reading(metric: str, counts: Mapping[int, int], satisfied: Iterable[int]) -> Reading:
    """The figure of a key question from how often each value was given."""
    n = sum(counts.values())
    if metric == "nps":
        found: Figure = indices.nps(*_bands(counts))
        return Reading(metric, found.value, n, found.low, found.high)
    if metric in ("ces1", "ces2"):
        effort = indices.effort_of(
            {float(v): c for v, c in counts.items()}, 5 if metric == "ces1" else 7
        )
        note = f"{shown(effort.agree)} % agree" if effort.agree is not None else ""
        return Reading(metric, effort.value, n, effort.low, effort.high, note)
    good = sum(count for value, count in counts.items() if value in set(satisfied))
    found = indices.share(good, n)
    return Reading(metric, *percent_of(found, n))


def percent_of(found: Figure, n: int) -> tuple[float | None, int, float | None, float | None]:
    """Value, n, low and high of a share, in percent."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else 100 * value

    return scaled(found.value), n, scaled(found.low), scaled(found.high)


def _bands(counts: Mapping[int, int]) -> tuple[int, int, int]:
    promoters = sum(count for value, count in counts.items() if value >= 9)
    detractors = sum(count for value, count in counts.items() if value <= 6)
    return promoters, sum(counts.values()) - promoters - detractors, detractors


def compared(
    metric: str, now: Mapping[int, int], before: Mapping[int, int], satisfied: Iterable[int]
) -> Difference:
    """How two periods differ: scores, or shares in percent; of efforts the share who agree."""
    if metric == "nps":
        return indices.nps_difference(indices.nps(*_bands(now)), indices.nps(*_bands(before)))
    wanted = set(satisfied)
    good = [sum(c for v, c in counts.items() if v in wanted) for counts in (now, before)]
    found = indices.share_difference(good[0], sum(now.values()), good[1], sum(before.values()))
    if found.value is None:
        return found
    assert found.low is not None
    assert found.high is not None
    return Difference(100 * found.value, found.n, 100 * found.low, 100 * found.high)


def latest_readings(
    surveys: Iterable[Survey], visible: QuerySet[Tally], since: date
) -> dict[int, tuple[Reading, Counter[str]]]:
    """The key figure and the field counts of each survey since a day; one query.

    Without surveys that hide small parts: they are told by month, quarter or year alone.
    """
    surveys = [one for one in surveys if not one.hides_small_cells]
    rows = visible.filter(survey__in=surveys, on_date__gte=since, origin="program")
    counts: dict[tuple[int, str, int], Counter[str]] = defaultdict(Counter)
    grouped = rows.values_list("survey_id", "question", "series", "key").annotate(n=Sum("count"))
    for survey, question, series, key, n in grouped.order_by():
        counts[survey, question, series][key] += n
    found = {}
    for one in surveys:
        version = next((v for v in one.shown_versions if v.state == "published"), None)  # type: ignore[attr-defined]
        key = version.questionnaire.key if version else None
        if key is None:
            continue
        values = {
            int(k): n for k, n in counts[one.pk, key.code, key.series].items() if k.isdigit() and n
        }
        found[one.pk] = (
            reading(key.metric, values, key.satisfied),
            counts[one.pk, tallies.FIELD, 1],
        )
    return found
