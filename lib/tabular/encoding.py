"""Which encoding and which delimiter a text table has, and where wrong bytes stand."""

import codecs
import csv
from collections import Counter
from typing import BinaryIO

from lib.tabular.common import TabularError

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-16", "cp1252")

_SAMPLE_BYTES = 65_536
_SAMPLE_ROWS = 30
_CHUNK_BYTES = 1_048_576


def detect_encoding(stream: BinaryIO, chosen: str | None = None) -> str:
    """The codec to read with: by the byte order mark, else as chosen, else UTF-8.

    A byte order mark wins over the choice, because it can only be right.
    """
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if chosen in (None, "", "utf-8"):
        return "utf-8"
    if chosen == "utf-16":
        raise TabularError(
            "The file does not begin with the mark of UTF-16. Choose UTF-8 or Windows-1252."
        )
    if chosen != "cp1252":
        raise TabularError("Choose one of the encodings UTF-8, UTF-16 and Windows-1252.")
    return chosen


def detect_delimiter(stream: BinaryIO, encoding: str) -> str:
    """The delimiter that cuts most of the first rows into the same number of columns."""
    stream.seek(0)
    sample = stream.read(_SAMPLE_BYTES)
    stream.seek(0)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    lines = text.splitlines(keepends=True)
    if len(lines) > 1 and len(sample) == _SAMPLE_BYTES:
        lines.pop()
    lines = lines[:_SAMPLE_ROWS]
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Share of rows with the most frequent width, and that width; nothing for a single column."""
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    if not widths:
        return 0.0, 0
    width, rows = widths.most_common(1)[0]
    return (rows / widths.total(), width) if width > 1 else (0.0, 0)


def locate_wrong_bytes(stream: BinaryIO, encoding: str, delimiter: str) -> TabularError:
    """Read again from the start to say in which line and column decoding fails."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines, tail = 0, ""
    while chunk := stream.read(_CHUNK_BYTES):
        try:
            text = decoder.decode(chunk, final=len(chunk) < _CHUNK_BYTES)
        except UnicodeDecodeError as error:
            text = str(error.object[: error.start], encoding, "replace")
            newlines, tail = _last_line(newlines, tail + text)
            return _wrong_bytes(encoding, newlines + 1, _column(tail, delimiter))
        newlines, tail = _last_line(newlines, tail + text)
    return TabularError("The file changed while it was read. Upload it again.")


def _last_line(newlines: int, text: str) -> tuple[int, str]:
    """Newlines before the last line of text, and that line; \\r\\n counts as one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    before, _, tail = text.rpartition("\n")
    return newlines + (before.count("\n") + 1 if len(tail) < len(text) else 0), tail


def _column(line: str, delimiter: str) -> int:
    for cells in csv.reader([line], delimiter=delimiter):
        return max(len(cells), 1)
    return 1


def _wrong_bytes(encoding: str, line: int, column: int) -> TabularError:
    if encoding.startswith("utf-8"):
        advice = (
            "The bytes here are not UTF-8. Save the file as UTF-8, or choose Windows-1252 if it "
            "comes from an older Windows program."
        )
    else:
        advice = f"The bytes here are not {encoding.upper()}. Save the file as UTF-8."
    return TabularError(advice, line=line, column=column)
