"""A draw as arithmetic: rule, frame and what was drawn before give the picks and who scores them.

Everything here follows from what a draw stores, so that `manage.py replay_draw` can do it again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quality import sampling

ALL = "all"
LARGEST_FRAME_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Override:
    """Another number for one agent from one day until another, both included."""

    agent: int
    n: int
    from_on: date
    until_on: date

    def holds(self, stratum: str, on: date) -> bool:
        return stratum == str(self.agent) and self.from_on <= on <= self.until_on


@dataclass(frozen=True)
class Rule:
    """How many are drawn, in which order, and for whom: a plan without its filters."""

    quota_kind: str
    quota_n: int | None
    quota_percent: Fraction | None
    quota_min: int | None
    order: str
    descending: bool
    double_percent: Fraction
    shares: Mapping[int, Fraction]
    overrides: tuple[Override, ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Rule:
        """From the JSON that a draw keeps; numbers with decimals are text there."""
        percent = document["quota_percent"]
        return cls(
            quota_kind=document["quota_kind"],
            quota_n=document["quota_n"],
            quota_percent=None if percent is None else Fraction(percent),
            quota_min=document["quota_min"],
            order=document["order"],
            descending=document["priority_field"] != "lowest_signal",
            double_percent=Fraction(document["double_percent"]),
            shares={evaluator: Fraction(weight) for evaluator, weight in document["shares"]},
            overrides=tuple(
                Override(agent, n, date.fromisoformat(first), date.fromisoformat(last))
                for agent, n, first, last in document["overrides"]
            ),
        )

    @property
    def is_random(self) -> bool:
        return self.order == "random"

    def stratum_of(self, agent: int) -> str:
        """Whose frame an agent's leg belongs to."""
        return str(agent) if self.quota_kind.startswith("per_agent") else ALL


@dataclass
class Frame:
    """The ids that could be drawn, by stratum; `ranks` holds the priorities that are known."""

    strata: dict[str, list[int]] = field(default_factory=dict)
    ranks: dict[int, Decimal] = field(default_factory=dict)

    def add(self, stratum: str, leg: int, rank: Decimal | int | None = None) -> None:
        self.strata.setdefault(stratum, []).append(leg)
        if rank is not None:
            self.ranks[leg] = Decimal(rank)

    def ids(self) -> list[int]:
        return sorted(leg for legs in self.strata.values() for leg in legs)

    def stratum_of(self, leg: int) -> str | None:
        return next((name for name, legs in self.strata.items() if leg in legs), None)


@dataclass(frozen=True)
class Slice:
    """The slice being drawn: its number from 1, how many there are, and their first days so far."""

    number: int
    slices: int
    first_days: Sequence[date]


@dataclass(frozen=True)
class Past:
    """What the earlier draws of the period gave, by stratum and by evaluator."""

    drawn: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[int, int] = field(default_factory=dict)
    doubled: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pick:
    """A drawn leg; `position` is its place in the order of its stratum, from 1."""

    leg: int
    stratum: str
    position: int


@dataclass(frozen=True)
class Dealt:
    """Who scores a pick; None is the pool. `second` scores it again if `is_double`."""

    pick: Pick
    evaluator: int | None
    is_double: bool = False
    second: int | None = None

    def document(self) -> dict[str, Any]:
        return {
            "leg": self.pick.leg,
            "stratum": self.pick.stratum,
            "position": self.pick.position,
            "evaluator": self.evaluator,
            "is_double": self.is_double,
            "second": self.second,
        }


# --- Picks ---------------------------------------------------------------------------------------


def stratum_order(seed: str, rule: Rule, frame: Frame, stratum: str) -> list[int]:
    """The legs of a stratum as they are drawn: by hash, or by priority and then by hash.

    A leg whose priority is not known comes after all others.
    """
    ordered = sampling.order(seed, frame.strata[stratum])
    if rule.is_random:
        return ordered
    sign = -1 if rule.descending else 1
    return sorted(ordered, key=lambda leg: _rank_key(frame.ranks.get(leg), sign))


def picks(seed: str, rule: Rule, frame: Frame, at: Slice, past: Past) -> list[Pick]:
    """What the slice draws, stratum by stratum."""
    return [
        Pick(leg, stratum, place)
        for stratum in sorted(frame.strata)
        for place, leg in enumerate(_drawn(seed, rule, frame, stratum, at, past), start=1)
    ]


