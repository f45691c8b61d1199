"""Words for quality's pages."""

from __future__ import annotations

from typing import Any

from django import template

from quality.fields import condition_text

register = template.Library()


@register.filter
def condition_words(condition: dict[str, Any]) -> str:
    """A condition on one line: hold_seconds > 60 and not (greet = yes or greet = partly)."""
    if "op" in condition:
        return condition_text(condition)
    if "not" in condition:
        return f"not ({condition_words(condition['not'])})"
    word, parts = ("or", condition["any"]) if "any" in condition else ("and", condition["all"])
    told = [condition_words(part) for part in parts]
    if len(told) == 1:
        return told[0]
    marked = [
        text if "op" in part or "not" in part else f"({text})"
        for part, text in zip(parts, told, strict=True)
    ]
    return f" {word} ".join(marked)
