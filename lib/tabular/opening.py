"""Opening a table whatever it is: the format is found by content, never by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from lib.tabular.common import LIMITS, Limits, Row, TabularError
from lib.tabular.delimited import read_delimited
from lib.tabular.encoding import DELIMITERS, detect_delimiter, detect_encoding
from lib.tabular.workbook import Workbook

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass
class Table:
    """An opened table: what it is, and its rows as a stream that can be read once."""

    format: Literal["text", "xlsx"]
    rows: Iterator[Row]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        return self.rows


@contextmanager
def open_table(
    source: str | Path | BinaryIO,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    limits: Limits = LIMITS,
) -> Iterator[Table]:
    """Open a path or a seekable binary file as a table of text cells, blank rows left out.

    Text: `encoding` is "utf-8" (default), "utf-16" or "cp1252", a byte order mark wins; `delimiter`
    is sniffed from comma, semicolon, TAB and pipe unless given. Workbook: `sheet` is a name, by
    default the first visible one; whole numbers are their digits, dates are ISO 8601. The
    apostrophe that our own exports put before formulas is taken off. Raises TabularError, also
    while rows are read.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as stream:
            yield _table(stream, encoding, delimiter, sheet, limits)
    else:
        yield _table(source, encoding, delimiter, sheet, limits)


def _table(
    stream: BinaryIO, encoding: str | None, delimiter: str | None, sheet: str | None, limits: Limits
) -> Table:
    _check_size(stream, limits)
    start = stream.read(8)
    if start == _OLD_OFFICE:
        raise TabularError(
            "This is an old or a password-protected workbook. Save it as .xlsx without a password."
        )
    if start.startswith(_ZIP):
        workbook = Workbook(stream, limits)
        name = workbook.choose(sheet)
        return Table("xlsx", workbook.rows(name), sheet=name, sheets=workbook.sheet_names)
    codec = detect_encoding(stream, encoding)
    if delimiter and delimiter not in DELIMITERS:
        raise TabularError("Choose one of the delimiters comma, semicolon, TAB and pipe.")
    mark = delimiter or detect_delimiter(stream, codec)
    rows = read_delimited(stream, encoding=codec, delimiter=mark, limits=limits)
    return Table("text", rows, encoding=codec, delimiter=mark)


def _check_size(stream: BinaryIO, limits: Limits) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > limits.file_bytes:
        raise TabularError(
            f"The file is larger than {limits.file_bytes // 1_000_000} MB. Split it into parts."
        )
    if size == 0:
        raise TabularError("The file is empty. Choose a file that has a header and rows.")
