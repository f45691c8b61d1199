"""Figures of surveys with their uncertainty; told in docs/algorithms/survey-figures.md.

Confidence is 95 %. No data gives None, never 0. Values are unrounded; `shown` rounds for people.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from lib.statistics import Z95, newcombe, normal_cdf, t_interval, wilson

LEAST_FOR_INTERVAL = 5
NO_ANSWER = "no_answer"
DETRACTORS = {"nps": range(7), "csat": range(1, 3), "ces2": range(1, 4), "ces1": range(4, 6)}


@dataclass(frozen=True)
class Figure:
    """A share 0-1, an index or a mean, with the ends of its interval where it has one."""

    value: float | None
    n: float
    low: float | None = None
    high: float | None = None


# --- Shares ------------------------------------------------------------------------------------


def share(k: float, n: float) -> Figure:
    """k of n as a share 0-1 with its score interval."""
    bounds = wilson(k, n)
    return Figure(k / n, n, *bounds) if bounds else Figure(None, n)


@dataclass(frozen=True)
class Difference(Figure):
    """First minus second; clear if 0 lies outside the interval."""

    standard_error: float | None = None
    z: float | None = None
    p: float | None = None

    @property
    def is_clear(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return not self.low <= 0 <= self.high


def share_difference(k1: float, n1: float, k2: float, n2: float) -> Difference:
    """Difference of two independent shares by the hybrid score method."""
    found = newcombe(k1, n1, k2, n2)
    return Difference(found[0], n1 + n2, *found[1:]) if found else Difference(None, n1 + n2)


def weighted_share(pairs: Iterable[tuple[float, int]]) -> Figure:
    """Share of (weight, 0 or 1) pairs; n is the effective one, (sum w) squared by sum w squared."""
    rows = [(weight, hit) for weight, hit in pairs if weight > 0]
    total = sum(weight for weight, _ in rows)
    if not total:
        return Figure(None, 0)
    n = total * total / sum(weight * weight for weight, _ in rows)
    p = sum(weight * hit for weight, hit in rows) / total
    return share(p * n, n)


def agent_share(rows: Iterable[tuple[bool, str | None, float]]) -> Figure:
    """An agent's figure from (satisfied, effective driver, weight): the driver `person` alone."""
    return weighted_share((weight, int(hit)) for hit, driver, weight in rows if driver == "person")


# --- Net Promoter Score ------------------------------------------------------------------------


@dataclass(frozen=True)
class Nps(Figure):
    """-100 to 100; `center` and `adjusted_error` belong to the adjusted interval."""

    variance: float | None = None
    standard_error: float | None = None
    center: float | None = None
    adjusted_error: float | None = None


def nps(promoters: int, passives: int, detractors: int) -> Nps:
    """The raw score with the adjusted Wald interval of Net Promoter Scores."""
    n = promoters + passives + detractors
    if n == 0:
        return Nps(None, 0)
    value, variance = _net(promoters, detractors, n)
    center, spread = _net(promoters + 0.75, detractors + 0.75, n + 3)
    error = 100 * math.sqrt(spread / (n + 3))
    low, high = max(-100.0, center - Z95 * error), min(100.0, center + Z95 * error)
    raw_error = 100 * math.sqrt(variance / n)
    return Nps(value, n, low, high, variance, raw_error, center, error)


