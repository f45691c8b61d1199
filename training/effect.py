"""Did it help? Before and after with a control group, and what luck alone would show.

Every figure is for 95 % and told in docs/algorithms/effect.md; no data gives None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from lib.statistics import (
    Z95,
    binomial_tail,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_interval,
    t_quantile,
    welch,
)

Series = Sequence[float]
LEAST_COACHED = 5
LEAST_FOR_CONTROL = 10
MOST_EXACT = 25


@dataclass(frozen=True)
class Change:
    """A mean change with its interval; t, p and interval are None where nothing can be said."""

    n: int
    mean: float
    sd: float | None
    t: float | None
    p: float | None
    low: float | None
    high: float | None
    d_z: float | None
    g: float | None


def paired_change(before: Series, after: Series) -> Change | None:
    """The naive change of the same people; None without any."""
    d = _differences(before, after)
    if not d:
        return None
    n, mean = len(d), fmean(d)
    sd = stdev(d) if n > 1 else None
    interval = t_interval(mean, sd, n) if sd else None
    if not sd or interval is None:
        return Change(n, mean, sd, None, None, None, None, None, None)
    t = mean / (sd / math.sqrt(n))
    d_z = mean / sd
    return Change(
        n=n,
        mean=mean,
        sd=sd,
        t=t,
        p=2 * t_cdf(-abs(t), n - 1),
        low=interval[0],
        high=interval[1],
        d_z=d_z,
        g=d_z * (1 - 3 / (4 * (n - 1) - 1)),
    )


def _differences(before: Series, after: Series) -> list[float]:
    if len(before) != len(after):
        raise ValueError("Everybody has a value before and one after.")
    return [b - a for a, b in zip(before, after, strict=True)]


def signed_rank(differences: Series) -> tuple[float, float] | None:
    """Wilcoxon's W and its two-sided p; p is 1 without a difference, None without data."""
    if not differences:
        return None
    d = [x for x in differences if abs(x) > 1e-12]
    if not d:
        return 0.0, 1.0
    ranks = _ranks([abs(x) for x in d])
    plus = sum(rank for rank, x in zip(ranks, d, strict=True) if x > 0)
    w = min(plus, sum(ranks) - plus)
    n = len(d)
    ties = [ranks.count(rank) for rank in set(ranks)]
    if n <= MOST_EXACT and all(count == 1 for count in ties):
        return w, min(1.0, 2 * _rank_sums_up_to(n, w))
    variance = n * (n + 1) * (2 * n + 1) / 24 - sum(t**3 - t for t in ties) / 48
    z = (w - n * (n + 1) / 4) / math.sqrt(variance)
    return w, min(1.0, 2 * normal_cdf(z))


def _ranks(values: Series) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(values)
    return [
        (order.index(value) + 1 + len(order) - order[::-1].index(value)) / 2 for value in values
    ]


def _rank_sums_up_to(n: int, w: float) -> float:
    """Share of the 2^n signs of ranks 1 to n whose positive sum is at most w."""
    ways = [1]
    for rank in range(1, n + 1):
        longer = [*ways, *([0] * rank)]
        for total, count in enumerate(ways):
            longer[total + rank] += count
        ways = longer
    return sum(ways[: int(w) + 1]) / 2**n


def sign_test(k: int, n: int) -> float:
    """Two-sided exact p of k improvements among n changes."""
    if n == 0:
        return 1.0
    return min(1.0, 2 * binomial_tail(max(k, n - k), n, 0.5))


@dataclass(frozen=True)
class Sides:
    """Means of two sides of single evaluations, and what lies between them."""

    before: float | None
    after: float | None
    n_before: int
    n_after: int
    change: float | None = None
    low: float | None = None
    high: float | None = None


