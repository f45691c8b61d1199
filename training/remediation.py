"""When repeated failures call for help, and how often luck alone would: the k-of-n rule.

Told in docs/algorithms/remediation.md.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import comb

from lib.statistics import binomial_tail

MOST_STATES = 20_000
RUNS = 20_000


@dataclass(frozen=True, order=True)
class Outcome:
    """One applicable judgement of one agent on one criterion, or one answer of a customer."""

    at: datetime
    id: int | str
    is_failed: bool


@dataclass(frozen=True)
class Firing:
    """The rule fired; `evidence` are the ids of the failures it rests on, oldest first."""

    at: datetime
    evidence: tuple[int | str, ...]


def firings(
    outcomes: Iterable[Outcome], k: int, n: int, window_days: int = 90, cool_off_days: int = 30
) -> list[Firing]:
    """Every time that at least k unused failures stand among the last n, in order of time.

    The window is the last n applicable judgements up to this one, none older than `window_days`.
    Failures are used once; after a firing the rule is silent for the cool-off, but what happens
    meanwhile counts later. Raises ValueError unless 1 <= k <= n.
    """
    _check(k, n)
    found: list[Firing] = []
    seen: list[Outcome] = []
    used: set[int | str] = set()
    blocked_until: datetime | None = None
    for outcome in sorted(outcomes):
        seen.append(outcome)
        if not outcome.is_failed or (blocked_until is not None and outcome.at < blocked_until):
            continue
        oldest = outcome.at - timedelta(days=window_days)
        fresh = [
            one.id for one in seen[-n:] if one.is_failed and one.at >= oldest and one.id not in used
        ]
        if len(fresh) >= k:
            used.update(fresh)
            blocked_until = outcome.at + timedelta(days=cool_off_days)
            found.append(Firing(outcome.at, tuple(fresh)))
    return found


def _check(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise ValueError("A rule asks for k of n, with 1 <= k <= n.")


def chance_of_k_of_n(k: int, n: int, p: float) -> float:
    """Chance of k failures or more among n independent judgements that each fail with chance p."""
    _check(k, n)
    return binomial_tail(k, n, p)


@dataclass(frozen=True)
class Chance:
    """`is_simulated` says that it comes from 20,000 seeded runs, as the exact way is too long."""

    value: float
    is_simulated: bool = False


def chance_of_firing(m: int, k: int, n: int, p: float) -> Chance:
    """Chance that within m judgements some run of n, the first ones shorter, holds k failures.

    Exact by a chain over the last n − 1 outcomes, or simulated above 20,000 states.
    """
    _check(k, n)
    if m < k or p <= 0:
        return Chance(0.0)
    if states_of(k, n) > MOST_STATES:
        return Chance(_simulated(m, k, n, p), is_simulated=True)
    return Chance(_exact(m, k, n, p))


@lru_cache(maxsize=256)
def states_of(k: int, n: int) -> int:
    """How many patterns of the last n − 1 outcomes hold fewer than k failures."""
    return sum(comb(n - 1, failures) for failures in range(min(k, n)))


@lru_cache(maxsize=4096)
def _exact(m: int, k: int, n: int, p: float) -> float:
    """Walk the bit patterns of the last n − 1 outcomes that have not fired yet."""
    mask = (1 << (n - 1)) - 1
    alive: dict[int, float] = {0: 1.0}
    for _step in range(m):
        following: dict[int, float] = {}
        for pattern, weight in alive.items():
            passed = (pattern << 1) & mask
            following[passed] = following.get(passed, 0.0) + weight * (1 - p)
            if pattern.bit_count() + 1 < k:
                failed = ((pattern << 1) | 1) & mask
                following[failed] = following.get(failed, 0.0) + weight * p
        alive = following
    return 1 - sum(alive.values())


def _simulated(m: int, k: int, n: int, p: float) -> float:
    chance = random.Random(f"{m}:{k}:{n}:{p}")  # noqa: S311 - Repeatable, and no secret.
    fired = 0
    for _run in range(RUNS):
        failures: list[int] = []
        for number in range(m):
            if chance.random() < p:
                failures.append(number)
                if len(failures) >= k and failures[-k] > number - n:
                    fired += 1
                    break
    return fired / RUNS


def expected_by_luck(sizes: Sequence[int], k: int, n: int, p: float) -> float:
    """How many agents with so many judgements each would fire although nothing is wrong."""
    return sum(chance_of_firing(m, k, n, p).value for m in sizes)
