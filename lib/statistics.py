"""Distributions, intervals and sample sizes at 95 % confidence; no data gives None, never NaN."""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

Z95 = 1.959963984540054
_T_PROBABILITY = 0.975
_SMALLEST = 1e-300
_NORMAL = NormalDist()


# --- Distributions -------------------------------------------------------------------------------


def normal_cdf(x: float) -> float:
    """Share of a standard normal distribution below x; exact in both tails."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def normal_quantile(p: float) -> float:
    """The x with `normal_cdf(x) == p`; raises ValueError unless 0 < p < 1."""
    _require(0 < p < 1, "A probability between 0 and 1 is needed, both left out.")
    return _NORMAL.inv_cdf(p)


def t_cdf(x: float, df: float) -> float:
    """Share of Student's t distribution below x; df may be fractional, as in `welch`."""
    _require(df > 0, "Degrees of freedom are above 0.")
    tail = _t_tail(abs(x), df)
    return tail if x < 0 else 1 - tail


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The x with `t_cdf(x, df) == p`; raises ValueError unless 0 < p < 1 and df > 0."""
    _require(0 < p < 1, "A probability between 0 and 1 is needed, both left out.")
    _require(df > 0, "Degrees of freedom are above 0.")
    if p == 0.5:
        return 0.0
    if p < 0.5:
        return -_t_upper_quantile(p, df)
    return _t_upper_quantile(1 - p, df)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The share below which a beta(a, b) variable lies with probability p."""
    _require(0 <= p <= 1, "A probability between 0 and 1 is needed.")
    _require(a > 0 and b > 0, "Both parameters of a beta distribution are above 0.")
    if p in (0, 1):
        return float(p)
    return _root(lambda x: _regularized_beta(x, 1 - x, a, b) - p, 0.0, 1.0)


def binomial_tail(k: int, n: int, p: float) -> float:
    """Chance of k or more successes in n independent trials that each succeed with chance p."""
    _require(n >= 0, "The number of trials is not below 0.")
    _require(0 <= p <= 1, "A probability between 0 and 1 is needed.")
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    return _regularized_beta(p, 1 - p, k, n - k + 1)


# --- Intervals -----------------------------------------------------------------------------------


def wilson(k: float, n: float, z: float = Z95) -> tuple[float, float] | None:
    """Score interval of the share k/n, as shares 0-1; None if n is 0.

    k and n may be fractional (weighted answers). The low end is exactly 0 if k is 0, the high end
    exactly 1 if k equals n. Raises ValueError unless 0 <= k <= n.
    """
    _require(0 <= k <= n * (1 + 1e-12), "A share needs a count between 0 and its total.")
    k = min(k, n)
    if n == 0:
        return None
    p = k / n
    scale = 1 + z * z / n
    center = (p + z * z / (2 * n)) / scale
    half_width = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if k == 0 else max(0.0, center - half_width)
    high = 1.0 if k == n else min(1.0, center + half_width)
    return low, high


def newcombe(k1: float, n1: float, k2: float, n2: float) -> tuple[float, float, float] | None:
    """(k1/n1 - k2/n2, low, high) by the hybrid score method; None if either total is 0."""
    first, second = wilson(k1, n1), wilson(k2, n2)
    if first is None or second is None:
        return None
    p1, p2 = k1 / n1, k2 / n2
    low = p1 - p2 - math.hypot(p1 - first[0], second[1] - p2)
    high = p1 - p2 + math.hypot(first[1] - p1, p2 - second[0])
    return p1 - p2, low, high


def t_interval(mean: float, sd: float, n: int) -> tuple[float, float] | None:
    """Interval of a mean from the sample deviation (n - 1); not clipped to any scale.

    None if n is below 2 or sd is 0: one value, or equal values, prove nothing about the spread.
    """
    _require(sd >= 0, "A deviation is not below 0.")
    if n < 2 or sd == 0:
        return None
    half_width = t_quantile(_T_PROBABILITY, n - 1) * sd / math.sqrt(n)
    return mean - half_width, mean + half_width


def welch(
    mean1: float, sd1: float, n1: int, mean2: float, sd2: float, n2: int
) -> tuple[float, float, float, float, float, float] | None:
    """Difference of two means with unequal variances: (difference, low, high, t, df, two-sided p).

    None if a group has fewer than 2 values or both deviations are 0.
    """
    _require(sd1 >= 0 and sd2 >= 0, "A deviation is not below 0.")
    if n1 < 2 or n2 < 2 or sd1 == sd2 == 0:
        return None
    part1, part2 = sd1 * sd1 / n1, sd2 * sd2 / n2
    error = math.sqrt(part1 + part2)
    share = part1 / (part1 + part2)
    df = 1 / (share * share / (n1 - 1) + (1 - share) * (1 - share) / (n2 - 1))
    difference = mean1 - mean2
    t = difference / error
    half_width = t_quantile(_T_PROBABILITY, df) * error
    return (
        difference,
        difference - half_width,
        difference + half_width,
        t,
        df,
        2 * t_cdf(-abs(t), df),
    )


