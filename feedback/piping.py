"""Put names and earlier answers into wordings: `{name}` or `{name|fallback}`; one pass, no code."""

import html
import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z][a-z0-9_]{0,39})(?:\|([^{}|]*))?\}(?!\})")
ALLOWED_NAMES = frozenset(
    {
        "agent_first_name",
        "customer_first_name",
        "queue_name",
        "case_number",
        "organization_name",
    }
)


def fill(text: str, values: Mapping[str, object], *, escape: bool = True) -> str:
    """The text with its placeholders filled, as HTML unless `escape` is off.

    0 is "0"; an empty value takes the fallback, without one nothing. Values are never read again
    for placeholders.
    """

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return (match[2] or "") if value is None or value == "" else str(value)

    if not escape:
        return _PLACEHOLDER.sub(value_of, text)
    parts, at = [], 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [html.escape(text[at : match.start()]), html.escape(value_of(match))]
        at = match.end()
    return "".join([*parts, html.escape(text[at:])])


def placeholders(text: str) -> set[str]:
    """The names that the text asks for."""
    return {match[1] for match in _PLACEHOLDER.finditer(text)}
