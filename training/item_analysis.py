"""How good the questions of a quiz are: facility, discrimination, reliability; see grading.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Row = Sequence[float]
LEAST_ATTEMPTS = 10


@dataclass(frozen=True)
class ItemFigures:
    """`discrimination` is None where the item or the total of the others is constant."""

    facility: float
    discrimination: float | None

    @property
    def flags(self) -> list[str]:
        """What to look at, in words; empty for a question to keep."""
        found = []
        if self.facility < 0.20:
            found.append("too hard")
        if self.facility > 0.95:
            found.append("too easy")
        if self.discrimination is not None and self.discrimination < 0:
            found.append("key may be wrong")
        elif self.discrimination is not None and self.discrimination < 0.15:
            found.append("weak")
        return found


@dataclass(frozen=True)
class Analysis:
    """`reliability` is KR-20, or Cronbach's alpha where items have parts."""

    n: int
    items: list[ItemFigures]
    variance: float | None
    reliability: float | None
    standard_error: float | None


def item_analysis(matrix: Sequence[Row]) -> Analysis:
    """Figures of a matrix persons × items of fractions; population variances.

    Raises ValueError for rows of unequal length.
    """
    if not matrix:
        return Analysis(0, [], None, None, None)
    k = len(matrix[0])
    if any(len(row) != k for row in matrix):
        raise ValueError("Every person has one fraction for each item.")
    totals = [math.fsum(row) for row in matrix]
    columns = [[row[index] for row in matrix] for index in range(k)]
    items = [
        ItemFigures(
            _mean(column),
            correlation(column, [t - x for t, x in zip(totals, column, strict=True)]),
        )
        for column in columns
    ]
    variance = _variance(totals)
    reliability = None
    if k >= 2 and variance > 1e-12:
        reliability = k / (k - 1) * (1 - math.fsum(map(_variance, columns)) / variance)
    error = None
    if reliability is not None:
        error = math.sqrt(variance) * math.sqrt(max(0.0, 1 - reliability))
    return Analysis(len(matrix), items, variance, reliability, error)


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's r; None where either side is constant."""
    mean_x, mean_y = _mean(xs), _mean(ys)
    sxx = math.fsum((x - mean_x) ** 2 for x in xs)
    syy = math.fsum((y - mean_y) ** 2 for y in ys)
    if sxx < 1e-12 or syy < 1e-12:
        return None
    sxy = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return sxy / math.sqrt(sxx * syy)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / len(values)
