"""Marks of quiz answers, percents of attempts, draws of questions: docs/algorithms/grading.md.

A mark is an exact fraction of the item's points; nothing is rounded before the item's score.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import TypeVar

from lib.sentences import said

Number = Fraction | Decimal | int
IdT = TypeVar("IdT", int, str)
NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
GRADES = ("best", "mean", "first", "last")
FIGURES = Decimal("0.01")


class UnreadableNumber(ValueError):
    """The text is no plain number."""

    def __str__(self) -> str:
        return said("Write 1500.5 without separators.")


# --- One answer ----------------------------------------------------------------------------------


def single(chosen: str | None, correct: str, penalty: Number = 0) -> Fraction:
    """1 for the right option, −penalty for a wrong one, 0 for none."""
    if not chosen:
        return Fraction(0)
    return Fraction(1) if chosen == correct else -Fraction(penalty)


def multiple(
    chosen: Collection[str],
    correct: Collection[str],
    wrong: Collection[str],
    mode: str = "balanced",
    penalty: Number = 0,
) -> Fraction:
    """Several options: `balanced`, `right_minus_wrong` or `all_or_nothing`; nothing chosen is 0."""
    picked, right, others = set(chosen), set(correct), set(wrong)
    if not right:
        raise ValueError("A question needs a right option.")
    if not picked:
        return Fraction(0)
    hits, misses = len(picked & right), len(picked & others)
    if mode == "all_or_nothing":
        return Fraction(1) if picked == right else -Fraction(penalty)
    if mode == "right_minus_wrong":
        return max(Fraction(0), Fraction(hits - misses, len(right)))
    if mode == "balanced":
        lost = Fraction(misses, len(others)) if others else Fraction(0)
        return max(Fraction(0), Fraction(hits, len(right)) - lost)
    raise ValueError(f"No way of marking is named {mode!r}.")


def short_text(
    text: str,
    variants: Iterable[tuple[str, Number]],
    *,
    case_sensitive: bool = False,
    ignore_accents: bool = False,
) -> Fraction:
    """The credit of the best variant that the text equals after cleaning, else 0."""

    def clean(raw: str) -> str:
        return cleaned(raw, case_sensitive=case_sensitive, ignore_accents=ignore_accents)

    given = clean(text)
    if not given:
        return Fraction(0)
    matching = [Fraction(credit) for variant, credit in variants if clean(variant) == given]
    return max(matching, default=Fraction(0))


def cleaned(text: str, *, case_sensitive: bool = False, ignore_accents: bool = False) -> str:
    """NFKC, no space around, runs of space as one; case folded and accents dropped as told."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not case_sensitive:
        plain = plain.casefold()
    if ignore_accents:
        apart = unicodedata.normalize("NFD", plain)
        plain = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return plain


def read_number(text: str) -> Fraction:
    """A plain number, exactly; raises UnreadableNumber."""
    plain = text.strip().replace("−", "-")
    if not NUMBER.fullmatch(plain):
        raise UnreadableNumber
    return Fraction(plain)


def numeric(
    text: str,
    value: Number,
    absolute: Number | None = None,
    relative_percent: Number | None = None,
) -> Fraction:
    """1 within the tolerance around `value`, its bounds included, else 0; 0 for no text.

    Raises UnreadableNumber.
    """
    if not text.strip():
        return Fraction(0)
    center = Fraction(value)
    reach = Fraction(absolute or 0)
    if relative_percent is not None:
        reach = abs(center) * Fraction(relative_percent) / 100
    return Fraction(int(abs(read_number(text) - center) <= reach))


def match(given: Mapping[str, str], pairs: Mapping[str, str]) -> Fraction:
    """Right pairs over all pairs."""
    if not pairs:
        raise ValueError("A matching question needs pairs.")
    return Fraction(sum(given.get(left) == right for left, right in pairs.items()), len(pairs))


