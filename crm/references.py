"""The references people read and write: I-0000123 for an interaction, C-0000123 for a customer."""

import re

WIDTH = 7
# A 64-bit id has at most 19 digits.
_REFERENCE = re.compile(r"([A-Z])-?0*(\d{1,18})", re.IGNORECASE)


def reference(letter: str, pk: int | None) -> str:
    """`reference("I", 123)` is I-0000123; a row that is not stored yet is I-new."""
    return f"{letter}-new" if pk is None else f"{letter}-{pk:0{WIDTH}d}"


def number(text: str, letter: str) -> int | None:
    """The id in a reference of that letter, however many zeros; None if it is no such thing."""
    found = _REFERENCE.fullmatch(text.strip())
    if found is None or found[1].upper() != letter:
        return None
    return int(found[2])
