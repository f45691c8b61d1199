"""Form fields that let people write bands, conditions, tags and causes as plain lines."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.text import slugify

from quality.documents import FREE_FACTS, NUMBER_FACTS, TEXT_FACTS

WORDS_OF_OPERATOR = {
    "in": "=",
    "eq": "=",
    "not_in": "!=",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
}
OPERATORS = {"<=": "lte", ">=": "gte", "!=": "not_in", "<": "lt", ">": "gt", "=": "in"}
LEAF = re.compile(r"\s*([\w.-]+)\s*(<=|>=|!=|<|>|=)\s*(.+?)\s*")
IS_NA = re.compile(r"\s*([\w.-]+)\s+is\s+(n/?a|not applicable)\s*", re.IGNORECASE)


class LinesField(forms.CharField):
    """A text whose lines stand for a list; subclasses read and write one line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(self.write_line(item) for item in value)
        return value

    def to_python(self, value: Any) -> Any:
        lines = str(value or "").splitlines()
        return [self.read_line(line.strip()) for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))

    def write_line(self, item: Any) -> str:
        return str(item)

    def read_line(self, line: str) -> Any:
        return line


class BandsField(LinesField):
    """“80 Meets”, “92 Exceeds (good)”: where a band begins, its name, its tone."""

    LINE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*%?\s+(.{1,250}?)(?:\s*\((good|neutral|bad)\))?")

    def write_line(self, item: Any) -> str:
        tone = f" ({item['tone']})" if item.get("tone") else ""
        return f"{item['from_percent']} {item['label']}{tone}"

    def read_line(self, line: str) -> Any:
        found = self.LINE.fullmatch(line)
        if not found:
            raise forms.ValidationError("Write each band as “80 Meets”: where it begins, its name.")
        start, label, tone = found.groups()
        band = {"label": label, "from_percent": start}
        return band | {"tone": tone} if tone else band


class CausesField(LinesField):
    """One root cause per line; its key is made once and stays."""

    def write_line(self, item: Any) -> str:
        return f"{item['label']} [{item['key']}]"

    def read_line(self, line: str) -> Any:
        found = re.fullmatch(r"(.{1,120}?)(?:\s*\[([\w.-]{1,40})\])?", line)
        if not found:
            raise forms.ValidationError("A root cause is at most 120 characters.")
        label, key = found.groups()
        return {"key": key or slugify(label)[:40] or "cause", "label": label}


class OptionLinesField(LinesField):
    """“10 Fully”, “0 Not at all (bad, fails)”: the points of an option, its label, its tone."""

    LINE = re.compile(
        r"(-?\d{1,7}(?:\.\d{1,4})?)\s+(.{1,250}?)"
        r"(?:\s*\(((?:good|neutral|bad|fails)(?:,\s*(?:good|neutral|bad|fails))*)\))?"
    )

    def write_line(self, item: Any) -> str:
        marks = [item.get("tone") or "neutral"] + ["fails"] * bool(item.get("is_fail"))
        told = [mark for mark in marks if mark != "neutral"]
        return f"{item['points']} {item['label']}" + (f" ({', '.join(told)})" if told else "")

    def read_line(self, line: str) -> Any:
        found = self.LINE.fullmatch(line)
        if not found:
            raise forms.ValidationError("Write each option as “10 Fully”: its points, its label.")
        points, label, told = found.groups()
        marks = [mark.strip() for mark in (told or "").split(",") if mark.strip()]
        tones = [mark for mark in marks if mark != "fails"]
        return {
            "label": label,
            "points": points,
            "tone": tones[0] if tones else "neutral",
            "is_fail": "fails" in marks,
        }


class WordsField(forms.CharField):
    """Words divided by commas; `allowed` limits them."""

    def __init__(self, *, allowed: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.allowed = allowed
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = [word.strip() for word in str(value or "").split(",") if word.strip()]
        unknown = [word for word in words if self.allowed and word not in self.allowed]
        if unknown:
            raise forms.ValidationError(f"“{unknown[0]}” is not one of: {', '.join(self.allowed)}.")
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class ConditionField(forms.CharField):
    """One test per line, all of them or, below a first line “any of:”, one of them.

    “hold_seconds > 60”, “greet = yes, partly”, “verify is n/a”. A nested condition is JSON.
    """

    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return condition_text(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        return read_condition(str(value or ""))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != self.to_python(data))


def condition_text(condition: dict[str, Any]) -> str:
    """Lines where the condition is flat, JSON where it is nested."""
    for group, head in (("all", ""), ("any", "any of:\n")):
        parts = condition.get(group)
        if isinstance(parts, list) and all(_is_leaf(part) for part in parts):
            return head + "\n".join(_leaf_text(part) for part in parts)
    return _leaf_text(condition) if _is_leaf(condition) else json.dumps(condition)


def read_condition(text: str) -> dict[str, Any] | None:
    """None for an empty text; raises ValidationError with what to write instead."""
    text = text.strip()
    if not text:
        return None
    if text.startswith("{"):
        return _read_json(text)
    lines = [line for line in text.splitlines() if line.strip()]
    group = "any" if lines[0].strip().lower() in ("any of:", "any:") else "all"
    leaves = [_read_leaf(line) for line in lines[group == "any" :]]
    return leaves[0] if len(leaves) == 1 else {group: leaves}


def _read_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise forms.ValidationError("This condition is not readable JSON.") from None
    if not isinstance(value, dict):
        raise forms.ValidationError("A condition is a JSON object.")
    return value


def _is_leaf(part: Any) -> bool:
    return isinstance(part, dict) and "op" in part


def _leaf_text(leaf: dict[str, Any]) -> str:
    name = leaf.get("fact") or leaf.get("criterion")
    if leaf["op"] == "na":
        return f"{name} is n/a"
    value = leaf.get("value")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{name} {WORDS_OF_OPERATOR.get(leaf['op'], '=')} {shown}"


def _read_leaf(line: str) -> dict[str, Any]:
    if found := IS_NA.fullmatch(line):
        return {"criterion": found[1], "op": "na"}
    found = LEAF.fullmatch(line)
    if not found:
        raise forms.ValidationError(
            f"“{line.strip()[:60]}” is not a test. Write for example: hold_seconds > 60"
        )
    name, sign, value = found.groups()
    subject = "fact" if _is_fact(name) else "criterion"
    operator = OPERATORS[sign]
    if operator in ("in", "not_in"):
        return {subject: name, "op": operator, "value": [v.strip() for v in value.split(",")]}
    return {subject: name, "op": operator, "value": _number(value)}


def _number(text: str) -> str:
    try:
        return format(Decimal(text), "f")
    except InvalidOperation:
        raise forms.ValidationError(f"“{text[:30]}” is not a number.") from None


def _is_fact(name: str) -> bool:
    return name in NUMBER_FACTS or name in TEXT_FACTS or name.startswith(FREE_FACTS)
