"""Dissatisfaction risk of a customer from plain rules; told in docs/algorithms/risk.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lib.sentences import said

MEMORY_DAYS = 90
RECENT_DAYS = 30
MEDIUM_FROM, HIGH_FROM = 30, 60
MOST_WEIGHT = 50
FADING = frozenset({"R1", "R5", "R8"})
COUNTED = frozenset({"R2", "R3", "R4", "R7"})
ONCE = frozenset({"R6"})
RELIEF = "R9"
WORDS = {
    "R1": said("Latest answer dissatisfied"),
    "R2": said("Came back within 7 days"),
    "R3": said("Gave up waiting"),
    "R4": said("Open case past its target"),
    "R5": said("Complained"),
    "R6": said("A check that matters to the customer failed"),
    "R7": said("Was transferred twice or more"),
    "R8": said("Said that they would leave"),
    "R9": said("Latest answer satisfied, and newer"),
}


@dataclass(frozen=True)
class Rule:
    """`points` each (or once, or fading with age), at most `cap` together."""

    points: int
    cap: int


RULES: dict[str, Rule] = {
    "R1": Rule(30, 30),
    "R2": Rule(8, 24),
    "R3": Rule(5, 15),
    "R4": Rule(10, 20),
    "R5": Rule(20, 20),
    "R6": Rule(10, 10),
    "R7": Rule(5, 10),
    "R8": Rule(30, 30),
    "R9": Rule(-15, 0),
}


@dataclass(frozen=True)
class Fact:
    """Something that happened: which rule it speaks to, the day, and where to look."""

    rule: str
    on: date
    about: str = ""


@dataclass(frozen=True)
class Contribution:
    """The points of one rule, and the facts they come from, the latest first."""

    rule: str
    points: Fraction
    facts: tuple[Fact, ...]

    @property
    def words(self) -> str:
        return WORDS[self.rule]


@dataclass(frozen=True)
class Risk:
    score: int
    contributions: tuple[Contribution, ...]

    @property
    def band(self) -> str:
        return band_of(self.score)


def band_of(score: int) -> str:
    if score < MEDIUM_FROM:
        return "low"
    return "medium" if score < HIGH_FROM else "high"


def risk(facts: Sequence[Fact], rules: Mapping[str, Rule], as_of: date) -> Risk:
    """The exact sum of all rules, cut to 0-100 and rounded half up once."""
    found = [
        contribution
        for name, rule in sorted(rules.items())
        if (contribution := _contribution(name, rule, facts, as_of)) is not None
    ]
    exact = min(Fraction(100), max(Fraction(0), sum((one.points for one in found), Fraction(0))))
    return Risk(int(exact + Fraction(1, 2)), tuple(found))


def _contribution(name: str, rule: Rule, facts: Sequence[Fact], as_of: date) -> Contribution | None:
    own = sorted((fact for fact in facts if fact.rule == name), key=lambda fact: fact.on)[::-1]
    own = [fact for fact in own if 0 <= (as_of - fact.on).days <= _memory(name)]
    if not own:
        return None
    if name in FADING:
        points = rule.points * fading(as_of, own[0].on)
        own = own[:1]
    elif name == RELIEF:
        if any(fact.rule in FADING and fact.on >= own[0].on for fact in facts):
            return None
        points, own = Fraction(rule.points), own[:1]
    elif name in ONCE:
        points = Fraction(rule.points)
    else:
        points = Fraction(min(rule.points * len(own), rule.cap))
    return Contribution(name, points, tuple(own)) if points else None


def _memory(name: str) -> int:
    """In how many days back a fact of this rule counts; an open case counts whatever its age."""
    if name == "R4":
        return 10_000
    return RECENT_DAYS if name in COUNTED else MEMORY_DAYS


def fading(as_of: date, on: date) -> Fraction:
    """1 on the day itself, 0 from 90 days on."""
    age = (as_of - on).days
    return max(Fraction(0), 1 - Fraction(age, MEMORY_DAYS))


def rule_faults(rules: Mapping[str, tuple[int, int]]) -> list[str]:
    """Sentences about what is wrong with a set of rules given as name: (points, cap)."""
    faults = [f"There is no rule {name}." for name in rules if name not in RULES]
    faults += [
        f"{name}: a weight lies between 0 and {MOST_WEIGHT}."
        for name, (points, cap) in rules.items()
        if name in RULES and not (abs(points) <= MOST_WEIGHT and 0 <= abs(cap) <= MOST_WEIGHT)
    ]
    return faults
