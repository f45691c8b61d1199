"""Conditions of Amazon Connect forms (Enablement), to ours and back."""

from collections.abc import Mapping
from typing import Any

from quality.passport.loss import HIGH
from quality.passport.theirs import Item

GROUPS = {"AND": "all", "OR": "any"}
COMPARATORS = ("IN", "NOT_IN", "ALL_IN", "EXACT")
MOST_OPERANDS = 50
DEEPEST = 4


class NotKept(ValueError):
    """Their condition asks about something that we do not know; the text says what."""


def read_enablement(item: Item, options: Mapping[str, set[str]]) -> dict[str, Any] | None:
    """Our condition; None with a row in the report where theirs cannot be kept."""
    if not item.raw.get("Enablement"):
        return None
    enablement = item.object("Enablement")
    action = enablement.word("Action", ("ENABLE", "DISABLE"), "ENABLE")
    if action == enablement.raw.get("DefaultAction"):
        return None
    try:
        condition = _read_group(enablement.object("Condition"), options, DEEPEST)
    except NotKept as reason:
        item.lose("Enablement", "condition_source", HIGH, lost=str(reason), kept="always visible")
        return None
    return condition if action == "ENABLE" else {"not": condition}


def _read_group(item: Item, options: Mapping[str, set[str]], levels: int) -> dict[str, Any]:
    if not levels:
        raise NotKept("a condition that nests too deeply")
    word = GROUPS[item.word("Operator", GROUPS, "AND")]
    operands = item.items("Operands", MOST_OPERANDS)
    if not operands:
        raise NotKept("a condition without operands")
    parts = [
        _read_group(operand.object("Condition"), options, levels - 1)
        if "Condition" in operand.raw
        else _read_expression(operand.object("Expression"), options)
        for operand in operands
    ]
    return parts[0] if len(parts) == 1 else {word: parts}


def _read_expression(item: Item, options: Mapping[str, set[str]]) -> dict[str, Any]:
    source = item.object("Source")
    kind = source.raw.get("Type", "QUESTION_REF_ID")
    key = source.raw.get("RefId")
    if kind != "QUESTION_REF_ID" or not isinstance(key, str):
        raise NotKept(f"a condition on {str(kind)[:40]}")
    values = [value.raw.get("RefId") for value in item.items("Values", MOST_OPERANDS)]
    if not values or not all(isinstance(value, str) for value in values):
        raise NotKept("a condition on values that are no options")
    comparator = item.word("Comparator", COMPARATORS, "IN")
    if comparator in ("IN", "NOT_IN"):
        return _leaf(key, comparator.lower(), values)
    each = [_leaf(key, "in", [value]) for value in values]
    if comparator == "EXACT":
        others = sorted(options.get(key, set()) - set(values))
        each += [_leaf(key, "not_in", others)] if others else []
    return each[0] if len(each) == 1 else {"all": each}


def _leaf(key: str, operator: str, values: list[Any]) -> dict[str, Any]:
    return {"criterion": key, "op": operator, "value": values}


# --- Back ----------------------------------------------------------------------------------------


def write_enablement(condition: Mapping[str, Any]) -> dict[str, Any]:
    """Their form of a condition; raises NotKept for facts, numbers and N/A."""
    action = "ENABLE"
    if "not" in condition:
        action, condition = "DISABLE", condition["not"]
    group = _write(condition)
    group = {"Operands": [group]} if "Expression" in group else group["Condition"]
    return {
        "Condition": group,
        "Action": action,
        "DefaultAction": "DISABLE" if action == "ENABLE" else "ENABLE",
    }


def _write(condition: Mapping[str, Any]) -> dict[str, Any]:
    """One operand: an expression, or a condition that groups operands."""
    for theirs, ours in GROUPS.items():
        if ours in condition:
            operands = [_write(part) for part in condition[ours]]
            return {"Condition": {"Operator": theirs, "Operands": operands}}
    if "not" in condition:
        raise NotKept("a “not” inside a condition")
    if "criterion" not in condition:
        raise NotKept(f"a condition on the fact {condition['fact']}")
    if condition["op"] not in ("in", "not_in"):
        raise NotKept(f"a condition with “{condition['op']}”")
    values = [{"Type": "OPTION_REF_ID", "RefId": value} for value in condition["value"]]
    source = {"Type": "QUESTION_REF_ID", "RefId": condition["criterion"]}
    comparator = condition["op"].upper()
    return {"Expression": {"Source": source, "Values": values, "Comparator": comparator}}
