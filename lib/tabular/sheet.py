"""One worksheet part of a workbook, turned into rows of text while it is parsed."""

from datetime import date, datetime, time, timedelta

from openpyxl.utils.datetime import from_excel

from lib.tabular.cells import duration_text, unprotect_cell
from lib.tabular.common import Limits, Row, TabularError
from lib.tabular.markup import DAMAGED, LocalNames, safe_parser

_DIGITS = "0123456789"
_EXACT_DIGITS = 15
_EXACT_BELOW = 10**_EXACT_DIGITS


class SheetReader:
    """Feed `parser` and take the rows that are complete."""

    def __init__(
        self, *, shared: list[str], kinds: list[str], epoch: datetime, limits: Limits
    ) -> None:
        self.parser = safe_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self._shared, self._kinds, self._epoch, self._limits = shared, kinds, epoch, limits
        self._names, self._columns = LocalNames(), _ColumnNumbers()
        self._done: list[Row] = []
        self._count = self._line = self._column = self._characters = 0
        self._cells: list[str] = []
        self._parts: list[str] = []
        self._type = self._style = ""
        self._collecting = False

    def take_rows(self) -> list[Row]:
        """The rows completed since the last call."""
        rows, self._done = self._done, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._names[name]
        if local == "c":
            self._start_cell(attributes)
        elif local == "v":
            self._collecting = True
        elif local == "t":
            self._collecting = self._type == "inlineStr"
        elif local == "row":
            self._line = int(attributes.get("r") or self._line + 1)
            self._cells, self._column = [], 0
        elif local == "rPh":
            self._type = ""

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        column = self._columns[reference.rstrip(_DIGITS)] if reference else self._column + 1
        if column <= self._column:
            raise TabularError(DAMAGED)
        self._column = column
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._parts, self._characters = [], 0

    def _data(self, text: str) -> None:
        if self._collecting:
            self._parts.append(text)
            self._characters += len(text)
            if self._characters > self._limits.cell_characters:
                self._limits.check_cell(self._characters, self._line, self._column)

    def _end(self, name: str) -> None:
        local = self._names[name]
        if local == "c":
            if self._parts:
                self._end_cell("".join(self._parts))
        elif local in ("v", "t"):
            self._collecting = False
        elif local == "row":
            self._end_row()

    def _end_cell(self, raw: str) -> None:
        text = self._text(raw)
        if not text:
            return
        if len(text) > self._limits.cell_characters:
            self._limits.check_cell(len(text), self._line, self._column)
        if self._column > self._limits.columns:
            self._limits.check_columns(self._column, self._line)
        gap = self._column - 1 - len(self._cells)
        if gap:
            self._cells.extend([""] * gap)
        self._cells.append(unprotect_cell(text) if text[0] == "'" else text)

    def _end_row(self) -> None:
        if not self._cells:
            return
        self._count += 1
        if self._count > self._limits.rows:
            self._limits.check_rows(self._count, self._line)
        self._done.append(Row(self._line, self._cells))

    def _text(self, raw: str) -> str:
        if self._type == "s":
            return self._shared[int(raw)]
        if self._type == "n":
            return self._number_text(raw)
        if self._type == "b":
            return "true" if raw == "1" else "false"
        return raw

    def _number_text(self, raw: str) -> str:
        kind = self._kinds[int(self._style)] if self._style and self._kinds else ""
        if kind:
            return _moment_text(raw, kind, self._epoch)
        if raw.isdigit() and len(raw) <= _EXACT_DIGITS:
            return raw
        number = float(raw)
        if abs(number) >= _EXACT_BELOW:
            return f"{number:.15G}"
        return str(int(number)) if number.is_integer() else repr(number)


class _ColumnNumbers(dict[str, int]):
    """Column letters as a number from 1."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - 64
        self[letters] = number
        return number


def _moment_text(raw: str, kind: str, epoch: datetime) -> str:
    """A serial number as ISO 8601 text; a serial outside the calendar stays a number."""
    try:
        value = from_excel(float(raw), epoch, timedelta=kind == "duration")
    except OverflowError:
        return raw
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else raw
