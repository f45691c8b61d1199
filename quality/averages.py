"""Averages and rates with n, interval and a word for how good the evidence is; and ranks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from lib import statistics
from lib.sentences import said

T = TypeVar("T")
LEAST_N = 5
LEAST_SPREAD = 2.0  # Equal scores are no proof that the next one is equal too.
STRONG_HALF_WIDTH = 5.0
FAIR_HALF_WIDTH = 10.0
GRADES = {
    "none": said("not enough evidence"),
    "thin": said("thin evidence"),
    "fair": said("fair evidence"),
    "strong": said("strong evidence"),
}
RANKED_GRADES = ("fair", "strong")


@dataclass(frozen=True)
class Sums:
    """What a mean and its spread need; sums of parts add up to the sums of the whole."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    cap: float = 100.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            max(self.cap, other.cap),
        )

    @property
    def deviation(self) -> float:
        """Of a sample (n - 1), never below the least spread; needs two values."""
        variance = (self.squares - self.total**2 / self.n) / (self.n - 1)
        return max(max(variance, 0.0) ** 0.5, LEAST_SPREAD)


@dataclass(frozen=True)
class Average:
    """`grade` is none, thin, fair or strong; figures are None where there are too few.

    `more` says how many more are needed until the mean is known within 5 points.
    """

    n: int
    grade: str
    mean: Decimal | None = None
    low: float | None = None
    high: float | None = None
    more: int = 0

    @property
    def grade_words(self) -> str:
        return GRADES[self.grade]

    @property
    def is_shown(self) -> bool:
        return self.grade != "none"


@dataclass(frozen=True)
class Rate:
    """k of n as a percentage 0-100; no figure below the least n."""

    k: int
    n: int
    grade: str
    percent: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.grade != "none"

    @property
    def grade_words(self) -> str:
        return GRADES[self.grade]


@dataclass(frozen=True)
class Place(Generic[T]):
    number: int
    item: T
    average: Average


class Summed(Protocol):
    """Rows that add themselves up where they are stored."""

    def sums(self) -> Sums: ...


def average_of(rows: Summed) -> Average:
    """Of the stored rounded scores, pooled over evaluations; one query."""
    return average_from(rows.sums())


def sums_of(scores: Iterable[float], cap: float = 100.0) -> Sums:
    values = list(scores)
    return Sums(len(values), sum(values), sum(score * score for score in values), cap)


def average(scores: Iterable[float], cap: float = 100.0, least_n: int = LEAST_N) -> Average:
    return average_from(sums_of(scores, cap), least_n)


def average_from(sums: Sums, least_n: int = LEAST_N) -> Average:
    """The mean with its t interval, clipped to 0 and the cap."""
    n = sums.n
    if n < max(least_n, 2):
        return Average(n, "none", more=max(least_n, 2) - n)
    # Floats add up differently by their order; of scores with two decimals six tell all there is.
    mean = round(sums.total, 6) / n
    interval = statistics.t_interval(mean, sums.deviation, n)
    assert interval is not None
    half_width = (interval[1] - interval[0]) / 2
    return Average(
        n,
        grade_of(half_width),
        Decimal(f"{mean:.2f}"),
        round(max(0.0, interval[0]), 2),
        round(min(sums.cap, interval[1]), 2),
        how_many_more(n, sums.deviation, half_width),
    )


def rate(k: int, n: int, least_n: int = LEAST_N) -> Rate:
    """k of n with its Wilson interval."""
    if n < max(least_n, 1):
        return Rate(k, n, "none")
    interval = statistics.wilson(k, n)
    assert interval is not None
    low, high = (100 * end for end in interval)
    grade = grade_of((high - low) / 2)
    return Rate(k, n, grade, round(100 * k / n, 2), round(low, 2), round(high, 2))


def grade_of(half_width: float) -> str:
    if half_width <= STRONG_HALF_WIDTH:
        return "strong"
    return "fair" if half_width <= FAIR_HALF_WIDTH else "thin"


def how_many_more(n: int, deviation: float, half_width: float) -> int:
    """Beyond n, until the half-width is 5; at least one while it is wider."""
    if half_width <= STRONG_HALF_WIDTH:
        return 0
    return max(1, statistics.needed_for_mean(deviation, STRONG_HALF_WIDTH) - n)


def ranked(
    averages: Sequence[tuple[T, Average]],
) -> tuple[list[Place[T]], list[tuple[T, Average]]]:
    """(ranked, the others): fair and strong evidence by lower bound, equal bounds sharing a place.

    The others keep their order, those nearest to evidence first.
    """
    graded = [pair for pair in averages if pair[1].grade in RANKED_GRADES]
    graded.sort(key=lambda pair: -_bound(pair[1]))
    places: list[Place[T]] = []
    for position, (item, figure) in enumerate(graded, start=1):
        is_equal = bool(places) and _bound(places[-1].average) == _bound(figure)
        places.append(Place(places[-1].number if is_equal else position, item, figure))
    others = [pair for pair in averages if pair[1].grade not in RANKED_GRADES]
    return places, sorted(others, key=lambda pair: (not pair[1].is_shown, -pair[1].n))


def _bound(figure: Average) -> float:
    assert figure.low is not None
    return figure.low
