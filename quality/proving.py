"""Whether an assist rule may be shown: how often people, not seeing it, answer the same; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lib.statistics import wilson
from quality import agreement

BLIND_SHARE = (1, 5)
LEAST_PAIRS = 30
LEAST_AGREEMENT_PERCENT = 85
LEAST_LOWER_PERCENT = 75

UNPROVEN, PROVEN, WITHHELD = "unproven", "proven", "withheld"

Pairs = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Proof:
    """Blind pairs and how they agree. `kappa` is None where proposals or answers do not vary."""

    n: int
    agreeing: int
    low_percent: float | None
    high_percent: float | None
    kappa: float | None

    @property
    def percent(self) -> float | None:
        return 100 * self.agreeing / self.n if self.n else None

    @property
    def status(self) -> str:
        """Unproven below 30 pairs; proven by agreement and its lower bound; else withheld."""
        if self.n < LEAST_PAIRS or self.low_percent is None:
            return UNPROVEN
        agrees = 100 * self.agreeing >= LEAST_AGREEMENT_PERCENT * self.n
        return PROVEN if agrees and self.low_percent >= LEAST_LOWER_PERCENT else WITHHELD

    @property
    def is_withheld(self) -> bool:
        return self.status == WITHHELD


def proof_of(pairs: Pairs) -> Proof:
    """From counts by (proposed, answered)."""
    n = sum(pairs.values())
    agreeing = sum(count for (proposed, given), count in pairs.items() if proposed == given)
    bounds = wilson(agreeing, n)
    low, high = (100 * bounds[0], 100 * bounds[1]) if bounds else (None, None)
    return Proof(n, agreeing, low, high, _kappa(pairs))


def _kappa(pairs: Pairs) -> float | None:
    """None too where only one option is ever proposed: then kappa is 0 by construction."""
    if len({proposed for proposed, _given in pairs}) < 2:
        return None
    categories = sorted({name for pair in pairs for name in pair})
    table = [[pairs.get((row, column), 0) for column in categories] for row in categories]
    found = agreement.kappa(table)
    return found.kappa if found else None
