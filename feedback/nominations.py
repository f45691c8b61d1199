"""How a committee's votes become a result.

Told in prose in docs/algorithms/recognition.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HIGHEST_SCORE = 5
STEP = Decimal("0.0001")


@dataclass(frozen=True, order=True)
class Result:
    """The mean of the votes, 1-5 with four decimals, then how many fives were among them."""

    mean: Decimal
    fives: int


def vote_value(scores: Mapping[str, int], weights: Mapping[str, int]) -> Decimal:
    """One member's vote: the scores 1-5 weighted by percent that total 100."""
    return (
        sum((Decimal(weight * scores[code]) for code, weight in weights.items()), Decimal()) / 100
    )


def result(
    votes: Iterable[Mapping[str, int] | None], weights: Mapping[str, int], min_votes: int
) -> Result | None:
    """The result over the members who are not recused (None); None below `min_votes`."""
    cast = [scores for scores in votes if scores is not None]
    if len(cast) < max(1, min_votes):
        return None
    mean = sum((vote_value(scores, weights) for scores in cast), Decimal()) / len(cast)
    fives = sum(score == HIGHEST_SCORE for scores in cast for score in scores.values())
    return Result(mean.quantize(STEP, ROUND_HALF_UP), fives)
