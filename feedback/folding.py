"""From an agent's facts to the badges they earn: the same facts give the same awards, always.

Facts are walked in the order of (occurred_at, fact_key), whatever the order of their arrival.
Told in prose in docs/algorithms/recognition.md.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from feedback.rules import Repeat, count_places, streak_awards

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda value, among: value in among,
}


@dataclass(frozen=True)
class Fact:
    key: str
    occurred_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    value: Any

    def holds(self, payload: Mapping[str, Any]) -> bool:
        """False for a field that the fact does not have."""
        given = payload.get(self.field)
        return given is not None and OPERATORS[self.operator](given, self.value)


@dataclass(frozen=True)
class Rule:
    """`window_days` None counts within the month of the site; a streak needs no window."""

    conditions: Sequence[Condition]
    mode: Literal["count", "streak"]
    k: int
    window_days: int | None
    repeat: Repeat
    monthly_cap: int | None = None
    effective_from: datetime | None = None
    zone: str = "UTC"

    def holds(self, fact: Fact) -> bool:
        return all(condition.holds(fact.payload) for condition in self.conditions)


@dataclass(frozen=True)
class Earned:
    """One award: the fact that completed it and all that it stands on."""

    closing: Fact
    facts: list[str] = field(default_factory=list)


def earned(facts: Sequence[Fact], rule: Rule) -> list[Earned]:
    """Every award that an agent's facts of the rule's kind give."""
    since = rule.effective_from
    walked = sorted(
        (fact for fact in facts if since is None or fact.occurred_at >= since),
        key=lambda fact: (fact.occurred_at, fact.key),
    )
    places, used = _places(walked, rule)
    found: list[Earned] = []
    per_month: Counter[tuple[int, int]] = Counter()
    for place in places:
        at = walked[place].occurred_at.astimezone(ZoneInfo(rule.zone))
        month = at.year, at.month
        if rule.monthly_cap is not None and per_month[month] >= rule.monthly_cap:
            continue
        if rule.mode == "streak" and not _may_repeat(rule, found, month, per_month):
            continue
        per_month[month] += 1
        found.append(Earned(walked[place], [walked[one].key for one in used[place]]))
    return found


def share_satisfying(facts: Sequence[Fact], rule: Rule) -> float | None:
    """Which share of the facts satisfies the conditions, 0-1; None without facts."""
    return sum(map(rule.holds, facts)) / len(facts) if facts else None


def _places(facts: Sequence[Fact], rule: Rule) -> tuple[list[int], dict[int, list[int]]]:
    """The places of closing facts, and the places of the facts behind each."""
    if rule.mode == "streak":
        places = streak_awards(map(rule.holds, facts), rule.k)
        return places, {place: list(range(place - rule.k + 1, place + 1)) for place in places}
    holding = [place for place, fact in enumerate(facts) if rule.holds(fact)]
    zone = ZoneInfo(rule.zone)
    times = [facts[place].occurred_at.astimezone(zone) for place in holding]
    window = None if rule.window_days is None else timedelta(days=rule.window_days)
    closing = count_places(times, rule.k, window, rule.repeat)
    return (
        [holding[place] for place in closing],
        {holding[at]: holding[max(0, at - rule.k + 1) : at + 1] for at in closing},
    )


def _may_repeat(
    rule: Rule,
    found: Sequence[Earned],
    month: tuple[int, int],
    per_month: Counter[tuple[int, int]],
) -> bool:
    if rule.repeat == "once":
        return not found
    return rule.repeat == "every_time" or not per_month[month]
