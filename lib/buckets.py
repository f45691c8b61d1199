"""Token buckets: how often something may be done, exact to the last fraction."""

from fractions import Fraction
from math import ceil
from typing import NamedTuple

Number = int | Fraction


class Taken(NamedTuple):
    """Whether the bucket gave, what is left in it, and after how many seconds to ask again."""

    is_allowed: bool
    level: Number
    retry_after_seconds: int


def take(
    level: Number, capacity: Number, per_second: Number, elapsed: Number, cost: Number = 1
) -> Taken:
    """Refill for the seconds elapsed, then take `cost` if it is there.

    A clock set back adds nothing. Raises ValueError if the bucket could never hold the cost or
    never refills.
    """
    if per_second <= 0 or cost > capacity:
        raise ValueError("A bucket refills, and holds at least what is taken at once.")
    level = min(capacity, level + per_second * max(elapsed, 0))
    if level >= cost:
        return Taken(True, level - cost, 0)
    return Taken(False, level, ceil((cost - level) / Fraction(per_second)))
