"""Figures of fair play, boards and equity. Hints with their evidence, never verdicts.

Told in prose in docs/algorithms/recognition.md.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.statistics import beta_quantile

RECIPROCITY, CONCENTRATION, LEAST_KUDOS = 0.8, 0.5, 6
LEAST_IN_CYCLE, LONGEST_CYCLE = 3, 4
SAME_TEXT = 0.8
BURST_SIZE, BURST_SECONDS = 5, 600
DUMP_PERCENT, DUMP_POINTS = 60, 50
Z90 = 1.6448536


def reciprocity(a_to_b: int, b_to_a: int) -> float:
    """How far two people thank each other alike: 0 one way only, 1 just as often."""
    return 2 * min(a_to_b, b_to_a) / (a_to_b + b_to_a)


def concentration(counts: Iterable[int]) -> float:
    """Sum of squared shares of what one person gave: 1 is all to one."""
    given = list(counts)
    total = sum(given)
    return sum((count / total) ** 2 for count in given)


def cycles(
    edges: Mapping[tuple[int, int], int], min_weight: int, max_length: int
) -> list[tuple[int, ...]]:
    """Directed rings of 3 to `max_length` people whose every edge weighs enough.

    Each stands once, from its smallest id; the two directions of a ring are two rings.
    """
    follows: dict[int, list[int]] = defaultdict(list)
    for (giver, receiver), weight in edges.items():
        if weight >= min_weight and giver != receiver:
            follows[giver].append(receiver)
    found: list[tuple[int, ...]] = []
    for start in sorted(follows):
        paths: list[tuple[int, ...]] = [(start,)]
        while paths:
            path = paths.pop()
            for following in follows.get(path[-1], ()):
                if following == start and len(path) >= 3:
                    found.append(path)
                elif following > start and following not in path and len(path) < max_length:
                    paths.append((*path, following))
    return sorted(found)


def normalized(text: str) -> str:
    """Letters and digits without marks and case, everything else as single spaces."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text).casefold()
        if not unicodedata.combining(letter)
    )
    return re.sub(r"[\W_]+", " ", plain).strip()


def trigrams(text: str) -> frozenset[str]:
    plain = normalized(text)
    return frozenset(plain[place : place + 3] for place in range(len(plain) - 2))


def similarity(a: str, b: str) -> float:
    """Jaccard index of the character trigrams, 0-1; texts under 3 characters by equality."""
    mine, theirs = trigrams(a), trigrams(b)
    if not mine or not theirs:
        return float(normalized(a) == normalized(b))
    return len(mine & theirs) / len(mine | theirs)


def has_burst(instants: Iterable[datetime]) -> bool:
    """Whether five of them lie within ten minutes, first to fifth."""
    ordered = sorted(instants)
    spans = zip(ordered, ordered[BURST_SIZE - 1 :], strict=False)
    return any((last - first).total_seconds() <= BURST_SECONDS for first, last in spans)


def is_month_end_dump(total: int, last_48_hours: int) -> bool:
    return last_48_hours >= DUMP_POINTS and 100 * last_48_hours >= DUMP_PERCENT * total


def gini(values: Sequence[float]) -> float | None:
    """0 all alike, towards 1 all with one; None where there is nothing to share."""
    total = sum(values)
    if not total:
        return None
    ordered = sorted(values)
    weighted = sum((2 * place - len(ordered) + 1) * one for place, one in enumerate(ordered))
    return weighted / (len(ordered) * total)


# --- Boards -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class BoardRow:
    """One unit on a board; `place` None is not ranked yet."""

    key: Hashable
    n: float
    mean: float | None
    lower: float | None
    upper: float | None
    place: int | None
    is_not_clearly_behind: bool


@dataclass(frozen=True)
class _Estimate:
    key: Hashable
    n: float
    mean: float
    lower: float
    upper: float


def share_board(
    rows: Sequence[tuple[Hashable, float, float]],
    strength: float,
    min_n: float,
    prior: tuple[float, float] | None = None,
) -> list[BoardRow]:
    """Rank (key, k of n) by the lower 90 % bound of the Beta posterior; k and n may be fractional.

    Without a `prior` (a, b), the share of all people pulls with `strength`.
    """
    n_all = sum(n for _key, _k, n in rows)
    if not n_all:
        return []
    if prior is None:
        pooled = min(0.99, max(0.01, sum(k for _key, k, _n in rows) / n_all))
        prior = strength * pooled, strength * (1 - pooled)
    estimates = []
    for key, k, n in rows:
        a, b = prior[0] + k, prior[1] + n - k
        low, high = beta_quantile(0.05, a, b), beta_quantile(0.95, a, b)
        estimates.append(_Estimate(key, n, a / (a + b), low, high))
    return _placed(estimates, min_n, decimals=3)


def mean_board(
    rows: Sequence[tuple[Hashable, Sequence[float]]], strength: float, min_n: float
) -> list[BoardRow]:
    """Rank (key, values) by the lower 90 % bound of a mean pulled to the mean of all."""
    values = [value for _key, own in rows for value in own]
    if not values:
        return []
    middle = sum(values) / len(values)
    spread = _within_variance([own for _key, own in rows])
    estimates = []
    for key, own in rows:
        weight = strength + len(own)
        mean = (strength * middle + sum(own)) / weight
        half = Z90 * math.sqrt(spread / weight)
        estimates.append(_Estimate(key, len(own), mean, mean - half, mean + half))
    return _placed(estimates, min_n, decimals=1)


def _within_variance(groups: Sequence[Sequence[float]]) -> float:
    squares, degrees = 0.0, 0
    for own in groups:
        if own:
            mean = sum(own) / len(own)
            squares += sum((value - mean) ** 2 for value in own)
            degrees += len(own) - 1
    return squares / degrees if degrees else 0.0


def _placed(estimates: list[_Estimate], min_n: float, *, decimals: int) -> list[BoardRow]:
    ranked = sorted(
        (one for one in estimates if one.n >= min_n),
        key=lambda one: (-round(one.lower, decimals), str(one.key)),
    )
    places: dict[Hashable, int] = {}
    for number, one in enumerate(ranked, start=1):
        before = ranked[number - 2] if number > 1 else None
        is_tied = before is not None and round(before.lower, decimals) == round(one.lower, decimals)
        places[one.key] = places[before.key] if before is not None and is_tied else number
    first_lower = ranked[0].lower if ranked else math.inf
    rest = [one for one in estimates if one.n < min_n]
    return [
        BoardRow(
            one.key,
            one.n,
            one.mean,
            one.lower,
            one.upper,
            places[one.key],
            one.upper >= first_lower,
        )
        for one in ranked
    ] + [BoardRow(one.key, one.n, None, None, None, None, False) for one in rest]
