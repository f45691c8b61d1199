"""KPI values as rows: the same for the command, the API and CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from reports import figures, kpis, periods
from reports.definitions import Definition
from reports.kpis import Measured
from reports.registry import Registry
from reports.slices import Slice
from reports.sums import Reader

MOST_ROWS = 10_000
TRENDS = ("interval", "hour", "day", "week", "month")
DIMENSIONS = ("total", *TRENDS, "queue", "channel", "team", "agent", "disposition")
DECIMALS = 6


@dataclass(frozen=True)
class Row:
    """One value; `key` is the group: a day, the id of a queue or agent, or "" for the whole."""

    definition: Definition
    key: Any
    measured: Measured
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """Values as decimal text with six decimals in the definition's unit, or None."""
        found = self.measured
        return {
            "definition": self.definition.slug,
            "key": key_text(self.key),
            "value": decimal(found.value),
            "numerator": plain(found.numerator),
            "denominator": plain(found.denominator),
            "n": found.n,
            "low": decimal(found.low),
            "high": decimal(found.high),
            "verdict": self.verdict,
        }


def key_text(key: Any) -> Any:
    """Days and moments as text, moments by the clock of the site; other keys as they are."""
    if isinstance(key, datetime):
        return timezone.localtime(key).isoformat()
    return key.isoformat() if isinstance(key, date) else key


def decimal(value: float | None) -> str | None:
    return None if value is None else str(kpis.rounded(value, DECIMALS))


def plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def values(definition: Definition, piece: Slice, by: str, registry: Registry) -> Iterator[Row]:
    """The value of every group, in order."""
    reader = Reader(piece)
    goal, min_n = registry.goal(definition, piece), registry.min_n(definition)
    for key, measured in grouped(definition, reader, by).items():
        verdict = "none"
        if goal is not None:
            verdict = kpis.verdict(
                measured.value,
                measured.low,
                measured.high,
                measured.n,
                goal.value,
                goal.limit,
                definition.kind.direction,
                min_n,
            )
        yield Row(definition, key, measured, verdict)


def grouped(definition: Definition, reader: Reader, by: str) -> Mapping[Any, Measured]:
    """Measured by group: every step of a trend, and every group with facts otherwise."""
    if figures.why_not(definition, reader.slice) or figures.why_not_by(definition, by):
        return {"": kpis.NOTHING} if by == "total" else {}
    if by == "total":
        return {"": figures.value(definition, reader)}
    if by in TRENDS:
        return trend(definition, reader, by)
    found = figures.measure(definition, reader, (by,))
    return {key[0]: measured for key, measured in sorted(found.items())}


def trend(definition: Definition, reader: Reader, by: str) -> dict[date, Measured]:
    """Every step of the period, by its day or moment; nothing where there were no facts."""
    found = figures.measure(definition, reader, (by,))
    period, starts = reader.slice.period, list[date]()
    if by in periods.INTRADAY:
        starts += periods.moments(period, by, settings.TIME_ZONE)
    else:
        starts += periods.steps(period, by)
    return {start: found.get((start,), kpis.NOTHING) for start in starts}
