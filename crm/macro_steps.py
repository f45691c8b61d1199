"""The steps that a macro may hold, read and told in words; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lib.sentences import said

PRIORITIES = ("low", "normal", "high", "urgent")
STEPS = {
    "status": said("Set the status"),
    "priority": said("Set the priority"),
    "assign": said("Assign"),
    "note": said("Write a note"),
    "reply": said("Answer with a canned reply"),
    "task": said("Make a task"),
}
ASSIGNEES = {"me": "Me", "nobody": "Nobody"}
MOST_STEPS = 8
LONGEST_TEXT = 2_000


class BadStep(ValueError):
    """`number` counts from 1."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(f"Step {number}: {sentence}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Step:
    """`value` is a category, a priority, "me", a text, or the id of a reply, by what is done."""

    do: str
    value: str

    @property
    def label(self) -> str:
        return STEPS[self.do]


def read(stored: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Stored steps in order; raises BadStep with a sentence for the first that cannot be."""
    steps = [_step(number, item) for number, item in enumerate(stored, start=1)]
    if not steps:
        raise BadStep(1, "choose what to do.")
    if len(steps) > MOST_STEPS:
        raise BadStep(MOST_STEPS + 1, f"a macro has at most {MOST_STEPS} steps.")
    return steps


def _step(number: int, item: Mapping[str, Any]) -> Step:
    do, value = str(item.get("do", "")), str(item.get("value", "")).strip()
    if do not in STEPS:
        raise BadStep(number, "choose what to do.")
    if not value:
        raise BadStep(number, "say with what.")
    if len(value) > LONGEST_TEXT:
        raise BadStep(number, f"use at most {LONGEST_TEXT:,} characters.")
    if do == "status" and value not in ("open", "waiting", "resolved"):
        raise BadStep(number, "a status is open, waiting or resolved.")
    if do == "priority" and value not in PRIORITIES:
        raise BadStep(number, f"a priority is {', '.join(PRIORITIES)}.")
    if do == "assign" and value not in ASSIGNEES:
        raise BadStep(number, "assign to me or to nobody.")
    if do == "reply" and not value.isdigit():
        raise BadStep(number, "choose a canned reply.")
    return Step(do, value)
