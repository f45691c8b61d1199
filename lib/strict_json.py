"""Read JSON that a stranger sent: bounded, and with one meaning only."""

import json
from collections.abc import Iterator
from math import isfinite
from typing import NoReturn

DEEPEST = 32
LONGEST_INTEGER = 15  # Digits that every reader of JSON keeps exactly.


class BadJson(ValueError):
    """The text is not JSON that we read; `pointer` leads to the place where that is known."""

    def __init__(self, detail: str, pointer: str = "", code: str = "bad_json") -> None:
        super().__init__(detail)
        self.detail, self.pointer, self.code = detail, pointer, code


def read(body: bytes) -> object:
    """The value that `body` holds; raises BadJson.

    Refused are texts other than UTF-8, names given twice in one object, NaN and numbers without
    bound, integers of more than 15 digits, NUL and halves of characters, and nesting below 32.
    """
    try:
        value: object = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except BadJson:
        raise
    except RecursionError:
        raise _too_deep("") from None
    except ValueError as bad:
        raise BadJson(f"This is not JSON in UTF-8: {bad}.") from None
    for pointer, text in _texts(value):
        _check_text(text, pointer)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJson(f"The name {twice[:60]!r} stands twice in one object.", code="duplicate_name")
    return found


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > LONGEST_INTEGER:
        raise BadJson(
            f"A whole number has at most {LONGEST_INTEGER} digits; send a longer one as text.",
            code="number_too_long",
        )
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise BadJson("A number here is beyond all bounds.", code="number_too_large")
    return number


def _constant(text: str) -> NoReturn:
    raise BadJson(f"{text} is not a number of JSON.", code="not_a_number")


def _texts(value: object) -> Iterator[tuple[str, str]]:
    """Every text with its pointer, names of objects included; raises BadJson below level 32."""
    waiting: list[tuple[str, object, int]] = [("", value, 0)]
    while waiting:
        pointer, item, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep(pointer)
        if isinstance(item, str):
            yield pointer, item
        elif isinstance(item, list):
            waiting += [(f"{pointer}/{i}", each, depth + 1) for i, each in enumerate(item)]
        elif isinstance(item, dict):
            for name, each in item.items():
                yield pointer, name
                waiting.append((f"{pointer}/{escaped(name)}", each, depth + 1))


def _check_text(text: str, pointer: str) -> None:
    if "\x00" in text:
        raise BadJson("A text here holds the character NUL.", pointer, "bad_text")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadJson("A text here holds half a character.", pointer, "bad_text")


def _too_deep(pointer: str) -> BadJson:
    return BadJson(f"JSON is nested at most {DEEPEST} levels deep here.", pointer, "too_deep")


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name[:60].replace("~", "~0").replace("/", "~1")