def two_sides(before: Series, after: Series) -> Sides:
    """After less before with Welch's interval; the two sides are different evaluations.

    No change without both sides, no interval with fewer than two on one or without any spread.
    """
    means = fmean(before) if before else None, fmean(after) if after else None
    counts = len(before), len(after)
    if means[0] is None or means[1] is None:
        return Sides(*means, *counts)
    low = high = None
    if min(counts) > 1:
        first, second = (means[1], stdev(after), len(after)), (means[0], stdev(before), len(before))
        found = welch(*first, *second)
        low, high = found[1:3] if found else (None, None)
    return Sides(*means, *counts, means[1] - means[0], low, high)


@dataclass(frozen=True)
class Difference:
    """An effect against the control group."""

    effect: float
    se: float
    df: float
    p: float
    low: float
    high: float
    n: int
    n_control: int


def difference_in_differences(
    before: Series, after: Series, control_before: Series, control_after: Series
) -> Difference | None:
    """The coached change less the change of the others; None if a group has fewer than two."""
    d, c = _differences(before, after), _differences(control_before, control_after)
    if len(d) < 2 or len(c) < 2:
        return None
    sd, sd_control = stdev(d), stdev(c)
    found = welch(fmean(d), sd, len(d), fmean(c), sd_control, len(c))
    if found is None:
        return None
    effect, low, high, _t, df, p = found
    se = math.sqrt(sd * sd / len(d) + sd_control * sd_control / len(c))
    return Difference(effect, se, df, p, low, high, len(d), len(c))


def ancova(
    before: Series, after: Series, control_before: Series, control_after: Series
) -> Difference | None:
    """The headline: after on group and before, by least squares; the coefficient of the group.

    None if a group has fewer than two or the design is singular.
    """
    _differences(before, after), _differences(control_before, control_after)
    n, m = len(before), len(control_before)
    total = n + m
    if n < 2 or m < 2 or total < 4:
        return None
    within = [_within(before, after), _within(control_before, control_after)]
    sxx, sxy, syy = (sum(part[index] for part in within) for index in range(3))
    if sxx < 1e-12:
        return None
    slope = sxy / sxx
    gap = fmean(before) - fmean(control_before)
    effect = fmean(after) - fmean(control_after) - slope * gap
    df = total - 3
    residual = max(0.0, syy - slope * sxy)
    if residual < 1e-18:
        return None
    se = math.sqrt(residual / df * (1 / n + 1 / m + gap * gap / sxx))
    half = t_quantile(0.975, df) * se
    p = 2 * t_cdf(-abs(effect / se), df)
    return Difference(effect, se, df, p, effect - half, effect + half, n, m)


def _within(xs: Series, ys: Series) -> tuple[float, float, float]:
    """Sums of squares and products around the group's own means."""
    x, y = fmean(xs), fmean(ys)
    sxx = math.fsum((a - x) ** 2 for a in xs)
    sxy = math.fsum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return sxx, sxy, math.fsum((b - y) ** 2 for b in ys)


# --- Luck ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reliability:
    """How much of one evaluation is the agent: r from 0 to 1, and the spread of evaluations."""

    n0: float
    r: float
    sd: float


def reliability(groups: Sequence[Series]) -> Reliability | None:
    """One-way intraclass correlation of single evaluations grouped by agent; None without data."""
    rows = [list(group) for group in groups if group]
    a, total = len(rows), sum(map(len, rows))
    if a < 2 or total <= a:
        return None
    mean = fmean([x for row in rows for x in row])
    msb = math.fsum(len(row) * (fmean(row) - mean) ** 2 for row in rows) / (a - 1)
    msw = math.fsum((x - fmean(row)) ** 2 for row in rows for x in row) / (total - a)
    n0 = (total - sum(len(row) ** 2 for row in rows) / total) / (a - 1)
    between = max(0.0, (msb - msw) / n0)
    whole = msb + (n0 - 1) * msw
    r = min(1.0, max(0.0, (msb - msw) / whole)) if whole > 0 else 0.0
    return Reliability(n0, r, math.sqrt(between + msw))


