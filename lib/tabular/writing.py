"""Tables out: CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from lib.tabular.cells import CellValue, cell_text, protect_cell
from lib.tabular.common import LIMITS

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_ROWS_AT_ONCE = 500
_WIDEST_COLUMN = 60
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv_row(cells: Iterable[CellValue]) -> bytes:
    """One line of CSV: every field quoted, text protected, UTF-8, CRLF; without byte order mark."""
    return _csv_bytes([cells])


def csv_lines(rows: Iterable[Iterable[CellValue]]) -> Iterator[bytes]:
    """A whole CSV file as pieces to stream or write: byte order mark, then blocks of rows."""
    yield BYTE_ORDER_MARK
    block: list[Iterable[CellValue]] = []
    for row in rows:
        block.append(row)
        if len(block) == _ROWS_AT_ONCE:
            yield _csv_bytes(block)
            block = []
    if block:
        yield _csv_bytes(block)


def _csv_bytes(rows: Iterable[Iterable[CellValue]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows(map(cell_text, row) for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def write_xlsx(
    stream: BinaryIO,
    header: Sequence[str],
    rows: Iterable[Iterable[CellValue]],
    *,
    sheet: str = "Data",
) -> None:
    """Write one sheet with a bold, frozen header row; memory does not grow with the rows.

    Text is protected and typed as text; numbers, dates and booleans keep their type. Aware moments
    become naive UTC, which is all a workbook can hold; shift them before if another zone is meant.
    Characters that XML cannot hold become U+FFFD; text beyond a cell's limit is cut with "…".
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", sheet)[:31].strip("' ") or "Data")
    page.freeze_panes = "A2"
    for number, title in enumerate(header, start=1):
        width = min(max(len(title) + 3, 10), _WIDEST_COLUMN)
        page.column_dimensions[get_column_letter(number)].width = width
    bold = Font(bold=True)
    page.append([_text_cell(page, title, bold) for title in header])
    for row in rows:
        page.append([_xlsx_cell(page, value) for value in row])
    book.save(stream)


def _xlsx_cell(page: WriteOnlyWorksheet, value: CellValue) -> object:
    if isinstance(value, str) or not _fits_a_workbook(value):
        return _text_cell(page, str(value))
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _fits_a_workbook(value: CellValue) -> bool:
    """Whether a workbook has a type for it: no infinity, no NaN, no date before 1900."""
    if isinstance(value, date):
        return value.year >= 1900
    return not isinstance(value, float | Decimal) or math.isfinite(value)


def _text_cell(page: WriteOnlyWorksheet, text: str, font: Font | None = None) -> object:
    safe = _NOT_IN_XML.sub("\ufffd", protect_cell(str(text)))
    if len(safe) > LIMITS.cell_characters:
        safe = safe[: LIMITS.cell_characters - 1] + "…"
    cell = WriteOnlyCell(page, safe)
    cell.data_type = "s"
    if font:
        cell.font = font
    return cell
