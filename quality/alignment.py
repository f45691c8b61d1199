"""How close raters come to the agreed answers; told in docs/algorithms/alignment.md.

Answers stand as points by criterion; None stands for not applicable or hidden. Everything is exact
until the figure is rounded once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from quality.scoring import Card, Score
from quality.scoring.numbers import rounded

Points = Mapping[str, Fraction | None]
APPLIES = ("scored", "imputed", "excused")
HUNDRED = Fraction(100)


@dataclass(frozen=True)
class Weighed:
    """What a criterion can earn and how much it weighs among the others."""

    max_points: Fraction
    weight: Fraction


def weighed(card: Card) -> dict[str, Weighed]:
    """Every criterion that counts, with its own weight; see `weight_of`."""
    return {
        item.key: Weighed(item.possible, weight_of(card, item.key))
        for item in card.items
        if item.can_count and not item.is_bonus
    }


def weight_of(card: Card, key: str) -> Fraction:
    """The own weight; in the points modes multiplier x max_points, else a part of its section's."""
    item = card.by_key[key]
    if card.counts_points:
        return card.multiplier(item) * item.possible
    if card.weight_mode == "section_percent":
        within = [one for one in card.items if one.top is item.top and one.can_count]
        return (item.top.weight or Fraction(0)) / len(within)
    return item.criterion.weight or Fraction(0)


def points_of(score: Score) -> dict[str, Fraction | None]:
    """Points by criterion; None where the criterion did not apply or was hidden."""
    return {
        key: Fraction(figures.earned)
        if figures.state in APPLIES and figures.earned is not None
        else None
        for key, figures in score.criteria.items()
    }


def alignment_of(rater: Fraction | None, gold: Fraction | None, most: Fraction) -> Fraction | None:
    """1 for the same points, 0 for the opposite end; None if both say that it did not apply."""
    if rater is None and gold is None:
        return None
    if rater is None or gold is None:
        return Fraction(0)
    return 1 - abs(rater - gold) / most if most else Fraction(1)


def alignment(
    rater: Points, gold: Points, criteria: Mapping[str, Weighed], *, is_zeroed: bool = False
) -> Decimal | None:
    """Weighted alignment over all criteria in percent, 2 decimals; None if nothing applied.

    `is_zeroed`: the rater missed or invented a critical error and the session says that this
    counts as 0.
    """
    parts = {
        key: part
        for key, one in criteria.items()
        if (part := alignment_of(rater.get(key), gold.get(key), one.max_points)) is not None
    }
    total = sum((criteria[key].weight for key in parts), Fraction(0))
    if not total:
        return None
    if is_zeroed:
        return rounded(Fraction(0), 2)
    summed = sum((criteria[key].weight * part for key, part in parts.items()), Fraction(0))
    return rounded(HUNDRED * summed / total, 2)


def spread(ratios: Sequence[Fraction]) -> Decimal | None:
    """Highest minus lowest ratio in percent points; None below two raters."""
    if len(ratios) < 2:
        return None
    return rounded(HUNDRED * (max(ratios) - min(ratios)), 2)


def is_flagged(points: Decimal | None, threshold: Decimal) -> bool:
    """Whether the raters lie further apart than the session allows."""
    return points is not None and points > threshold
