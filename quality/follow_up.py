"""Whether a quality rule applies to a result, and because of which criteria; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

SCORECARD, SECTION, CRITERION = "scorecard", "section", "criterion"
BELOW, CRITICAL, FAULT = "below", "critical", "fault"
NOT_THE_AGENTS = ("process", "tool")


@dataclass(frozen=True)
class Judged:
    """One criterion of a result; `sections` holds its section and the one above."""

    key: str
    sections: tuple[str, ...]
    percent: Decimal | None
    is_failed: bool = False
    fault_owner: str | None = None


@dataclass(frozen=True)
class Result:
    """A submitted result. `fired` holds the keys of fired criticals, of criteria and sections."""

    score_percent: Decimal | None
    sections: Mapping[str, Decimal | None]
    criteria: Sequence[Judged]
    fired: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Check:
    """`item` is the key of the section or criterion; empty for the whole evaluation."""

    test: str
    level: str = SCORECARD
    item: str = ""
    below_percent: Decimal | None = None


def reasons(check: Check, result: Result) -> list[str] | None:
    """The keys of the criteria to talk about; None where the rule does not apply.

    A figure that does not exist, as of a section in which nothing counted, is not below anything.
    """
    asked = [one for one in result.criteria if _is_asked(check, one)]
    if check.test == FAULT:
        found = [one.key for one in asked if one.is_failed and one.fault_owner in NOT_THE_AGENTS]
        return found or None
    failed = [one.key for one in asked if one.is_failed and one.fault_owner == "agent"]
    if check.test == CRITICAL:
        fired = [one.key for one in asked if one.key in result.fired]
        is_section_fired = any(key in result.fired for key in _sections(check, result))
        return fired or (failed if is_section_fired else None)
    percent = _percent(check, result, asked)
    if percent is None or check.below_percent is None or percent >= check.below_percent:
        return None
    return [check.item] if check.level == CRITERION else failed


def _is_asked(check: Check, one: Judged) -> bool:
    if check.level == CRITERION:
        return one.key == check.item
    return check.level == SCORECARD or check.item in one.sections


def _sections(check: Check, result: Result) -> list[str]:
    """The sections whose own trigger counts for the check."""
    if check.level == SCORECARD:
        return list(result.sections)
    return [check.item] if check.level == SECTION else []


def _percent(check: Check, result: Result, asked: Sequence[Judged]) -> Decimal | None:
    if check.level == SCORECARD:
        return result.score_percent
    if check.level == SECTION:
        return result.sections.get(check.item)
    return asked[0].percent if asked else None