# --- How many ------------------------------------------------------------------------------------


def needed_for_share(p: float, error: float, population: int | None = None) -> int:
    """Sample size that knows a share p (0-1) within +-error; fewer in a finite population."""
    _require(0 <= p <= 1, "A share between 0 and 1 is needed.")
    _require(error > 0, "The error wanted is above 0.")
    needed = Z95 * Z95 * p * (1 - p) / (error * error)
    if population is None:
        return _round_up(needed)
    _require(population >= 0, "A population is not below 0.")
    if needed > 1 and population > 0:
        needed = needed / (1 + (needed - 1) / population)
    return min(population, _round_up(needed))


def needed_for_mean(sd: float, error: float) -> int:
    """Sample size for a mean to be known within +-error when values deviate by sd, rounded up."""
    _require(sd >= 0, "A deviation is not below 0.")
    _require(error > 0, "The error wanted is above 0.")
    return _round_up((Z95 * sd / error) ** 2)


# --- Numerical work ------------------------------------------------------------------------------


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise ValueError(sentence)


def _round_up(value: float) -> int:
    """Ceiling that forgives the last digits of a float, so that 385.0000000001 stays 385."""
    return math.ceil(value - 1e-9)


def _t_upper_quantile(tail: float, df: float) -> float:
    """The positive x above which the share `tail` (below 0.5) of the t distribution lies."""

    high = max(1.0, -_NORMAL.inv_cdf(tail))
    while _t_tail(high, df) > tail:
        high *= 2
    return _root(lambda x: tail - _t_tail(x, df), 0.0, high)


def _t_tail(x: float, df: float) -> float:
    """Share of the t distribution above x, for x >= 0."""
    total = df + x * x
    if math.isinf(total):
        return 0.0
    return 0.5 * _regularized_beta(df / total, x * x / total, df / 2, 0.5)


def _regularized_beta(x: float, rest: float, a: float, b: float) -> float:
    """Regularized incomplete beta I_x(a, b); rest is 1 - x, given apart to keep its digits."""
    if x <= 0:
        return 0.0
    if rest <= 0:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_weight(rest, x, b, a) / b * _beta_fraction(rest, b, a)
    return _beta_weight(x, rest, a, b) / a * _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    c = 1.0
    fraction = d = 1 / _not_zero(1 - (a + b) * x / (a + 1))
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in (even, odd):
            d = 1 / _not_zero(1 + numerator * d)
            c = _not_zero(1 + numerator / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return fraction


def _not_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST


def _beta_weight(x: float, rest: float, a: float, b: float) -> float:
    """x^a rest^b / B(a, b), written around its mean so that large a and b lose no digits."""
    total = a + b
    exponent = (
        a * math.log(x * total / a)
        + b * math.log(rest * total / b)
        + _stirling_rest(total)
        - _stirling_rest(a)
        - _stirling_rest(b)
    )
    return math.sqrt(a / total * b / (2 * math.pi)) * math.exp(exponent)


def _stirling_rest(x: float) -> float:
    """What Stirling's formula lacks of ln gamma(x)."""
    if x < 10:
        return math.lgamma(x) - ((x - 0.5) * math.log(x) - x + 0.5 * math.log(2 * math.pi))
    y = 1 / (x * x)
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Zero of a rising function between low and high: inverse quadratic steps, else halving.

    Chandrupatla's method, Advances in Engineering Software 28 (1997) 145-149.
    """
    a, b = high, low
    fa, fb = function(a), function(b)
    step = 0.5
    for _ in range(2000):
        x = a + step * (b - a)
        fx = function(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, fc = b, fb
            b, fb = a, fa
        a, fa = x, fx
        best = a if abs(fa) < abs(fb) else b
        tolerance = 2e-16 * abs(best) + 1e-300
        limit = tolerance / abs(b - a) if a != b else 1.0
        if limit >= 0.5 or fa == 0:
            return best
        step = max(limit, min(1 - limit, _next_step(a, b, c, fa, fb, fc)))
    return best


def _next_step(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    """Where between a and b to look next: interpolated where that is safe, else halfway."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if not (phi * phi < xi and (1 - phi) ** 2 < 1 - xi):
        return 0.5
    return fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
