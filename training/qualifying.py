"""Is somebody ready to score? Their answers to references against those that experts agreed on.

Told in docs/algorithms/qualification.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAST_REFERENCES = 5
AGREEMENT_PERCENT = 85
NEAR_POINTS = 5
NEAR_PERCENT = 80
VALID_MONTHS = 12


@dataclass(frozen=True)
class Answered:
    """One criterion of one reference: both answers, and whether each of them fails it."""

    key: str
    agreed: str
    given: str
    is_critical: bool
    agreed_fails: bool
    given_fails: bool

    @property
    def is_exact(self) -> bool:
        return self.agreed == self.given

    @property
    def is_missed(self) -> bool:
        """A critical failure that the trainee did not see."""
        return self.is_critical and self.agreed_fails and not self.given_fails


@dataclass(frozen=True)
class Compared:
    """One reference: its criteria, and both scores in percent; None where nothing applied."""

    answers: Sequence[Answered]
    agreed_percent: float | None
    given_percent: float | None

    @property
    def is_near(self) -> bool:
        if self.agreed_percent is None or self.given_percent is None:
            return self.agreed_percent == self.given_percent
        return abs(self.agreed_percent - self.given_percent) <= NEAR_POINTS


def result_of(items: Sequence[Compared]) -> dict[str, Any]:
    """Whether it is passed, and every figure that it follows from, as plain data.

    Raises ValueError for fewer than five references.
    """
    if len(items) < LEAST_REFERENCES:
        raise ValueError("A qualification takes at least five references.")
    rows = [answer for item in items for answer in item.answers]
    exact = sum(row.is_exact for row in rows)
    missed = sorted({row.key for row in rows if row.is_missed})
    near = sum(item.is_near for item in items)
    agrees = bool(rows) and exact * 100 >= len(rows) * AGREEMENT_PERCENT
    return {
        "is_passed": agrees and not missed and near * 100 >= len(items) * NEAR_PERCENT,
        "exact": exact,
        "answers": len(rows),
        "near": near,
        "items": len(items),
        "missed": missed,
        "criteria": _by_criterion(rows),
    }


def _by_criterion(rows: Sequence[Answered]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(row.key, {"key": row.key, "exact": 0, "n": 0, "missed": 0})
        one["exact"] += row.is_exact
        one["n"] += 1
        one["missed"] += row.is_missed
    return list(found.values())


def words_of(answer: Mapping[str, Any] | None) -> str:
    """An answer as one comparable text: what was picked, without who was at fault."""
    if not answer:
        return ""
    if answer.get("na"):
        return "n/a"
    if "options" in answer:
        return " + ".join(sorted(str(one) for one in answer["options"]))
    return str(next((answer[name] for name in ("option", "number", "date") if name in answer), ""))