def order(given: Sequence[str], key: Sequence[str], mode: str = "pairs") -> Fraction:
    """How far the given order is the right one: `exact`, `position` or `pairs`."""
    if len(key) < 2:
        raise ValueError("An order needs two items or more.")
    if not given:
        return Fraction(0)
    if sorted(given) != sorted(key):
        raise ValueError("An order names every item once.")
    if mode == "exact":
        return Fraction(int(list(given) == list(key)))
    if mode == "position":
        return Fraction(sum(a == b for a, b in zip(given, key, strict=True)), len(key))
    if mode == "pairs":
        place = {item: number for number, item in enumerate(key)}
        ranks = [place[item] for item in given]
        n = len(ranks)
        right = sum(ranks[i] < ranks[j] for i in range(n) for j in range(i + 1, n))
        return Fraction(right, n * (n - 1) // 2)
    raise ValueError(f"No way of marking is named {mode!r}.")


def gap_fill(fractions: Sequence[Number], weights: Sequence[Number]) -> Fraction:
    """The weighted mean of the gaps' fractions."""
    if len(fractions) != len(weights):
        raise ValueError("Every gap has one weight.")
    total = sum((Fraction(weight) for weight in weights), Fraction(0))
    if not total:
        raise ValueError("A text needs a gap with a weight above 0.")
    pairs = zip(fractions, weights, strict=True)
    return sum((Fraction(f) * Fraction(w) for f, w in pairs), Fraction(0)) / total


# --- Attempts ------------------------------------------------------------------------------------


def rounded(value: Number, decimals: int) -> Decimal:
    """Half up, away from zero."""
    exact = Fraction(value) * 10**decimals
    whole = (abs(exact) + Fraction(1, 2)).__floor__()
    return Decimal(-whole if exact < 0 else whole).scaleb(-decimals)


def item_score(points: Number, fraction: Number) -> Decimal:
    """Points × fraction, rounded half up to four decimals."""
    return rounded(Fraction(points) * Fraction(fraction), 4)


def attempt_percent(
    scores: Sequence[Number | None], points: Sequence[Number], *, floor_at_zero: bool = True
) -> Decimal | None:
    """100 × Σ scores / Σ points with two decimals; None while a score is missing or without items.

    Scores are fractions of points already multiplied by them.
    """
    if len(scores) != len(points):
        raise ValueError("Every item has one score.")
    total = sum((Fraction(p) for p in points), Fraction(0))
    if not total or any(score is None for score in scores):
        return None
    earned = sum((Fraction(score) for score in scores if score is not None), Fraction(0))
    percent = rounded(100 * earned / total, 2)
    return max(percent, Decimal("0.00")) if floor_at_zero else percent


def is_passed(percent: Decimal | None, pass_percent: Number) -> bool:
    """Whether the rounded percent reaches the pass mark."""
    return percent is not None and Fraction(percent) >= Fraction(pass_percent)


def grade(percents: Sequence[Decimal | None], by: str = "best") -> Decimal | None:
    """The grade of counted attempts in their order; None stands for an abandoned one and is 0."""
    if by not in GRADES:
        raise ValueError(f"No grade is named {by!r}.")
    counted = [Decimal(0) if percent is None else percent for percent in percents]
    if not counted:
        return None
    if by == "mean":
        return rounded(sum(map(Fraction, counted), Fraction(0)) / len(counted), 2)
    chosen = {"best": max(counted), "first": counted[0], "last": counted[-1]}[by]
    return chosen.quantize(FIGURES)


def guessing_penalty(options: int) -> Fraction:
    """The penalty at which guessing among so many options is worth nothing: 1/(options − 1)."""
    if options < 2:
        raise ValueError("A choice has two options or more.")
    return Fraction(1, options - 1)


# --- Draws ---------------------------------------------------------------------------------------


def draw(seed: str, ids: Iterable[IdT], k: int | None = None) -> list[IdT]:
    """The first k ids by the hash of "seed:id"; all of them, in that order, without k."""
    found = sorted(ids, key=lambda one: sha256(f"{seed}:{one}".encode()).hexdigest())
    return found if k is None else found[:k]


def option_order(seed: str, question_id: int, option_ids: Iterable[str]) -> list[str]:
    """Options by the hash of "seed:question:option"."""
    return draw(f"{seed}:{question_id}", option_ids)
