"""Unusual days by a robust band around the same weekdays; told in docs/algorithms/anomalies.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

WEEKDAYS = 7
LEAST_DAYS = 28
LEAST_SAME_WEEKDAYS = 4
LEAST_N = 30
LIMIT = 3.5
LUCK = 0.003  # Share of usual days that the band flags all the same.
SCALE = 1.4826
FLOOR = {"count": 1.0, "percent": 1.0, "seconds": 0.02}
DAY_TO_DAY = 0.03
LEAST_SHARE, MOST_SHARE = 0.02, 0.98


@dataclass(frozen=True)
class Day:
    """A usable value of the past, with its n where it is a percentage."""

    value: float
    n: int = 0


@dataclass(frozen=True)
class Judgement:
    """How far a value lies from its weekday's profile; `reason` says why it was not judged."""

    reason: str = ""
    middle: float = 0.0
    spread: float = 0.0
    z: float = 0.0
    expected: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def is_judged(self) -> bool:
        return not self.reason

    @property
    def is_outside(self) -> bool:
        return self.is_judged and abs(self.z) >= LIMIT


def judge(kind: str, weeks: Sequence[Sequence[Day | None]], value: float, n: int = 0) -> Judgement:
    """Judge a value of `kind` (count, percent, seconds) against eight weeks before it.

    Each week holds seven days, the judged weekday first; None where a day is not usable.
    """
    columns = [[week[at] for week in weeks if week[at] is not None] for at in range(WEEKDAYS)]
    known = [[day for day in column if day is not None] for column in columns]
    if reason := why_not(kind, known, value, n):
        return Judgement(reason)
    middles = [median(_g(kind, day.value) for day in column) if column else 0.0 for column in known]
    residuals = [
        abs(residual)
        for column, middle in zip(known, middles, strict=True)
        for residual in _residuals(kind, column, middle)
    ]
    spread = max(SCALE * median(residuals), FLOOR[kind])
    middle, width = middles[0], _width(kind, middles[0], n)
    reach = LIMIT * width * spread
    return Judgement(
        middle=middle,
        spread=spread,
        z=(_g(kind, value) - middle) / (width * spread),
        expected=_back(kind, middle),
        low=_back(kind, middle - reach),
        high=_back(kind, middle + reach),
    )


def why_not(kind: str, columns: Sequence[Sequence[Day]], value: float, n: int) -> str:
    """A sentence why this day cannot be judged; empty if it can."""
    if sum(len(column) for column in columns) < LEAST_DAYS:
        return f"Fewer than {LEAST_DAYS} usable days in the eight weeks before."
    if len(columns[0]) < LEAST_SAME_WEEKDAYS:
        return f"Fewer than {LEAST_SAME_WEEKDAYS} usable days of this weekday."
    if kind == "percent" and n < LEAST_N:
        return f"Fewer than {LEAST_N} counted on the day."
    if kind == "seconds" and value <= 0:
        return "No seconds to judge."
    return ""


def is_flagged(judgement: Judgement, value: float, kind: str, practical_change: float) -> bool:
    """Outside the band, and far enough to matter: points of percent, else percent of the value."""
    if not judgement.is_outside:
        return False
    change = abs(value - judgement.expected)
    if kind != "percent":
        change = 100 * change / judgement.expected if judgement.expected else math.inf
    return change >= practical_change


def _residuals(kind: str, column: Sequence[Day], middle: float) -> list[float]:
    """Each day against the others of its weekday, which leaves the day itself out."""
    values = [_g(kind, day.value) for day in column]
    return [
        (values[at] - median(values[:at] + values[at + 1 :])) / _width(kind, middle, day.n)
        for at, day in enumerate(column)
        if len(column) > 1
    ]


def _width(kind: str, middle: float, n: int) -> float:
    if kind != "percent":
        return 1.0
    p = min(MOST_SHARE, max(LEAST_SHARE, middle / 100))
    return 100 * math.sqrt(p * (1 - p) / max(n, 1) + DAY_TO_DAY * DAY_TO_DAY)


def _g(kind: str, value: float) -> float:
    if kind == "count":
        return 2 * math.sqrt(value + 0.375)
    return math.log(max(value, 1e-9)) if kind == "seconds" else value


def _back(kind: str, value: float) -> float:
    if kind == "count":
        return max(0.0, (max(value, 0.0) / 2) ** 2 - 0.375)
    return math.exp(value) if kind == "seconds" else min(100.0, max(0.0, value))
