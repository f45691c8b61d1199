"""The steps that a macro may hold, read and told in words; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lib.sentences import said, say_now

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
        super().__init__(say_now("Step {number}: {sentence}", number=number, sentence=sentence))
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
        raise BadStep(1, say_now("choose what to do."))
    if len(steps) > MOST_STEPS:
        raise BadStep(MOST_STEPS + 1, say_now("a macro has at most {most} steps.", most=MOST_STEPS))
    return steps


def _step(number: int, item: Mapping[str, Any]) -> Step:
    do, value = str(item.get("do", "")), str(item.get("value", "")).strip()
    if do not in STEPS:
        raise BadStep(number, say_now("choose what to do."))
    if not value:
        raise BadStep(number, say_now("say with what."))
    if len(value) > LONGEST_TEXT:
        raise BadStep(number, say_now("use at most {most} characters.", most=f"{LONGEST_TEXT:,}"))
    if do == "status" and value not in ("open", "waiting", "resolved"):
        raise BadStep(number, say_now("a status is open, waiting or resolved."))
    if do == "priority" and value not in PRIORITIES:
        raise BadStep(number, say_now("a priority is {names}.", names=", ".join(PRIORITIES)))
    if do == "assign" and value not in ASSIGNEES:
        raise BadStep(number, say_now("assign to me or to nobody."))
    if do == "reply" and not value.isdigit():
        raise BadStep(number, say_now("choose a canned reply."))
    return Step(do, value)
