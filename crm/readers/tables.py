"""Opens a table for the readers: its header, its rows, and sentences for what is wrong with it."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from crm.readers.base import ReaderOptions, RowError, UnreadableFile
from lib.tabular import Row, TabularError, open_table

_LISTED = 30


@dataclass(slots=True)
class Header:
    """The names of a table's columns and the line on which they stand."""

    names: list[str]
    line: int

    def index(self, name: str) -> int:
        """Where the column stands; raises UnreadableFile naming the columns that there are."""
        if name in self.names:
            return self.names.index(name)
        if len(self.names) == 1:
            raise UnreadableFile(
                "There is only one column. Choose the delimiter that the file has.",
                line=self.line,
                code="delimiter",
            )
        there = ", ".join(self.names[:_LISTED])
        raise UnreadableFile(
            f'There is no column "{name}". The columns are: {there}.',
            line=self.line,
            code="column_unknown",
        )


@contextmanager
def open_rows(file: BinaryIO, options: ReaderOptions) -> Iterator[tuple[Header, Iterator[Row]]]:
    """The header and the rows behind it; raises UnreadableFile for a table that is none."""
    with closing(_rows(file, options)) as rows:
        first = next(rows, None)
        if first is None or first.problem:
            raise UnreadableFile("The file has no header.", line=1, code="empty")
        yield _header(first), rows


@contextmanager
def open_rows_without_header(
    file: BinaryIO, options: ReaderOptions, delimiter: str
) -> Iterator[Iterator[Row]]:
    """All rows of a table that has no header."""
    with closing(_rows(file, options, delimiter)) as rows:
        yield rows


def _rows(
    file: BinaryIO, options: ReaderOptions, delimiter: str = ""
) -> Generator[Row, None, None]:
    chosen = options.settings
    try:
        with open_table(
            file,
            encoding=options.encoding or None,
            delimiter=delimiter or _text(chosen.get("delimiter")),
            sheet=_text(chosen.get("sheet")),
        ) as table:
            yield from table.rows
    except TabularError as error:
        raise UnreadableFile(
            error.message, line=error.line or 0, column=str(error.column or ""), code="table_broken"
        ) from None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _header(row: Row) -> Header:
    names = [name.strip() for name in row.cells]
    for name in names:
        if name and names.count(name) > 1:
            raise UnreadableFile(
                f'Two columns have the name "{name}". Rename one of them.',
                line=row.line,
                code="column_twice",
            )
    return Header(names, row.line)


def row_problem(line: int, cells: Sequence[str], problem: str, width: int) -> RowError:
    """The error for a row that could not be split, or has not as many cells as the header."""
    if problem:
        return RowError(line, "", "line_unreadable", problem, raw=cells[0])
    return RowError(
        line,
        "",
        "column_count",
        f"The row has {len(cells)} cells, but the header has {width}.",
        cells,
    )
