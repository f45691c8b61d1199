"""An effect report: before and after of everybody coached, against a control group, and luck.

The result is plain data: {"sections": [...], "coached": n}; each section holds one outcome with its
estimates, who stands in each group, who was left out and why, a verdict and warnings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean, median_low
from typing import Any

from training import effect
from training.effect import LEAST_COACHED, LEAST_FOR_CONTROL, Change, Difference
from training.effect_data import DAY, Definition, Observations, Reached, Seen

LEAST_EVALUATIONS = 5
METHOD_VERSION = 1
POWER_EFFECT = 0.5
REASONS = {
    "few_before": "fewer than 5 evaluations before",
    "few_after": "fewer than 5 evaluations after",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One agent of a group: the evaluations on both sides of a day."""

    agent_id: int
    day: date
    before: list[Seen]
    after: list[Seen]

    @property
    def missing(self) -> str:
        if len(self.before) < LEAST_EVALUATIONS:
            return "few_before"
        return "few_after" if len(self.after) < LEAST_EVALUATIONS else ""

    @property
    def pair(self) -> tuple[float, float]:
        return fmean(one.value for one in self.before), fmean(one.value for one in self.after)

    def as_json(self) -> Json:
        before, after = self.pair
        return {
            "agent_id": self.agent_id,
            "day": self.day.isoformat(),
            "before": _four(before),
            "after": _four(after),
            "n_before": len(self.before),
            "n_after": len(self.after),
        }


def members(days: Mapping[int, date], seen: Observations, definition: Definition) -> list[Member]:
    """Each agent split at their day; the day itself belongs to neither side."""
    found = []
    for agent, day in sorted(days.items()):
        rows = seen.get(agent, [])
        first, last = day - DAY * definition.before_days, day + DAY * definition.after_days
        before = [one for one in rows if first <= one.day < day]
        after = [one for one in rows if day < one.day <= last]
        found.append(Member(agent, day, before, after))
    return found


def first_days(reached: Iterable[Reached], scope: set[int]) -> dict[int, date]:
    """The first day on which each agent of the scope was reached."""
    found: dict[int, date] = {}
    for one in reached:
        if one.agent_id in scope:
            found.setdefault(one.agent_id, one.day)
    return found


def middle_day(days: Iterable[date]) -> date:
    """The median day; of two in the middle the earlier."""
    return date.fromordinal(median_low(day.toordinal() for day in days))


# --- One outcome --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Groups:
    coached: list[Member]
    control: list[Member]
    left_out: list[Member]


@dataclass(frozen=True)
class Drawable:
    """Evaluations of those coached, by side, of which some may be scored once more."""

    before: set[int] = field(default_factory=set)
    after: set[int] = field(default_factory=set)

    def add(self, groups: Groups) -> None:
        """Those of an outcome, where enough people were coached to say anything."""
        if len(groups.coached) >= LEAST_COACHED:
            self.before.update(row.evaluation_id for one in groups.coached for row in one.before)
            self.after.update(row.evaluation_id for one in groups.coached for row in one.after)


def grouped(
    days: Mapping[int, date],
    others: set[int],
    middle: date,
    seen: Observations,
    definition: Definition,
) -> Groups:
    """Coached and control with enough on both sides; coached ones without are named as left out."""
    treated = members(days, seen, definition)
    control = members(dict.fromkeys(others - set(days), middle), seen, definition)
    return Groups(
        coached=[one for one in treated if not one.missing],
        control=[one for one in control if not one.missing],
        left_out=[one for one in treated if one.missing],
    )


def section(key: str, groups: Groups, population: Sequence[Sequence[float]]) -> Json:
    """One outcome in numbers. `population` are the single evaluations before, by agent."""
    before, after = _series(groups.coached)
    c_before, c_after = _series(groups.control)
    n, m = len(before), len(c_before)
    naive = effect.paired_change(before, after) if n >= LEAST_COACHED else None
    luck = _luck(groups.coached, population) if naive else None
    did = head = None
    if min(n, m) >= LEAST_FOR_CONTROL:
        did = effect.difference_in_differences(before, after, c_before, c_after)
        head = effect.ancova(before, after, c_before, c_after)
    others = effect.paired_change(c_before, c_after) if naive and m >= LEAST_COACHED else None
    return {
        "key": key,
        "estimates": {
            "naive": _change(naive),
            "luck": None if luck is None else {"value": _four(luck), "n": n},
            "remaining": _remaining(naive, luck),
            "control": _change(others),
            "did": _difference(did),
            "ancova": _difference(head),
        },
        "verdict": effect.verdict(n, head, naive, luck),
        "needed": effect.agents_needed(POWER_EFFECT),
        "tests": _tests(groups.coached, before, after) if naive else None,
        "coached": [one.as_json() for one in groups.coached],
        "control": [one.as_json() for one in groups.control],
        "left_out": [{"agent_id": one.agent_id, "reason": one.missing} for one in groups.left_out],
        "warnings": _warnings(groups.coached),
    }


