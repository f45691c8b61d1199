"""Finds the objects of a JSON file: one alone, a list of them, or one on each line."""

from collections.abc import Iterator
from typing import BinaryIO

from crm.readers.base import JsonValue, RowError
from crm.readers.json_stream import JsonStream, elements, parse_line
from crm.readers.text import text_chunks, text_lines

RAW_LENGTH = 2000
_FIRST_LINE = 1 << 20

Numbered = tuple[int, JsonValue]


def json_objects(file: BinaryIO, encoding: str = "") -> Iterator[Numbered | RowError]:
    """Yield (line, value) for each object of the file.

    A broken line among lines is a RowError; a broken document raises UnreadableFile.
    """
    if has_object_per_line(file):
        yield from json_lines(file, encoding)
        return
    stream = JsonStream(text_chunks(file, encoding))
    while stream.peek():
        if stream.peek() == "[":
            yield from elements(stream)
        else:
            line = stream.line
            yield line, stream.value()


def has_object_per_line(file: BinaryIO) -> bool:
    """The first line is an object by itself; the file stays where it is."""
    begin = file.tell()
    first = file.readline(_FIRST_LINE)
    file.seek(begin)
    first = first.removeprefix(b"\xef\xbb\xbf").strip()
    return len(first) < _FIRST_LINE and first.startswith(b"{") and first.endswith(b"}")


def json_lines(file: BinaryIO, encoding: str = "") -> Iterator[Numbered | RowError]:
    """Yield (line, value) for each line that holds one, and a RowError for each that does not."""
    for line, text in text_lines(file, encoding):
        if not text.strip():
            continue
        try:
            value = parse_line(text)
        except ValueError as error:
            yield RowError(line, "", "line_unreadable", str(error), raw=text[:RAW_LENGTH])
        else:
            yield line, value
