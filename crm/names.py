"""Writes names so that equal ones look equal, whatever their accents, case and signs."""

import re
import unicodedata

# Letters that are not a base letter with a mark, so that decomposition does not touch them.
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")


def name_key(name: str) -> str:
    """The words of `name` in small letters without accents, joined by single spaces."""
    if name.isascii():
        return " ".join(_WORD.findall(name.lower()))
    folded = unicodedata.normalize("NFKD", name.casefold())
    base = "".join(letter for letter in folded if unicodedata.category(letter)[0] != "M")
    return " ".join(_WORD.findall(base.casefold().translate(_LETTERS)))