def _series(group: Sequence[Member]) -> tuple[list[float], list[float]]:
    pairs = [one.pair for one in group]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _luck(coached: Sequence[Member], population: Sequence[Sequence[float]]) -> float | None:
    """What doing nothing would have shown; None where reliability cannot be told."""
    found = effect.reliability(population)
    if found is None or not coached:
        return None
    baseline = fmean(one.pair[0] for one in coached)
    mean = fmean(value for values in population for value in values)
    m = fmean(len(one.before) for one in coached)
    return effect.luck_gain(mean, baseline, found.r, m)


def _remaining(naive: Change | None, luck: float | None) -> Json | None:
    """The naive change less luck; its interval moves along."""
    if naive is None or luck is None:
        return None
    ends = {"low": naive.low, "high": naive.high}
    moved = {name: None if end is None else _four(end - luck) for name, end in ends.items()}
    return {"value": _four(naive.mean - luck), "n": naive.n, **moved}


def _change(change: Change | None) -> Json | None:
    if change is None:
        return None
    return {
        "value": _four(change.mean),
        "low": _four(change.low),
        "high": _four(change.high),
        "n": change.n,
        "p": _four(change.p),
        "g": _four(change.g),
    }


def _difference(found: Difference | None) -> Json | None:
    if found is None:
        return None
    return {
        "value": _four(found.effect),
        "low": _four(found.low),
        "high": _four(found.high),
        "se": _four(found.se),
        "p": _four(found.p),
        "n": found.n,
        "n_control": found.n_control,
    }


def _tests(coached: Sequence[Member], before: list[float], after: list[float]) -> Json:
    """Rank and sign tests of the change; McNemar of the last evaluation before, the first after."""
    differences = [b - a for a, b in zip(before, after, strict=True)]
    ranks = effect.signed_rank(differences)
    better, worse = (sum(d > 0 for d in differences), sum(d < 0 for d in differences))
    found: Json = {
        "rank_p": _four(ranks[1]) if ranks else None,
        "sign_p": _four(effect.sign_test(better, better + worse)),
        "better": better,
        "worse": worse,
    }
    ends = [(one.before[-1].value, one.after[0].value) for one in coached]
    if all(value in (0, 100) for pair in ends for value in pair):
        won, lost = sum(a < b for a, b in ends), sum(a > b for a, b in ends)
        found["mcnemar"] = {"won": won, "lost": lost, "p": _four(effect.mcnemar(won, lost)[0])}
    return found


def _warnings(coached: Sequence[Member]) -> list[str]:
    """What makes the two sides less alike than they should be."""
    found = []
    before = [row for one in coached for row in one.before]
    after = [row for one in coached for row in one.after]
    if {row.selection for row in before} != {row.selection for row in after}:
        found.append("selection")
    if {row.version_id for row in before} != {row.version_id for row in after}:
        found.append("version")
    return found


def adjust_for_several(sections: Sequence[Json]) -> None:
    """Write Holm's p beside the headline of each section where there are several."""
    told = [(one, one["estimates"]["ancova"] or one["estimates"]["naive"]) for one in sections]
    having = [estimate for _, estimate in told if estimate and estimate["p"] is not None]
    if len(having) < 2:
        return
    for estimate, p in zip(having, effect.holm([one["p"] for one in having]), strict=True):
        estimate["holm_p"] = _four(p)


def result_hash(definition: Json, result: Json) -> str:
    """SHA-256 over both as JSON with sorted keys and no blanks."""
    text = json.dumps([definition, result], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _four(value: float | None) -> float | None:
    """Rounded to four decimals, which keeps stored figures the same on every machine."""
    return None if value is None else round(value, 4) + 0.0