def reliability_of_mean(r: float, m: float) -> float:
    """Of the mean of m evaluations (Spearman and Brown)."""
    if r <= 0 or m <= 0:
        return 0.0
    return r / (r + (1 - r) / m)


def luck_gain(population_mean: float, baseline_mean: float, r: float, m: float) -> float:
    """Points the next mean would rise by itself, as the baseline was picked for being low."""
    return (1 - reliability_of_mean(r, m)) * (population_mean - baseline_mean)


@dataclass(frozen=True)
class Selection:
    """Who lies below a cutoff: z, their mean, and the rise that follows from chance alone."""

    z: float
    selected_mean: float
    gain: float


def planned_luck(mean: float, sd: float, r: float, cutoff: float, m: float) -> Selection:
    """What picking everybody below `cutoff` on the mean of m evaluations brings by luck."""
    spread = sd * math.sqrt(r + (1 - r) / m)
    z = (cutoff - mean) / spread
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    selected = mean - spread * density / normal_cdf(z)
    return Selection(z, selected, luck_gain(mean, selected, r, m))


# --- Pass and fail, several tests, how many ------------------------------------------------------


def mcnemar(b: int, c: int) -> tuple[float, float, float]:
    """Exact p, corrected statistic and its p, of b changes one way and c the other."""
    n = b + c
    if n == 0:
        return 1.0, 0.0, 1.0
    exact = min(1.0, 2 * binomial_tail(max(b, c), n, 0.5))
    statistic = max(0.0, abs(b - c) - 1) ** 2 / n
    return exact, statistic, 2 * normal_cdf(-math.sqrt(statistic))


def holm(ps: Series) -> list[float]:
    """P values adjusted for being several, in the order given."""
    order = sorted(range(len(ps)), key=lambda index: ps[index])
    adjusted, highest = [0.0] * len(ps), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = highest
    return adjusted


def agents_needed(d: float, power: float = 0.8) -> tuple[int, int]:
    """People for a paired test, and for each arm of a comparison, to find an effect of size d."""
    quantiles = Z95 + normal_quantile(power)
    paired = quantiles**2 / d**2 + Z95**2 / 2
    arm = 2 * quantiles**2 / d**2 + Z95**2 / 4
    return math.ceil(paired - 1e-9), math.ceil(arm - 1e-9)


def shrunken(effects: Series, se: Series) -> tuple[float, float, list[float]] | None:
    """(τ², mean, estimates) of several effects pulled towards their mean; None without any."""
    if len(effects) != len(se):
        raise ValueError("Every effect has its standard error.")
    if not effects:
        return None
    weights = [1 / (error * error) for error in se]
    mean = _weighted(effects, weights)
    q = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    tau2 = max(0.0, (q - (len(effects) - 1)) / scale) if scale > 0 else 0.0
    mean = _weighted(effects, [1 / (error * error + tau2) for error in se])
    if tau2 == 0:
        return 0.0, mean, [mean] * len(effects)
    estimates = [
        (y / error**2 + mean / tau2) / (1 / error**2 + 1 / tau2)
        for y, error in zip(effects, se, strict=True)
    ]
    return tau2, mean, estimates


def _weighted(values: Series, weights: Series) -> float:
    return sum(w * y for w, y in zip(weights, values, strict=True)) / sum(weights)


def verdict(n: int, headline: Difference | None, naive: Change | None, luck: float | None) -> str:
    """What may be said: a word of the table in docs/algorithms/effect.md."""
    if n < LEAST_COACHED or naive is None:
        return "not_enough"
    if headline is not None and min(headline.n, headline.n_control) >= LEAST_FOR_CONTROL:
        if headline.low > 0:
            return "better_than_uncoached"
        return "worse_than_uncoached" if headline.high < 0 else "not_clear"
    if naive.low is not None and luck is not None and naive.low - luck > 0:
        return "above_luck_no_control"
    return "not_clear"
