"""Reads JSON of any size one value at a time, and knows the line and column of what is broken."""

import json
from collections.abc import Iterator
from typing import NoReturn

from crm.readers.base import JsonValue, UnreadableFile

LARGEST_VALUE = 1 << 24
_SPACE = " \t\r\n"
# How near to the end of what was read an error may lie to be a mere lack of text.
_EDGE = 16


class DuplicateKey(ValueError):
    """An object names one key twice."""


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKey(f'The key "{key}" stands twice in one object.')
            seen.add(key)
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON. Use null.")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)


class JsonStream:
    """A cursor over JSON text that arrives in pieces; keeps no more than one value at a time."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._text = ""
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._counted = 0
        self._ended = False

    @property
    def line(self) -> int:
        """The line of the next character, from 1."""
        self._count_to(self._at)
        return self._line

    def peek(self) -> str:
        """The next character that is not space, or "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, wanted: str) -> bool:
        """Step over `wanted` if it comes next."""
        if self.peek() != wanted:
            return False
        self._at += 1
        return True

    def expect(self, wanted: str) -> None:
        """Step over `wanted`, or refuse the file."""
        if not self.take(wanted):
            found = self.peek()
            what = f"{found!r}" if found else "the end of the file"
            self.refuse(f"Expected {wanted!r} but found {what}. The JSON is broken here.")

    def value(self) -> JsonValue:
        """Read the next value whole."""
        self.peek()
        while True:
            try:
                found, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._more()):
                    self._at = error.pos
                    self.refuse(f"{error.msg}. The JSON is broken here.")
            except (RecursionError, ValueError) as error:
                self.refuse(_why(error))
            else:
                length = end - self._at
                if end < len(self._text) or not self._more():
                    self._at += length
                    return found

    def refuse(self, message: str) -> NoReturn:
        """Raise UnreadableFile at the present line and column."""
        self._count_to(min(self._at, len(self._text)))
        column = self._at - self._line_start + 1
        raise UnreadableFile(message, line=self._line, column=str(column), code="json_broken")

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        near_end = error.pos >= len(self._text) - _EDGE
        return near_end or error.msg.startswith("Unterminated string")

    def _more(self) -> bool:
        """Drop what was read, and read at least as much again as is left."""
        self._count_to(self._at)
        self._text = self._text[self._at :]
        self._line_start -= self._at
        self._at = self._counted = 0
        if len(self._text) > LARGEST_VALUE:
            self.refuse(f"One value is longer than {LARGEST_VALUE:,} characters.")
        wanted = max(2 * len(self._text), 1)
        pieces = [self._text]
        size = len(self._text)
        for chunk in self._chunks:
            pieces.append(chunk)
            size += len(chunk)
            if size >= wanted and chunk:
                break
        grew = size > len(self._text)
        self._text = "".join(pieces)
        return grew

    def _count_to(self, position: int) -> None:
        newlines = self._text.count("\n", self._counted, position)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rindex("\n", self._counted, position) + 1
        self._counted = max(self._counted, position)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    if "integer string conversion" in str(error):
        return "A number has too many digits."
    return str(error)


def members(stream: JsonStream) -> Iterator[str]:
    """Step through an object: yields each key, with the cursor in front of its value."""
    stream.expect("{")
    seen: set[str] = set()
    if stream.take("}"):
        return
    while True:
        if stream.peek() != '"':
            stream.expect('"')
        key = str(stream.value())
        if key in seen:
            stream.refuse(f'The key "{key}" stands twice in one object.')
        seen.add(key)
        stream.expect(":")
        yield key
        if not stream.take(","):
            stream.expect("}")
            return


def elements(stream: JsonStream) -> Iterator[tuple[int, JsonValue]]:
    """Step through a list: yields each value with the line on which it begins."""
    stream.expect("[")
    if stream.take("]"):
        return
    while True:
        stream.peek()
        line = stream.line
        yield line, stream.value()
        if not stream.take(","):
            stream.expect("]")
            return


def parse_line(text: str) -> JsonValue:
    """Read one line that holds one value; raises ValueError with a sentence and the column."""
    try:
        found, end = DECODER.raw_decode(text, len(text) - len(text.lstrip(_SPACE)))
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at character {error.pos + 1}.") from None
    except (RecursionError, ValueError) as error:
        raise ValueError(_why(error)) from None
    if text[end:].strip(_SPACE):
        raise ValueError(f"There is more text after the value, at character {end + 1}.")
    return found
