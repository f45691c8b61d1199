"""Placeholders of canned replies, such as {customer.first_name|there}; a fixed list, no code."""

import re
from collections.abc import Mapping

from lib.sentences import said

PLACEHOLDERS = {
    "customer.first_name": said("The customer's first name"),
    "customer.last_name": said("The customer's last name"),
    "customer.name": said("The customer's whole name"),
    "case.reference": "K-0000123",
    "case.subject": said("What the case is about"),
    "agent.name": said("Your own name"),
}
# What only looks like one, {x.__class__} or {{7*7}}, is text.
_PLACEHOLDER = re.compile(r"\{([a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*)(?:\|([^{}|\n]{0,80}))?\}")


def unknown(text: str) -> list[str]:
    """The placeholders in a text that nobody can fill, each once."""
    found = (match[1] for match in _PLACEHOLDER.finditer(text))
    return sorted({name for name in found if name not in PLACEHOLDERS})


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every known placeholder filled; an empty value gives what stands after |."""

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in PLACEHOLDERS:
            return match[0]
        return values.get(match[1]) or match[2] or ""

    return _PLACEHOLDER.sub(value_of, text)
