"""Delimited text as a stream of rows; memory does not grow with the file."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from lib.tabular.cells import unprotect_cell
from lib.tabular.common import Limits, Row, TabularError
from lib.tabular.encoding import locate_wrong_bytes

_LINES_OF_ONE_ROW = 1_000
_BROKEN_ROWS = 1_000
_UNPAIRED = "The quotes do not pair up. Close the open one, or double a quote that is text."


def read_delimited(
    stream: BinaryIO, *, encoding: str, delimiter: str, limits: Limits
) -> Iterator[Row]:
    """Yield the rows of a seekable stream; blank rows are left out.

    A line that cannot be split (a quote that is never closed) is yielded with a problem, and
    reading goes on at the next line. Raises TabularError, with line and column, on wrong bytes,
    NUL and anything beyond the limits.
    """
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        yield from _Records(text, delimiter, limits).rows()
    except UnicodeDecodeError:
        raise locate_wrong_bytes(stream, encoding, delimiter) from None
    finally:
        text.detach()  # The stream belongs to the caller and stays open.


class _Records:
    """Splits lines into rows and keeps the lines of the row in hand, to begin again behind one."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str, limits: Limits) -> None:
        self._longest_line = limits.cell_characters * limits.columns
        self._fresh = iter(partial(text.readline, self._longest_line), "")
        self._again: deque[str] = deque()
        self._pending: list[str] = []
        self._delimiter = delimiter
        self._limits = limits
        self._line = 1
        self._rows = 0
        self._broken = 0

    def rows(self) -> Iterator[Row]:
        while True:
            reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
            try:
                yield from self._readable(reader)
            except csv.Error:
                yield self._broken_row()
            else:
                return

    def _lines(self) -> Iterator[str]:
        pending, again = self._pending, self._again
        while True:
            line = again.popleft() if again else next(self._fresh, "")
            if not line:
                return
            pending.append(line)
            if "\0" in line:
                self._refuse_nul(line)
            if len(line) >= self._longest_line:
                self._limits.check_cell(len(line), self._line + len(pending) - 1, 1)
            if len(pending) > _LINES_OF_ONE_ROW:
                raise csv.Error("unexpected end of data")
            yield line

    def _readable(self, reader: Iterator[list[str]]) -> Iterator[Row]:
        pending, limits = self._pending, self._limits
        for cells in reader:
            line = self._line
            self._line += len(pending)
            if len(cells) > limits.columns:
                limits.check_columns(len(cells), line)
            if len(pending) > 1 or len(pending[0]) > limits.cell_characters:
                self._check_cells(cells, line)
            has_apostrophe = len(pending) > 1 or "'" in pending[0]
            pending.clear()
            if not any(cells):
                continue
            self._count(line)
            yield Row(line, list(map(unprotect_cell, cells)) if has_apostrophe else cells)

    def _broken_row(self) -> Row:
        """Take the first line of the row in hand as it stands; the others are read again."""
        line, first = self._line, self._pending[0]
        if len(self._pending) == 1:
            self._check_cells([first], line)
        self._again.extendleft(reversed(self._pending[1:]))
        self._pending.clear()
        self._line += 1
        self._broken += 1
        if self._broken > _BROKEN_ROWS:
            raise TabularError(
                f"More than {_BROKEN_ROWS:,} rows have quotes that are not closed. Check that the "
                "file is a table and that the right delimiter is chosen.",
                line=line,
            )
        self._count(line)
        return Row(line, [first.rstrip("\r\n")], _UNPAIRED)

    def _check_cells(self, cells: list[str], line: int) -> None:
        for column, cell in enumerate(cells, start=1):
            self._limits.check_cell(len(cell), line, column)

    def _count(self, line: int) -> None:
        self._rows += 1
        if self._rows > self._limits.rows:
            self._limits.check_rows(self._rows, line)

    def _refuse_nul(self, line: str) -> None:
        before = line[: line.index("\0")]
        cells = next(csv.reader([before], delimiter=self._delimiter), [])
        raise TabularError(
            "There is a NUL character, which no table has. Export the file again as CSV or XLSX.",
            line=self._line + len(self._pending) - 1,
            column=max(len(cells), 1),
        )
