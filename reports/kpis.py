"""Arithmetic of KPIs: sums in, values with their evidence out; told in docs/algorithms/kpis.md.

Percentages are 0-100, never rounded here. No data gives None, never 0 or 100.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lib import statistics
from lib.sentences import say_now
from reports.definitions import Definition
from reports.kinds import COUNT, PERCENT, POINTS, RATIO, SCORE, SECONDS

LEAST_N = 5
MOST_DECIMALS = 4
GRID_SECONDS, GRID_MINUTES = 600, 86_400


@dataclass(frozen=True)
class VisitCounts:
    """Visits of one slice: answered, abandoned, flowed out, and what was within time.

    `callbacks_within` are callback requests, which are part of what flowed out.
    `short_or_within` is the union of short abandons and those within time.
    """

    answered: int = 0
    abandoned: int = 0
    flowed_out: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    callbacks_within: int = 0
    short: int = 0
    short_or_within: int = 0


@dataclass(frozen=True)
class Share:
    """A numerator and a denominator; of several slices both are added up."""

    numerator: float
    denominator: float

    def __add__(self, other: Share) -> Share:
        return Share(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def percent(self) -> float | None:
        return 100 * self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Measured:
    """A value with what it was made of; `n` is how many things were counted."""

    value: float | None
    numerator: float
    denominator: float
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.high is not None


NOTHING = Measured(None, 0, 0, 0)


def service_level(counts: VisitCounts, definition: Definition) -> Share:
    """Numerator and denominator by the definition's switches."""
    switches = definition.switches
    assert switches is not None
    added = {"none": 0, "short": counts.short, "within": counts.abandoned_within}
    left_out = {
        "none": 0,
        "short": counts.short,
        "within": counts.abandoned_within,
        "both": counts.short_or_within,
        "all": counts.abandoned,
    }
    numerator = counts.answered_within + added[switches.numerator]
    denominator = counts.answered + counts.abandoned - left_out[switches.left_out]
    if switches.flow:
        denominator += counts.flowed_out
    if switches.callbacks:
        numerator += counts.callbacks_within
    return Share(numerator, denominator)


def share_of(numerator: float, denominator: float) -> Measured:
    """A percentage with its Wilson interval; none below n = 5."""
    if not denominator:
        return Measured(None, numerator, denominator, 0)
    n = int(denominator)
    interval = statistics.wilson(numerator, denominator) if n >= LEAST_N else None
    low, high = (100 * interval[0], 100 * interval[1]) if interval else (None, None)
    return Measured(100 * numerator / denominator, numerator, denominator, n, low, high)


def mean_seconds(total: float, count: int) -> float | None:
    return total / count if count else None


def mean_of(total: float, count: int, squares: float | None = None) -> Measured:
    """A mean, with its interval where the sum of squares is known."""
    value = mean_seconds(total, count)
    interval = None if squares is None else mean_interval(count, total, squares)
    low, high = interval or (None, None)
    return Measured(value, total, count, count, low, high)


def deviation(n: int, total: float, squares: float) -> float:
    """Of a sample (n - 1); 0 below two values."""
    if n < 2:
        return 0.0
    return math.sqrt(max(0.0, (squares - total * total / n) / (n - 1)))


def mean_interval(n: int, total: float, squares: float) -> tuple[float, float] | None:
    """The t interval of a mean, cut at 0; None below n = 5 or where all values are equal."""
    if n < LEAST_N:
        return None
    interval = statistics.t_interval(total / n, deviation(n, total, squares), n)
    return None if interval is None else (max(0.0, interval[0]), max(0.0, interval[1]))


