"""Draws samples that anybody can draw again: everything follows from a seed and SHA-256.

Ids are numbers, hashes lowercase hex of ASCII text. Nothing here is random.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor

Exact = int | Decimal | Fraction
FULL = 2**64


def digest(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()


def commitment(seed: str) -> str:
    """What is published before a period begins: the seed's hash gives nothing of it away."""
    return digest(checked(seed))


def checked(seed: str) -> str:
    """The seed itself; raises ValueError unless it is 32 lowercase hexadecimal digits."""
    if len(seed) != 32 or not set(seed) <= set("0123456789abcdef"):
        raise ValueError("A seed is 32 hexadecimal digits in lower case.")
    return seed


def position(salt: str, name: object) -> Fraction:
    """A place in [0, 1) that salt and name fix: the first 8 bytes of their hash."""
    return Fraction(int(digest(f"{salt}:{name}")[:16], 16), FULL)


def is_chosen(salt: str, name: object, share: Exact) -> bool:
    """Whether a thing belongs to the share (0-1) of things that are, say, scored twice."""
    return position(salt, name) < share


# --- Frame and order -----------------------------------------------------------------------------


def frame_hash(ids: Collection[int]) -> str:
    """The hash of a frame, whatever its order."""
    return digest("\n".join(str(number) for number in sorted(unrepeated(ids))))


def order(seed: str, ids: Collection[int]) -> list[int]:
    """The ids in the order in which they are drawn."""
    checked(seed)
    return sorted(unrepeated(ids), key=lambda number: digest(f"{seed}:{number}"))


def first_unused(ordered: Iterable[int], n: int, used: Collection[int]) -> list[int]:
    """The picks of a stratum; with n = 1 the replacement of a swapped one."""
    free = [number for number in ordered if number not in used]
    return free[: max(n, 0)]


def unrepeated(ids: Collection[int]) -> Collection[int]:
    if len(set(ids)) < len(ids):
        raise ValueError("An id stands in the frame twice.")
    return ids


# --- Spread over a period ------------------------------------------------------------------------


def slice_days(days: int, slices: int) -> list[int]:
    """Whole days per slice, differing by at most one, longer ones first."""
    if not 1 <= slices <= days:
        raise ValueError("A period has at least one slice and at most one for each of its days.")
    short, longer = divmod(days, slices)
    return [short + 1] * longer + [short] * (slices - longer)


def phase(seed: str, stratum: object) -> Fraction:
    """Where in [0, 1) the stratum begins to count, so that no slice is favored."""
    return position(f"{checked(seed)}:phase", stratum)


def target(seed: str, stratum: object, n: int, number: int, slices: int) -> int:
    """How many of n are due by the end of slice `number`, counted from 1."""
    return due(seed, stratum, [n] * number, slices)


def due(seed: str, stratum: object, numbers: Sequence[int], slices: int) -> int:
    """The same where the number changed on the way: `numbers` holds one for each slice so far."""
    return floor(Fraction(sum(numbers), slices) + phase(seed, stratum))


def slice_counts(seed: str, stratum: object, n: int, slices: int) -> list[int]:
    """How many each slice draws when none of them runs short."""
    if n < 0 or slices < 1:
        raise ValueError("A quota is not below 0, and there is at least one slice.")
    by_now = [0, *(target(seed, stratum, n, number, slices) for number in range(1, slices + 1))]
    return [by_now[number] - by_now[number - 1] for number in range(1, slices + 1)]


def percent_quota(size: int, percent: Exact, minimum: int) -> int:
    """A share of the frame, at least the minimum, at most all of it."""
    if not 0 <= percent <= 100 or size < 0 or minimum < 0:
        raise ValueError("A percent lies between 0 and 100; sizes are not below 0.")
    return min(size, max(minimum, ceil(Fraction(percent) * size / 100)))


# --- Evaluators ----------------------------------------------------------------------------------


def evaluator_rank(seed: str, evaluator: object) -> str:
    """Settles ties; the smaller goes first."""
    return digest(f"{seed}:evaluator:{evaluator}")


def shares(seed: str, total: int, weights: Mapping[int, Exact]) -> dict[int, int]:
    """Whole shares of the total by weight; what is left goes to the largest fractions."""
    checked(seed)
    whole = sum((Fraction(weight) for weight in weights.values()), Fraction(0))
    if total < 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("Totals and weights are not below 0.")
    if not whole:
        return dict.fromkeys(weights, 0)
    exact = {evaluator: total * Fraction(weight) / whole for evaluator, weight in weights.items()}
    given = {evaluator: floor(share) for evaluator, share in exact.items()}
    by_fraction = sorted(
        exact, key=lambda who: (given[who] - exact[who], evaluator_rank(seed, who))
    )
    for evaluator in by_fraction[: total - sum(given.values())]:
        given[evaluator] += 1
    return given


def deal(
    seed: str,
    picks: Collection[int],
    targets: Mapping[int, int],
    eligible: Mapping[int, Collection[int]] | None = None,
) -> dict[int, int | None]:
    """Who evaluates which pick, in hash order; None is the pool.

    Each pick goes to whoever lacks most of the own target. `eligible` names, by pick, who may have
    it; a pick that it leaves out is open to all.
    """
    given = dict.fromkeys(targets, 0)
    dealt: dict[int, int | None] = {}
    for pick in order(seed, picks):
        allowed = targets.keys() if eligible is None else eligible.get(pick, targets.keys())
        open_to = [who for who in targets if who in allowed and given[who] < targets[who]]
        chosen = min(
            open_to,
            key=lambda who: (given[who] - targets[who], evaluator_rank(seed, who)),
            default=None,
        )
        dealt[pick] = chosen
        if chosen is not None:
            given[chosen] += 1
    return dealt


# --- Sample against frame ------------------------------------------------------------------------


def is_off(picked: int, n: int, frame_share: Exact) -> bool:
    """Whether a part of the sample differs from its share of the frame by over two sigma.

    That is by more than 2 * sqrt(f * (1 - f) / n), compared exactly.
    """
    if not n:
        return False
    share = Fraction(frame_share)
    return (Fraction(picked, n) - share) ** 2 * n > 4 * share * (1 - share)
