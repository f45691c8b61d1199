"""Whether a case fits the conditions of a policy; pure, told in docs/how-to/sla-policies.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from lib.sentences import one_of, said, say_now

PRIORITIES = ("low", "normal", "high", "urgent")
# Each field with its name for people and the operators it knows.
CHOICE_OPERATORS = ("is", "is_not", "in", "empty", "not_empty")
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "priority": (said("Priority"), ("is", "is_not", "in", "at_least", "at_most")),
    "kind": (said("Kind"), ("is", "is_not", "in")),
    "channel": (said("Channel"), CHOICE_OPERATORS),
    "queue": (said("Queue"), CHOICE_OPERATORS),
    "team": (said("Team"), CHOICE_OPERATORS),
    "vip": (said("VIP"), ("is",)),
    "language": (said("Language"), CHOICE_OPERATORS),
    "tag": (said("Customer’s tag"), CHOICE_OPERATORS),
    "organization": (said("Organization"), CHOICE_OPERATORS),
    "segment": (said("Customer’s segment"), CHOICE_OPERATORS),
    "subject": (said("Subject"), ("contains",)),
}
# Custom fields: of the case, and of its customer, each with the field's key behind it.
CUSTOM = {"custom.": said("Case’s {name}"), "customer.": said("Customer’s {name}")}
CUSTOM_OPERATORS = (*CHOICE_OPERATORS, "contains", "at_least", "at_most")
LABELS = "labels"
OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "contains": "contains",
    "at_least": "is at least",
    "at_most": "is at most",
    "empty": "is empty",
    "not_empty": "is not empty",
}
PHRASES = {
    "is": said("{label} is {value}"),
    "is_not": said("{label} is not {value}"),
    "in": said("{label} is one of {value}"),
    "contains": said("{label} contains {value}"),
    "at_least": said("{label} is at least {value}"),
    "at_most": said("{label} is at most {value}"),
    "empty": said("{label} is empty"),
    "not_empty": said("{label} is not empty"),
}
MOST_RULES = 20
_WITHOUT_VALUE = ("empty", "not_empty")


class BadConditions(ValueError):
    """The text says what cannot be."""


@dataclass(frozen=True, slots=True)
class Rule:
    field: str
    operator: str
    value: Any = None

    def in_words(self, names: Mapping[str, Mapping[str, str]]) -> str:
        """`names` gives the words of a field's values, such as a queue's name for its id.

        Under LABELS it gives the words of custom fields themselves.
        """
        label = names.get(LABELS, {}).get(self.field) or label_of(self.field)
        if self.operator in _WITHOUT_VALUE:
            return say_now(PHRASES[self.operator], label=label)
        values = self.value if isinstance(self.value, list) else [self.value]
        known = names.get(self.field, {})
        told = one_of([known.get(str(value), str(value)) for value in values])
        return say_now(PHRASES[self.operator], label=label, value=told)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of `every` must hold, and at least one of `some` if there are any."""

    every: tuple[Rule, ...]
    some: tuple[Rule, ...]

    def failing(self, facts: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Nothing if the facts fit; else the first rule that fails, or all of `some`."""
        for rule in self.every:
            if not holds(rule, facts):
                return (rule,)
        if self.some and not any(holds(rule, facts) for rule in self.some):
            return self.some
        return ()


def read(stored: Mapping[str, Any]) -> Conditions:
    """Stored conditions {"all": […], "any": […]}; raises BadConditions with a sentence."""
    unknown = set(stored) - {"all", "any"}
    if unknown:
        raise BadConditions(f"Conditions have no part “{min(unknown)}”.")
    every, some = (_rules(stored.get(part, [])) for part in ("all", "any"))
    if len(every) + len(some) > MOST_RULES:
        raise BadConditions(f"A policy has at most {MOST_RULES} conditions.")
    return Conditions(every, some)


def holds(rule: Rule, facts: Mapping[str, Any]) -> bool:
    """Whether one rule holds; a fact that is missing is empty, one of several values may fit."""
    fact = facts.get(rule.field)
    is_empty = fact in (None, "", [])
    match rule.operator:
        case "empty":
            return is_empty
        case "not_empty":
            return not is_empty
        case "is":
            return _same(fact, rule.value)
        case "is_not":
            return not _same(fact, rule.value)
        case "in":
            return any(_same(fact, value) for value in rule.value)
        case "contains":
            return str(rule.value).casefold() in str(fact or "").casefold()
        case "at_least":
            return not is_empty and _compared(rule, fact) >= 0
        case _:
            return not is_empty and _compared(rule, fact) <= 0


def _rules(items: Any) -> tuple[Rule, ...]:
    if not isinstance(items, Iterable) or isinstance(items, str | Mapping):
        raise BadConditions("Conditions are a list of rules.")
    return tuple(_rule(item) for item in items)


def _rule(item: Any) -> Rule:
    if not isinstance(item, Mapping) or set(item) - {"field", "operator", "value"}:
        raise BadConditions("A rule has a field, an operator and a value.")
    field, operator = str(item.get("field")), item.get("operator")
    value = item.get("value")
    known = operators_of(field)
    if operator not in known:
        allowed = ", ".join(OPERATORS[name] for name in known)
        raise BadConditions(f"{label_of(field)} can be asked with: {allowed}.")
    if operator in _WITHOUT_VALUE:
        return Rule(field, operator)
    _check_value(field, operator, value)
    return Rule(field, operator, value)


def operators_of(field: str) -> tuple[str, ...]:
    """The operators that a field knows; raises BadConditions for one that there is not."""
    if field in FIELDS:
        return FIELDS[field][1]
    if _custom(field):
        return CUSTOM_OPERATORS
    raise BadConditions(f"There is no field “{field}”.")


def label_of(field: str) -> str:
    """The words of a field; a custom one by its key."""
    if field in FIELDS:
        return say_now(FIELDS[field][0])
    prefix = _custom(field)
    return say_now(CUSTOM[prefix], name=field.removeprefix(prefix)) if prefix else field


def _custom(field: str) -> str:
    """The prefix of a custom field's name; "" for all else."""
    found = (prefix for prefix in CUSTOM if field.startswith(prefix) and field != prefix)
    return next(found, "")


def _check_value(field: str, operator: str, value: Any) -> None:
    label = label_of(field)
    values = value if operator == "in" else [value]
    if not isinstance(values, list) or not values or any(one in (None, "") for one in values):
        raise BadConditions(f"{label}: choose a value.")
    if any(not isinstance(one, str | int | bool) or len(str(one)) > 200 for one in values):
        raise BadConditions(f"{label}: this value cannot be used.")
    if field == "priority" and any(one not in PRIORITIES for one in values):
        raise BadConditions(f"Priority is one of {', '.join(PRIORITIES)}.")


def _same(fact: Any, value: Any) -> bool:
    """Ids come as numbers or as texts; words count without case."""
    held = fact if isinstance(fact, list) else [fact]
    return any(str(one).casefold() == str(value).casefold() for one in held if one is not None)


def _compared(rule: Rule, fact: Any) -> int:
    """Whether the fact lies before (-1), at (0) or behind (1) the value.

    Priorities follow their order, numbers their size, days and moments the calendar.
    """
    left, right = _rank(fact, rule.field), _rank(rule.value, rule.field)
    if type(left) is not type(right):
        left, right = str(fact), str(rule.value)
    return (left > right) - (left < right)


def _rank(value: Any, field: str) -> Any:
    if field == "priority":
        return PRIORITIES.index(value)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)
