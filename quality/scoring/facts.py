"""Facts of the interaction that conditions may ask about, such as channel or hold_seconds."""

from collections.abc import Mapping
from fractions import Fraction

from quality.documents import FREE_FACTS, NUMBER_FACTS, TEXT_FACTS
from quality.scoring.numbers import BadValue, plain, read_number
from quality.scoring.problems import FAR, Notes

Value = str | Fraction
LONGEST_NAME = 100
LONGEST_TEXT = 200
MOST_FACTS = 500


def is_fact(name: str) -> bool:
    """Whether a condition may ask about a fact of this name."""
    if name in NUMBER_FACTS or name in TEXT_FACTS:
        return True
    is_free = any(name.startswith(prefix) and name != prefix for prefix in FREE_FACTS)
    return is_free and len(name) <= LONGEST_NAME


def read_fact(name: str, raw: object) -> Value:
    """A number for seconds and counts, a text for channel and the like; custom ones are either."""
    if name in NUMBER_FACTS:
        return far_number(raw)
    if name in TEXT_FACTS or not is_number(raw):
        if not isinstance(raw, str) or not 1 <= len(raw) <= LONGEST_TEXT:
            message = f"{name} is a text of 1 to {LONGEST_TEXT} characters."
            raise BadValue("wrong_kind", message)
        return raw
    return far_number(raw)


def far_number(raw: object) -> Fraction:
    """A number of up to 6 decimals, as answers, ranges and facts may have."""
    number = read_number(raw, 6)
    if abs(number) > FAR:
        raise BadValue("out_of_limits", f"A number here is between -{FAR} and {FAR}.")
    return number


def is_number(raw: object) -> bool:
    """Whether a free value reads as a number; a text that only looks like a huge one does not."""
    if not isinstance(raw, str):
        return True
    try:
        far_number(raw)
    except BadValue:
        return False
    return True


def read_facts(raw: object, notes: Notes) -> dict[str, Value]:
    """Facts by name; null is the same as missing."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        notes.add("facts", "wrong_kind", "Facts are an object in braces.")
        return {}
    if len(raw) > MOST_FACTS:
        notes.add("facts", "too_large", f"At most {MOST_FACTS} facts are possible.")
        return {}
    facts: dict[str, Value] = {}
    for name, value in raw.items():
        path = f"facts.{str(name)[:60]}"
        if not isinstance(name, str) or not is_fact(name):
            notes.add(path, "unknown_field", "This fact is not known.")
        elif value is not None:
            try:
                facts[name] = read_fact(name, value)
            except BadValue as bad:
                notes.add(path, bad.code, str(bad))
    return facts


def fact_data(facts: Mapping[str, Value], named: frozenset[str]) -> dict[str, str]:
    """The facts that a condition names, in canonical form; the others cannot change a score."""
    return {
        name: value if isinstance(value, str) else plain(value)
        for name, value in facts.items()
        if name in named
    }