def wait_percentile(counts_by_second: Mapping[int, int], percent: int) -> int | None:
    """The ceil(percent * n / 100)-th smallest wait; whole numbers all the way."""
    n = sum(counts_by_second.values())
    if not n:
        return None
    rank, seen = max(1, -(-percent * n // 100)), 0
    for seconds in sorted(counts_by_second):
        seen += counts_by_second[seconds]
        if seen >= rank:
            return seconds
    raise AssertionError("The last wait is reached.")


def grid(wait_seconds: int) -> int:
    """The wait as facts keep it: seconds to 10 minutes, then minutes, then hours, rounded up.

    `wait <= t` is exact for every threshold that a definition can have.
    """
    if wait_seconds <= GRID_SECONDS:
        return wait_seconds
    step = 60 if wait_seconds <= GRID_MINUTES else 3600
    return -(-wait_seconds // step) * step


def union_seconds(spans: Iterable[tuple[int, int]], start: int, end: int) -> int:
    """Seconds of [start, end) that lie in any of the half-open spans."""
    covered, reached = 0, start
    for begins, stops in sorted(spans):
        begins, stops = max(begins, reached), min(stops, end)
        if stops > begins:
            covered += stops - begins
            reached = stops
    return covered


def occupancy(handling: int, available: int) -> Share:
    return Share(handling, handling + available)


def compliance(states: Mapping[str, int]) -> Share:
    """People who comply among those who must, by the states of training."""
    good = sum(states.get(name, 0) for name in ("compliant", "due_soon", "in_grace", "waived"))
    aside = states.get("not_applicable", 0) + states.get("pending", 0)
    return Share(good, sum(states.values()) - aside)


# --- Comparing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """This value minus another; `is_clear` iff the interval leaves out 0."""

    difference: float
    low: float | None = None
    high: float | None = None

    @property
    def is_clear(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def share_change(now: Measured, before: Measured) -> Change | None:
    """In percentage points, by the hybrid score method."""
    if now.value is None or before.value is None:
        return None
    if min(now.n, before.n) < LEAST_N:
        return Change(now.value - before.value)
    found = statistics.newcombe(
        now.numerator, now.denominator, before.numerator, before.denominator
    )
    assert found is not None
    return Change(*(100 * part for part in found))


def mean_change(now: tuple[int, float, float], before: tuple[int, float, float]) -> Change | None:
    """Of two means, each given as (n, sum, sum of squares), by Welch."""
    if not now[0] or not before[0]:
        return None
    mean1, mean2 = now[1] / now[0], before[1] / before[0]
    if min(now[0], before[0]) < LEAST_N:
        return Change(mean1 - mean2)
    found = statistics.welch(mean1, deviation(*now), now[0], mean2, deviation(*before), before[0])
    return Change(*found[:3]) if found else Change(mean1 - mean2)


# --- Judging -------------------------------------------------------------------------------------


def verdict(
    value: float | None,
    low: float | None,
    high: float | None,
    n: int,
    target: float,
    limit: float | None,
    direction: str,
    min_n: int,
) -> str:
    """none, too_few, met, critical, missed or not_clear: judged by the interval, not the point."""
    if value is None:
        return "none"
    if n < min_n:
        return "too_few"
    low, high = (value, value) if low is None or high is None else (low, high)
    if direction == "lower":
        low, high, target = -high, -low, -target
        limit = None if limit is None else -limit
    if low > target or low == high == target:
        return "met"
    if limit is not None and high < limit:
        return "critical"
    return "missed" if high < target else "not_clear"


def attainment(value: float, floor: float, target: float) -> float:
    """0 at the floor, 100 at the target, cut at both; for "lower is better" the floor is above."""
    return min(100.0, max(0.0, 100 * (value - floor) / (target - floor)))


def mean_part(attainments: Sequence[float]) -> float | None:
    return sum(attainments) / len(attainments) if attainments else None


def total(parts: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """The weighted mean of the parts that are there; None for fewer than three."""
    present = [
        (part, weight) for part, weight in zip(parts, weights, strict=True) if part is not None
    ]
    if len(present) < 3:
        return None
    mean = sum(part * weight for part, weight in present) / sum(weight for _, weight in present)
    return float(rounded(mean, 1))


# --- Showing -------------------------------------------------------------------------------------


def rounded(value: float, decimals: int) -> Decimal:
    """Half away from zero; zero has no sign."""
    result = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def show(value: float | None, unit: str, target: float | None = None) -> str:
    """The value as people read it; never rounded onto or across the target."""
    if value is None:
        return say_now("n/a")
    base = _least_decimals(value, unit)
    if target is None or value == target:
        return _text(rounded(value, base), unit)
    for decimals in range(base, MOST_DECIMALS + 1):
        shown = rounded(value, decimals)
        if (shown > Decimal(repr(target))) if value > target else (shown < Decimal(repr(target))):
            return _text(shown, unit)
    sign = "<" if value < target else ">"
    return f"{sign} {_text(Decimal(repr(target)).normalize(), unit)}"


def _least_decimals(value: float, unit: str) -> int:
    if unit == COUNT:
        return 0
    if unit == RATIO:
        return 2
    return 0 if unit == SECONDS and abs(rounded(value, 1)) >= 60 else 1


def _text(value: Decimal, unit: str) -> str:
    if unit == SECONDS:
        return _clock(value)
    text = f"{value:,f}".replace("-", "−")
    if unit == POINTS and value > 0:
        return f"+{text}"
    return f"{text} %" if unit == PERCENT else text


def _clock(value: Decimal) -> str:
    if abs(value) < 60:
        return f"{value:f} s".replace("-", "−")
    sign = "−" if value < 0 else ""
    whole, rest = divmod(abs(value), 60)
    hours, minutes = divmod(int(whole), 60)
    seconds = f"{rest:f}"
    if len(seconds.partition(".")[0]) < 2:
        seconds = f"0{seconds}"
    return f"{sign}{hours}:{minutes:02}:{seconds}" if hours else f"{sign}{minutes}:{seconds}"


UNIT_WORDS = {
    PERCENT: "percent",
    SECONDS: "seconds",
    POINTS: "points",
    SCORE: "points",
    RATIO: "per interaction",
    COUNT: "count",
}
