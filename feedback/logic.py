"""Which way an answering person takes through a survey; told in docs/algorithms/survey-logic.md.

A condition is {"of": code, "op": operator, "value": …} or {"all": […]} or {"any": […]}, at most
three deep. A rule is {"when": condition} with one of jump, require, or set (how, of, value).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from feedback.questionnaire import Questionnaire, Section

Value = str | int | Decimal | list[str] | None
Answers = Mapping[str, Value]
MOST_DEEP = 3


def _number(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _text(value: object) -> str:
    return str(value).strip().casefold()


def _same(left: object, right: object) -> bool:
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return first == second
    return _text(left) == _text(right)


def _compare(test: Callable[[Decimal, Decimal], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        first, second = _number(left), _number(right)
        return first is not None and second is not None and test(first, second)

    return compare


def _between(value: Any, ends: Any) -> bool:
    found = _number(value)
    bounds = [_number(end) for end in ends] if isinstance(ends, list) else []
    if found is None or len(bounds) != 2 or bounds[0] is None or bounds[1] is None:
        return False
    return bounds[0] <= found <= bounds[1]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _any_of(value: Any, wanted: Any) -> bool:
    return any(_same(one, other) for one in _many(value) for other in _many(wanted))


def _all_of(value: Any, wanted: Any) -> bool:
    return all(any(_same(one, other) for one in _many(value)) for other in _many(wanted))


def _contains(value: Any, wanted: Any) -> bool:
    return any(_text(wanted) in _text(one) for one in _many(value))


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "answered": lambda value, wanted: True,
    "not_answered": lambda value, wanted: False,
    "eq": _same,
    "ne": lambda value, wanted: not _same(value, wanted),
    "lt": _compare(lambda a, b: a < b),
    "lte": _compare(lambda a, b: a <= b),
    "gt": _compare(lambda a, b: a > b),
    "gte": _compare(lambda a, b: a >= b),
    "between": _between,
    "in": _any_of,
    "not_in": lambda value, wanted: not _any_of(value, wanted),
    "any_of": _any_of,
    "all_of": _all_of,
    "none_of": lambda value, wanted: not _any_of(value, wanted),
    "contains_text": _contains,
    "not_contains_text": lambda value, wanted: not _contains(value, wanted),
}
IN_WORDS: Mapping[str, str] = {
    "answered": "is answered",
    "not_answered": "is not answered",
    "eq": "is",
    "ne": "is not",
    "lt": "is below",
    "lte": "is at most",
    "gt": "is above",
    "gte": "is at least",
    "between": "is between",
    "in": "is one of",
    "not_in": "is none of",
    "any_of": "has any of",
    "all_of": "has all of",
    "none_of": "has none of",
    "contains_text": "contains",
    "not_contains_text": "does not contain",
}


def holds(condition: Mapping[str, Any], answers: Answers) -> bool:
    """Whether a condition is true. Of what is unanswered, only `not_answered` is."""
    if "all" in condition:
        return all(holds(part, answers) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, answers) for part in condition["any"])
    value = answers.get(condition["of"])
    if value is None or value == "" or value == []:
        return bool(condition["op"] == "not_answered")
    return OPERATORS[condition["op"]](value, condition.get("value"))


@dataclass
class Path:
    """Sections in order, the ending, what became required, and the variables."""

    sections: list[str] = field(default_factory=list)
    ending: str = ""
    required: set[str] = field(default_factory=set)
    variables: dict[str, Value] = field(default_factory=dict)


def path(version: Questionnaire, answers: Answers) -> Path:
    """The way that these answers lead; what is off it counts as unanswered."""
    taken, known, at = Path(), dict(_given(version, answers)), 0
    while at < len(version.sections):
        section = version.sections[at]
        taken.sections.append(section.code)
        known |= {one.code: answers.get(one.code) for one in section.questions}
        target = _apply(section, known, taken)
        if target and version.ending(target):
            taken.ending = target
            return taken
        at = _next(version, at, target)
    taken.ending = version.endings[0].code if version.endings else ""
    return taken


def _given(version: Questionnaire, answers: Answers) -> Iterator[tuple[str, Value]]:
    """Hidden fields, which came with the link."""
    return ((name, answers.get(name)) for name in version.hidden)


def _apply(section: Section, known: dict[str, Value], taken: Path) -> str:
    """Follow the section's rules; returns where the first true jump leads."""
    target = ""
    for rule in section.rules:
        if not holds(rule["when"], known):
            continue
        if "jump" in rule:
            target = target or rule["jump"]
        elif "require" in rule:
            taken.required.add(rule["require"])
        elif "set" in rule:
            known[rule["set"]] = taken.variables[rule["set"]] = _computed(rule, known)
    return target


def _next(version: Questionnaire, at: int, target: str) -> int:
    """Jumps lead forward only; a wrong one is as if it were not there."""
    codes = [section.code for section in version.sections]
    if target in codes[at + 1 :]:
        return codes.index(target, at + 1)
    return at + 1


def _computed(rule: Mapping[str, Any], known: Answers) -> Value:
    if rule.get("how", "constant") == "constant":
        return str(rule.get("value", ""))
    numbers = [found for of in rule.get("of", ()) if (found := _number(known.get(of))) is not None]
    if rule["how"] == "count":
        return Decimal(len(numbers))
    if not numbers:
        return None
    total = sum(numbers, Decimal(0))
    return total if rule["how"] == "sum" else total / len(numbers)


# --- What is wrong with a rule -------------------------------------------------------------------


def names_in(condition: Mapping[str, Any]) -> set[str]:
    """Everything that a condition asks about."""
    parts: Sequence[Mapping[str, Any]] = condition.get("all") or condition.get("any") or ()
    if parts:
        return set().union(*(names_in(part) for part in parts))
    return {condition["of"]} if "of" in condition else set()


def fault_of(condition: object, deep: int = 1) -> str:
    """A sentence about what makes a condition unusable; empty if nothing does."""
    if not isinstance(condition, dict):
        return "A condition names a question, an operator and a value."
    for joint in ("all", "any"):
        if joint in condition:
            if deep > MOST_DEEP:
                return f"Conditions may be nested {MOST_DEEP} deep."
            parts = condition[joint]
            if not isinstance(parts, list) or not parts:
                return "A group of conditions needs at least one."
            return next((fault for part in parts if (fault := fault_of(part, deep + 1))), "")
    if condition.get("op") not in OPERATORS:
        return f"There is no operator {condition.get('op')!r}."
    return "" if isinstance(condition.get("of"), str) else "A condition names a question."


def sentence(condition: Mapping[str, Any]) -> str:
    """The condition in words."""
    for joint, word in (("all", " and "), ("any", " or ")):
        if joint in condition:
            return word.join(sentence(part) for part in condition[joint])
    value = condition.get("value")
    shown = " and ".join(map(str, value)) if condition["op"] == "between" and value else value
    if isinstance(shown, list):
        shown = ", ".join(map(str, shown))
    words = f"{condition['of']} {IN_WORDS[condition['op']]}"
    return words if condition["op"] in ("answered", "not_answered") else f"{words} {shown}"
