"""Opens the bytes of a file as text: encodings, byte order marks, and what cannot be text."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from crm.readers.base import UnreadableFile

CHUNK_BYTES = 1 << 16
LONGEST_LINE = 1 << 22

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_chunks(file: BinaryIO, encoding: str = "") -> Iterator[str]:
    """The file's text in pieces, as UTF-8 (byte order mark or not), UTF-16 with one, or `encoding`.

    Raises UnreadableFile, with line and column, for an empty file, NUL and bytes that are no text.
    """
    head = file.read(CHUNK_BYTES)
    if not head:
        raise UnreadableFile("The file is empty.", code="empty")
    name = _encoding_of(head, encoding)
    decoder = codecs.getincrementaldecoder(name)()
    line, column = 1, 1
    chunk = head
    while True:
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(name, errors="ignore")
            line, column = _advance(line, column, good)
            raise _not_text(line, column, error, name) from None
        if "\0" in text:
            line, column = _advance(line, column, text[: text.index("\0")])
            raise UnreadableFile(
                "There is a NUL character, so this is not a text file. Export it again as text.",
                line=line,
                column=str(column),
                code="encoding",
            )
        line, column = _advance(line, column, text)
        yield text
        if not chunk:
            return
        chunk = file.read(CHUNK_BYTES)


def text_lines(file: BinaryIO, encoding: str = "") -> Iterator[tuple[int, str]]:
    """The lines of the file with their numbers from 1, without their line ends."""
    rest, number = "", 0
    for chunk in text_chunks(file, encoding):
        *lines, rest = (rest + chunk).split("\n")
        for line in lines:
            number += 1
            yield number, line.removesuffix("\r")
        if len(rest) > LONGEST_LINE:
            raise UnreadableFile(
                f"The line is longer than {LONGEST_LINE:,} characters. Is this the right format?",
                line=number + 1,
                code="line_unreadable",
            )
    if rest:
        yield number + 1, rest.removesuffix("\r")


def _encoding_of(head: bytes, encoding: str) -> str:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    return encoding or "utf-8"


def _advance(line: int, column: int, text: str) -> tuple[int, int]:
    newlines = text.count("\n")
    if not newlines:
        return line, column + len(text)
    return line + newlines, len(text) - text.rindex("\n")


def _not_text(line: int, column: int, error: UnicodeDecodeError, name: str) -> UnreadableFile:
    byte = error.object[error.start]
    hint = (
        "Save the file as UTF-8, or choose the encoding it has (often Windows-1252)."
        if name in ("utf-8", "utf-8-sig")
        else "Choose the encoding that the file has."
    )
    return UnreadableFile(
        f"The byte {byte:#04x} is not {name.upper()} text. {hint}",
        line=line,
        column=str(column),
        code="encoding",
    )
