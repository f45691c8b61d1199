"""What all readers of tables share: rows, limits and the one error."""

from dataclasses import dataclass
from typing import NamedTuple


class TabularError(ValueError):
    """A table cannot be read at all; the text is a sentence that says where and what to do.

    `line` counts from 1 (spreadsheet row or line of text), `column` counts cells from 1; None where
    the whole file is meant.
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f"Line {line}" if line else ""
        if column:
            place += f", column {column}" if place else f"Column {column}"
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.line = line
        self.column = column


class Row(NamedTuple):
    """One row that is not blank.

    `line` is where it begins. `problem` is a sentence if the line could not be split into cells;
    then `cells` holds the line as it stands, alone.
    """

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a table may hold; beyond that nothing of it is taken."""

    file_bytes: int = 200_000_000
    rows: int = 1_000_000
    columns: int = 500
    cell_characters: int = 32_767
    expanded_bytes: int = 1_000_000_000
    expanded_ratio: int = 100
    shared_text_bytes: int = 100_000_000

    def check_columns(self, count: int, line: int) -> None:
        """Raise TabularError if a row has more columns than a table may have."""
        if count > self.columns:
            raise TabularError(
                f"The row has more than {self.columns} columns. Leave out the columns that are not "
                "needed, or check that the right delimiter is chosen.",
                line=line,
                column=self.columns + 1,
            )

    def check_cell(self, characters: int, line: int, column: int) -> None:
        """Raise TabularError if a cell is longer than a cell may be."""
        if characters > self.cell_characters:
            raise TabularError(
                f"The cell is longer than {self.cell_characters:,} characters. Shorten it, or look "
                "for an opening quote that is never closed.",
                line=line,
                column=column,
            )

    def check_rows(self, count: int, line: int) -> None:
        """Raise TabularError if a table has more rows than it may have."""
        if count > self.rows:
            raise TabularError(
                f"The table has more than {self.rows:,} rows. Split the file and import the parts.",
                line=line,
            )


LIMITS = Limits()