def target(seed: str, rule: Rule, stratum: str, size: int, at: Slice, seen: int = 0) -> int:
    """How many of the stratum are due by the end of the slice, whose own frame has `size` legs.

    An agent's override replaces the number for each slice that begins while it holds.
    """
    if rule.quota_kind == "every_match":
        return size + seen
    if rule.quota_kind == "per_evaluator":
        whole = (rule.quota_n or 0) * sum(1 for weight in rule.shares.values() if weight)
        return sampling.due(seed, stratum, [whole] * at.number, at.slices)
    if rule.quota_kind == "per_agent":
        numbers = [_number(rule, stratum, on) for on in at.first_days[: at.number]]
        return sampling.due(seed, stratum, numbers, at.slices)
    override = _override(rule, stratum, at.first_days[at.number - 1])
    minimum = (rule.quota_min or 0) if override is None else override.n
    due = sampling.target(seed, stratum, minimum, at.number, at.slices)
    if override is not None:
        return due
    return sampling.percent_quota(seen + size, rule.quota_percent or 0, due)


def _drawn(
    seed: str, rule: Rule, frame: Frame, stratum: str, at: Slice, past: Past
) -> Iterator[int]:
    size = len(frame.strata[stratum])
    seen = past.seen.get(stratum, 0)
    # Everything that matches is everything of this slice, whatever was drawn before.
    before = seen if rule.quota_kind == "every_match" else past.drawn.get(stratum, 0)
    missing = target(seed, rule, stratum, size, at, seen) - before
    yield from sampling.first_unused(stratum_order(seed, rule, frame, stratum), missing, used=())


def _number(rule: Rule, stratum: str, on: date) -> int:
    override = _override(rule, stratum, on)
    return (rule.quota_n or 0) if override is None else override.n


def _override(rule: Rule, stratum: str, on: date) -> Override | None:
    """The one in force on a day; of several the last one."""
    return next((one for one in reversed(rule.overrides) if one.holds(stratum, on)), None)


def _rank_key(rank: Decimal | None, sign: int) -> tuple[bool, Decimal]:
    return (rank is None, Decimal(0) if rank is None else sign * rank)


# --- Evaluators ----------------------------------------------------------------------------------


def deal(
    seed: str,
    rule: Rule,
    drawn: Sequence[Pick],
    past: Past,
    eligible: Mapping[int, Collection[int]],
) -> list[Dealt]:
    """Give each pick to an evaluator, and a share of random picks to a second one.

    Shares are kept over the whole period, not within each draw, so that small draws do not always
    favor the same person. `eligible` names by leg who may score it.
    """
    legs = [pick.leg for pick in drawn]
    first = sampling.deal(seed, legs, _targets(seed, rule, past.given, len(legs)), eligible)
    twice = _doubles(seed, rule, legs)
    others = {leg: [who for who in eligible[leg] if who != first[leg]] for leg in twice}
    second = sampling.deal(seed, twice, _targets(seed, rule, past.doubled, len(twice)), others)
    return [
        Dealt(pick, first[pick.leg], pick.leg in second, second.get(pick.leg)) for pick in drawn
    ]


def _targets(seed: str, rule: Rule, given: Mapping[int, int], more: int) -> dict[int, int]:
    """How many of `more` new picks each evaluator lacks of the own share of all so far."""
    so_far = {who: given.get(who, 0) for who in rule.shares}
    whole = sampling.shares(seed, sum(so_far.values()) + more, rule.shares)
    return {who: max(whole[who] - so_far[who], 0) for who in rule.shares}


def _doubles(seed: str, rule: Rule, legs: Sequence[int]) -> list[int]:
    if not rule.is_random or not rule.double_percent:
        return []
    share = rule.double_percent / 100
    return [leg for leg in legs if sampling.is_chosen(f"{seed}:double", leg, share)]


# --- Keeping -------------------------------------------------------------------------------------


def canonical(document: Any) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def plan_hash(filters: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """The hash of what a plan said when a draw was made."""
    return sampling.digest(canonical({"filters": filters, "rule": rule}))


def pack(frame: Frame) -> bytes:
    """The frame in few bytes; ids as differences, since they are close to one another."""
    strata = {name: _differences(sorted(legs)) for name, legs in frame.strata.items()}
    ranks = {str(leg): str(rank) for leg, rank in frame.ranks.items()}
    return zlib.compress(canonical({"strata": strata, "ranks": ranks}).encode("ascii"), 9)


def unpack(packed: bytes) -> Frame:
    """Raises ValueError if these bytes are not a frame."""
    try:
        reader = zlib.decompressobj()
        text = reader.decompress(packed, LARGEST_FRAME_BYTES)
        if not reader.eof or reader.unused_data:  # Only the whole has its checksum.
            raise ValueError("It is cut off.")
        document = json.loads(text)
        strata = {name: _summed(steps) for name, steps in document["strata"].items()}
        ranks = {int(leg): Decimal(rank) for leg, rank in document["ranks"].items()}
    except (zlib.error, KeyError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        raise ValueError("The stored frame cannot be read.") from error
    return Frame(strata, ranks)


def _differences(legs: Sequence[int]) -> list[int]:
    return [leg - before for before, leg in zip([0, *legs], legs, strict=False)]


def _summed(steps: Sequence[int]) -> list[int]:
    legs, last = [], 0
    for step in steps:
        last += step
        legs.append(last)
    return legs
