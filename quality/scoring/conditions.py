"""When a section or criterion is shown: all, any, not, over earlier answers and facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Protocol

from quality.scoring.answers import Answer
from quality.scoring.facts import Value
from quality.scoring.numbers import plain

COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}


@dataclass(frozen=True, slots=True)
class Test:
    """One leaf. `subject` is criterion or fact; `values` holds one value but for in and not_in."""

    subject: str
    name: str
    operator: str
    values: tuple[Value, ...]

    def as_data(self) -> dict[str, object]:
        data: dict[str, object] = {self.subject: self.name, "op": self.operator}
        texts = [value if isinstance(value, str) else plain(value) for value in self.values]
        if self.operator in ("in", "not_in"):
            data["value"] = texts
        elif self.operator != "na":
            data["value"] = texts[0]
        return data


@dataclass(frozen=True, slots=True)
class Group:
    """`word` is all, any or not; a not holds exactly one part."""

    word: str
    parts: tuple["Condition", ...]

    def as_data(self) -> dict[str, object]:
        parts = [part.as_data() for part in self.parts]
        return {self.word: parts[0] if self.word == "not" else parts}


Condition = Test | Group


class Shown(Protocol):
    """Answers of the criteria shown so far; a dict will do."""

    def get(self, key: str, /) -> Answer | None: ...


def holds(condition: Condition, shown: Shown, facts: Mapping[str, Value]) -> bool:
    """Whether the condition is true; `shown` holds the answers of the criteria shown so far.

    A leaf over a missing fact, or over an answer that is hidden, absent or N/A, is false.
    """
    if isinstance(condition, Group):
        if condition.word == "all":
            return all(holds(part, shown, facts) for part in condition.parts)
        if condition.word == "any":
            return any(holds(part, shown, facts) for part in condition.parts)
        return not holds(condition.parts[0], shown, facts)
    if condition.subject == "fact":
        fact = facts.get(condition.name)
        return fact is not None and compare(condition, (fact,))
    answer = shown.get(condition.name)
    if answer is None:
        return False
    if condition.operator == "na":
        return answer.is_na
    given = answer.options if answer.number is None else (answer.number,)
    return bool(given) and compare(condition, given)


def compare(test: Test, given: tuple[Value, ...]) -> bool:
    """Compare what is given (several options at once where a multi criterion is asked about)."""
    if test.operator == "eq":
        return given == test.values
    if test.operator in ("in", "not_in"):
        is_among = any([value in test.values for value in given])  # noqa: C419 - quicker.
        return is_among if test.operator == "in" else not is_among
    found, limit = given[0], test.values[0]
    if isinstance(found, str) or isinstance(limit, str):
        return False
    return COMPARISONS[test.operator](found, limit)
