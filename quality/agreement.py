"""How far raters agree: percent agreement, Cohen's kappa, Krippendorff's alpha, ICC(2,1).

Ratings stand as raters x items, None where a rater left an item out. Sums are exact; only the
result is a float. Fewer than two items that two raters share give None.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

Rating = Hashable
Ratings = Sequence[Sequence[Rating | None]]
Number = int | Decimal | Fraction | float
Coincidences = dict[tuple[Rating, Rating], Fraction]

LEVELS = ("nominal", "ordinal")
KAPPA_WORDS = ((0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"))
RELIABLE, TENTATIVE = 0.8, 0.667


class Kappa(NamedTuple):
    """Observed and chance agreement and kappa, always shown together; kappa None: no variation."""

    observed: float
    expected: float
    kappa: float | None


def percent_agreement(ratings: Ratings) -> float | None:
    """Agreeing pairs of raters / pairs, pooled over all items, as a ratio 0-1."""
    items = shared_items(ratings)
    pairs = [pair for item in items for pair in combinations(item, 2)]
    if len(items) < 2:
        return None
    return sum(1 for first, second in pairs if first == second) / len(pairs)


# --- Two raters ----------------------------------------------------------------------------------


def table_of(first: Sequence[Rating | None], second: Sequence[Rating | None]) -> list[list[int]]:
    """How often two raters gave each pair of ratings; items that one left out do not count."""
    if len(first) != len(second):
        raise ValueError("Both raters need a place for each item.")
    pairs = [pair for pair in zip(first, second, strict=True) if None not in pair]
    categories = list(dict.fromkeys(rating for pair in pairs for rating in pair))
    counts = Counter(pairs)
    return [[counts[row, column] for column in categories] for row in categories]


def kappa(table: Sequence[Sequence[int]]) -> Kappa | None:
    """(Po - Pe) / (1 - Pe) of a square table of counts: rows one rater, columns the other."""
    size = len(table)
    if any(len(row) != size for row in table) or any(n < 0 for row in table for n in row):
        raise ValueError("A square table of counts is needed.")
    total = sum(sum(row) for row in table)
    if total < 2:
        return None
    observed = Fraction(sum(table[i][i] for i in range(size)), total)
    columns = [sum(row[i] for row in table) for i in range(size)]
    expected = Fraction(sum(sum(table[i]) * columns[i] for i in range(size)), total * total)
    value = None if expected == 1 else float((observed - expected) / (1 - expected))
    return Kappa(float(observed), float(expected), value)


def kappa_word(value: float) -> str:
    """The customary word; a convention, not a proof."""
    if value < 0:
        return "less than chance"
    return next((word for limit, word in KAPPA_WORDS if value <= limit), "almost perfect")


# --- Any number of raters ------------------------------------------------------------------------


def alpha(ratings: Ratings, level: str = "nominal") -> float | None:
    """1 - observed / expected disagreement; None where the ratings do not vary.

    `level` is nominal or ordinal; ordinal ratings are numbers, and only their order counts.
    """
    if level not in LEVELS:
        raise ValueError("The level is nominal or ordinal.")
    items = shared_items(ratings)
    if len(items) < 2:
        return None
    found = coincidences(items)
    margins: dict[Rating, Fraction] = defaultdict(Fraction)
    for (row, _), count in found.items():
        margins[row] += count
    total = sum(margins.values())
    gap = distances(margins, level)
    observed = sum(count * gap[pair] for pair, count in found.items()) / total
    expected = sum(
        margins[row] * margins[column] * gap[row, column] for row in margins for column in margins
    ) / (total * (total - 1))
    return float(1 - observed / expected) if expected else None


def coincidences(items: Sequence[Sequence[Rating]]) -> Coincidences:
    """Each ordered pair of ratings of an item with m ratings counts 1 / (m - 1)."""
    found: Coincidences = defaultdict(Fraction)
    for item in items:
        counts = Counter(item)
        for row in counts:
            for column in counts:
                pairs = counts[row] * (counts[column] - (row == column))
                found[row, column] += Fraction(pairs, len(item) - 1)
    return found


def distances(margins: dict[Rating, Fraction], level: str) -> dict[tuple[Rating, Rating], Fraction]:
    """Squared distance of two ratings: 0 or 1, or by how many ratings lie between them."""
    if level == "nominal":
        return {(a, b): Fraction(a != b) for a in margins for b in margins}
    ordered = sorted(margins, key=as_fraction)
    reached: dict[Rating, Fraction] = {}
    below = Fraction(0)
    for rating in ordered:
        reached[rating] = below + margins[rating] / 2
        below += margins[rating]
    return {(a, b): (reached[a] - reached[b]) ** 2 for a in ordered for b in ordered}


def alpha_word(value: float) -> str:
    if value >= RELIABLE:
        return "reliable"
    return "tentative" if value >= TENTATIVE else "not reliable"


def shared_items(ratings: Ratings) -> list[list[Rating]]:
    """The ratings of each item that at least two raters rated; raises ValueError if ragged."""
    if len({len(row) for row in ratings}) > 1:
        raise ValueError("All raters need a place for each item.")
    items = [
        [rating for rating in column if rating is not None] for column in zip(*ratings, strict=True)
    ]
    return [item for item in items if len(item) > 1]


# --- Scores --------------------------------------------------------------------------------------


def icc(rows: Sequence[Sequence[Number | None]]) -> float | None:
    """ICC(2,1), absolute agreement of single scores; rows are items, columns are raters.

    Rows with a gap are dropped. None with fewer than two rows or raters, or without variation.
    """
    if len({len(row) for row in rows}) > 1:
        raise ValueError("All items need a place for each rater.")
    table = [[as_fraction(score) for score in row] for row in rows if None not in row]
    n, k = len(table), len(table[0]) if table else 0
    if n < 2 or k < 2:
        return None
    grand = mean([score for row in table for score in row])
    between_rows = k * sum((mean(row) - grand) ** 2 for row in table)
    between_columns = n * sum((mean(column) - grand) ** 2 for column in zip(*table, strict=True))
    everything = sum((score - grand) ** 2 for row in table for score in row)
    row_square = between_rows / (n - 1)
    column_square = between_columns / (k - 1)
    error = (everything - between_rows - between_columns) / ((n - 1) * (k - 1))
    bottom = row_square + (k - 1) * error + k * (column_square - error) / n
    return float((row_square - error) / bottom) if bottom else None


def mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def as_fraction(value: object) -> Fraction:
    """An exact number; raises ValueError on anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction | float):
        raise ValueError(f"{value!r} is not a number.")
    return Fraction(value)
