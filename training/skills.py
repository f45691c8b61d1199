"""Levels of skills: from a value, fading with time, of several proofs, against targets.

Told in docs/algorithms/skills.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from training.validity import add_months

THRESHOLDS = (50, 70, 85, 95)
HIGHEST = 4


def level_of(value: float, thresholds: Sequence[float] = THRESHOLDS) -> int:
    """How many thresholds the value reaches: 0 to 4."""
    return sum(value >= threshold for threshold in thresholds)


@dataclass(frozen=True)
class Proven:
    """One proof of a level: its kind is quiz, criterion, course or assessor."""

    kind: str
    level: int
    dated_on: date


def faded(proof: Proven, day: date, validity_months: int, decay_months: int) -> int:
    """The level that is left on a day; whole until its validity ends."""
    until = add_months(proof.dated_on, validity_months)
    if day <= until:
        return proof.level
    lost = 1 + months_between(until, day) // decay_months
    return max(0, proof.level - lost)


def months_between(start: date, end: date) -> int:
    """Full months from one day to another, not below 0."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(0, months if add_months(start, max(months, 0)) <= end else months - 1)


def level_on(
    proofs: Iterable[Proven], day: date, rule: str, validity_months: int, decay_months: int
) -> tuple[int, Proven | None]:
    """The level and the proof that decides; (0, None) if nothing was shown by that day.

    Of each kind the newest counts; `rule` then takes the highest, the lowest, or an assessor's.
    """
    newest: dict[str, Proven] = {}
    for proof in sorted(proofs, key=lambda one: one.dated_on):
        if proof.dated_on <= day and (rule != "assessor_only" or proof.kind == "assessor"):
            newest[proof.kind] = proof
    told = [(faded(one, day, validity_months, decay_months), one) for one in newest.values()]
    if not told:
        return 0, None
    choose = min if rule == "lowest" else max
    return choose(told, key=lambda pair: pair[0])


def readiness(levels: Sequence[int], targets: Sequence[tuple[int, int]]) -> int | None:
    """Whole percent, rounded down, of (level, weight) targets; None without any.

    Raises ValueError for unequal lengths.
    """
    if len(levels) != len(targets):
        raise ValueError("Every target has a level.")
    whole = sum(weight * target for target, weight in targets)
    if not whole:
        return None
    reached = sum(
        weight * min(level, target) for level, (target, weight) in zip(levels, targets, strict=True)
    )
    return 100 * reached // whole
