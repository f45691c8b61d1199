"""Progress through courses and paths, told in docs/algorithms/progress.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = Fraction | Decimal | int

# What may complete a lesson of each kind.
RULES: dict[str, tuple[str, ...]] = {
    "text": ("viewed", "minimum_time", "marked_done"),
    "document": ("viewed", "minimum_time", "marked_done"),
    "link": ("viewed", "minimum_time", "marked_done"),
    "video": ("viewed", "minimum_time"),
    "exercise": ("submitted", "score_at_least", "passed"),
    "quiz": ("submitted", "score_at_least", "passed", "attempts_exhausted"),
    "scorm": ("passed", "score_at_least"),
    "live_session": ("viewed",),
}
VIDEO_SHARE = Fraction(9, 10)


@dataclass(frozen=True)
class Step:
    """One course of a path, or a group of which the `k` best count, with the courses' shares."""

    weight: Number
    shares: Sequence[Fraction]
    k: int = 1

    @property
    def share(self) -> Fraction:
        """The mean of the k best, a missing one being 0."""
        if not 1 <= self.k <= max(len(self.shares), 1):
            raise ValueError("A group asks for 1 to all of its courses.")
        best = sorted(self.shares, reverse=True)[: self.k]
        return sum(best, Fraction(0)) / self.k

    @property
    def is_complete(self) -> bool:
        return sum(share >= 1 for share in self.shares) >= self.k


def course_share(lessons: Iterable[tuple[Number, bool]]) -> Fraction:
    """The done part of the required lessons' weight, 0 to 1; without required lessons 0.

    `lessons` are (weight, is done) of the required ones.
    """
    rows = [(Fraction(weight), done) for weight, done in lessons]
    total = sum((weight for weight, _ in rows), Fraction(0))
    if not total:
        return Fraction(0)
    return sum((weight for weight, done in rows if done), Fraction(0)) / total


def course_percent(lessons: Iterable[tuple[Number, bool]]) -> int:
    """Whole percent rounded down, so that 100 means complete."""
    return math.floor(100 * course_share(lessons))


def path_percent(steps: Sequence[Step]) -> int:
    """Whole percent of the weighted steps, rounded down."""
    total = sum((Fraction(step.weight) for step in steps), Fraction(0))
    if not total:
        return 0
    earned = sum((Fraction(step.weight) * step.share for step in steps), Fraction(0))
    return math.floor(100 * earned / total)


def is_path_complete(steps: Sequence[Step]) -> bool:
    return bool(steps) and all(step.is_complete for step in steps)


# --- Seconds of a video --------------------------------------------------------------------------

Span = tuple[int, int]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same seconds in as few half-open spans as possible, in order."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def watched_seconds(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in joined(spans))


def is_watched(spans: Iterable[Span], duration_seconds: int) -> bool:
    """Whether nine tenths of the distinct seconds were watched."""
    return duration_seconds > 0 and watched_seconds(spans) >= VIDEO_SHARE * duration_seconds


# --- Loops ---------------------------------------------------------------------------------------


def loop_through(start: int, needs: dict[int, list[int]]) -> list[int]:
    """The way from `start` over what each course needs back to itself; empty without one."""
    trail: list[tuple[int, list[int]]] = [(start, [start])]
    seen: set[int] = set()
    while trail:
        here, way = trail.pop()
        for following in needs.get(here, []):
            if following == start:
                return [*way, start]
            if following not in seen:
                seen.add(following)
                trail.append((following, [*way, following]))
    return []
