"""The status of an action item, computed from what happened: docs/algorithms/action-items.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lib.sentences import said

WORDS = {
    "waiting": said("Waits for evidence"),
    "on_target": said("On target"),
    "improving": said("Improving"),
    "not_improving": said("Not improving"),
    "met": said("Met"),
    "missed": said("Missed"),
    "not_measurable": said("Not measurable"),
    "canceled": said("Canceled"),
}
TONES = {
    "on_target": "good",
    "met": "good",
    "improving": "accent",
    "not_improving": "warn",
    "missed": "bad",
}


@dataclass(frozen=True)
class Goal:
    """What was agreed; `direction` is up or down."""

    direction: str
    baseline: Decimal
    target: Decimal
    minimum_n: int
    due_on: date

    def reaches(self, value: Decimal) -> bool:
        return value >= self.target if self.direction == "up" else value <= self.target

    def is_better(self, value: Decimal) -> bool:
        return value > self.baseline if self.direction == "up" else value < self.baseline


def status_on(today: date, goal: Goal, value: Decimal | None, n: int) -> str:
    """A word of WORDS; `value` and `n` are of released evaluations since the agreement."""
    is_over = today > goal.due_on
    if value is None or n < goal.minimum_n:
        return "not_measurable" if is_over else "waiting"
    if goal.reaches(value):
        return "met" if is_over else "on_target"
    if is_over:
        return "missed"
    return "improving" if goal.is_better(value) else "not_improving"


def event_status_on(today: date, due_on: date, *, is_done: bool) -> str:
    """For a thing that happens once, such as a completed course."""
    if is_done:
        return "met"
    return "missed" if today > due_on else "waiting"