def _net(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    net = (promoters - detractors) / n
    return 100 * net, (promoters + detractors) / n - net * net


def nps_difference(first: Nps, second: Nps) -> Difference:
    """Raw values with their errors; where neither has one, the adjusted centers and errors."""
    n = first.n + second.n
    if first.value is None or second.value is None:
        return Difference(None, n)
    error = math.hypot(first.standard_error or 0, second.standard_error or 0)
    value = first.value - second.value
    if error == 0:
        value = (first.center or 0) - (second.center or 0)
        error = math.hypot(first.adjusted_error or 0, second.adjusted_error or 0)
    z = value / error
    low, high = value - Z95 * error, value + Z95 * error
    return Difference(value, n, low, high, error, z, 2 * normal_cdf(-abs(z)))


# --- Effort and other means --------------------------------------------------------------------


@dataclass(frozen=True)
class Effort(Figure):
    """A mean on its scale; `agree` and `net_easy` in percent, the latter on the 7-point form."""

    sd: float | None = None
    agree: float | None = None
    net_easy: float | None = None


def effort(values: Sequence[float], scale_max: int) -> Effort:
    """Customer effort: 7 points (7 is easy; agreeing is 5-7) or 5 points (1-2 is little effort)."""
    return effort_of(Counter(values), scale_max)


def effort_of(counts: Mapping[float, int], scale_max: int) -> Effort:
    """The same from how often each value was given."""
    n = sum(counts.values())
    if n == 0:
        return Effort(None, 0)
    figure, sd = mean_of(counts, 1, scale_max)
    if scale_max == 5:
        easy = sum(count for value, count in counts.items() if value <= 2)
        return Effort(figure.value, n, figure.low, figure.high, sd, 100 * easy / n)
    easy = sum(count for value, count in counts.items() if value >= 5)
    hard = sum(count for value, count in counts.items() if value <= 3)
    agree, net = 100 * easy / n, 100 * (easy - hard) / n
    return Effort(figure.value, n, figure.low, figure.high, sd, agree, net)


def mean_of(counts: Mapping[float, int], low: float, high: float) -> tuple[Figure, float | None]:
    """Mean of counted values with its t interval clipped to the scale, and the deviation."""
    n = sum(counts.values())
    if n == 0:
        return Figure(None, 0), None
    mean = math.fsum(value * count for value, count in counts.items()) / n
    if n == 1:
        return Figure(mean, 1), None
    squares = math.fsum(count * (value - mean) ** 2 for value, count in counts.items())
    sd = math.sqrt(squares / (n - 1))
    bounds = t_interval(mean, sd, n)
    if bounds is None:
        return Figure(mean, n), sd
    return Figure(mean, n, max(low, bounds[0]), min(high, bounds[1])), sd


# --- Planning and response rates ---------------------------------------------------------------


def needed_answers(variance: float, half_width: float) -> int:
    """Answers for an interval of +-half_width, both in units of 1 (an NPS of 10 is 0.1)."""
    if half_width <= 0 or variance < 0:
        raise ValueError("A half width above 0 and a variance of at least 0 are needed.")
    return math.ceil(Z95 * Z95 * variance / (half_width * half_width) - 1e-9)


def finite_population_factor(n: int, population: int) -> float:
    """What a standard error is multiplied by where n of a small population answered."""
    if not 0 <= n <= population:
        raise ValueError("The sample is not larger than its population.")
    return math.sqrt((population - n) / (population - 1)) if population > 1 else 0.0


@dataclass(frozen=True)
class ResponseRates:
    """AAPOR response rates 1 to 6 as shares 0-1."""

    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None


def response_rates(
    complete: int,
    partial: int,
    refused: int,
    no_contact: int,
    other: int,
    unknown: int,
    eligible_share: float = 1.0,
) -> ResponseRates:
    """`unknown` are those that bounced, of whom `eligible_share` are taken as eligible."""
    counts = (complete, partial, refused, no_contact, other, unknown)
    parts = response_rate_parts(*counts, eligible_share=eligible_share)
    return ResponseRates(**{name: count / of if of else None for name, (count, of) in parts})


def response_rate_parts(
    complete: int,
    partial: int,
    refused: int,
    no_contact: int,
    other: int,
    unknown: int,
    *,
    eligible_share: float = 1.0,
) -> list[tuple[str, tuple[int, float]]]:
    """The name of each response rate with what it counts and of how many."""
    known = complete + partial + refused + no_contact + other
    both, estimated = complete + partial, known + eligible_share * unknown
    return [
        ("rr1", (complete, known + unknown)),
        ("rr2", (both, known + unknown)),
        ("rr3", (complete, estimated)),
        ("rr4", (both, estimated)),
        ("rr5", (complete, known)),
        ("rr6", (both, known)),
    ]


# --- Credit ------------------------------------------------------------------------------------


def credit_weights(seconds: Sequence[int]) -> list[Decimal]:
    """Shares of handled seconds with four decimals that sum to exactly 1; earlier legs win ties.

    Legs without any handled second share alike.
    """
    if not seconds:
        return []
    parts = list(seconds) if any(seconds) else [1] * len(seconds)
    total = sum(parts)
    units = [part * 10_000 // total for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda at: (-(parts[at] * 10_000 % total), at))
    for at in by_remainder[: 10_000 - sum(units)]:
        units[at] += 1
    return [Decimal(unit).scaleb(-4) for unit in units]


# --- Disclosure and recovery -------------------------------------------------------------------


def hidden_parts(counts: Mapping[str, int], k: int) -> frozenset[str]:
    """Which parts of a shown total stay hidden so that no part below k can be worked out."""
    hidden = {code for code, n in counts.items() if 0 < n < k}
    if not hidden:
        return frozenset()
    rest = sorted((n, code) for code, n in counts.items() if n >= k)
    while rest and (len(hidden) < 2 or sum(counts[code] for code in hidden) < k):
        hidden.add(rest.pop(0)[1])
    return frozenset(hidden)


def is_detractor(metric: str, value: float | Decimal) -> bool:
    """Whether a rating lies in the detractor band of its metric."""
    return int(value) in DETRACTORS.get(metric, ())


def recovery_outcome(metric: str, before: int, after: int | None) -> str:
    """recovered, improved, unchanged, worse or no_answer, on one and the same series."""
    if after is None:
        return NO_ANSWER
    if is_detractor(metric, before) and not is_detractor(metric, after):
        return "recovered"
    gain = before - after if metric == "ces1" else after - before
    if gain >= (2 if metric == "nps" else 1):
        return "improved"
    return "worse" if gain < 0 else "unchanged"


# --- For people --------------------------------------------------------------------------------


def shown(value: float | Fraction | Decimal | None, *, signed: bool = False) -> str:
    """One decimal, half away from zero, "0.0" without a sign; an en dash for no value."""
    if value is None:
        return "–"
    exact = (
        Decimal(value.numerator) / value.denominator
        if isinstance(value, Fraction)
        else Decimal(str(value))
    )
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    if rounded == 0:
        return "0.0"
    sign = "−" if rounded < 0 else "+" if signed else ""
    return f"{sign}{abs(rounded)}"
