"""The tables of lib read the bank's file whole, and what they write comes back unchanged."""

import io

import pytest

from lib import tabular
from tests.real.real_data import real_file

pytestmark = pytest.mark.real_data


def bank_rows():
    with tabular.open_table(real_file("anonymous_bank/february_1999.tsv")) as table:
        assert (table.format, table.encoding, table.delimiter) == ("text", "utf-8", "\t")
        return list(table)


def test_bank_file_is_read_whole():
    rows = bank_rows()

    assert len(rows) == 33_345
    assert {len(row.cells) for row in rows} == {17}
    assert not any(row.problem for row in rows)
    assert (rows[0].line, rows[-1].line) == (1, 33_345)


def test_bank_file_survives_csv():
    cells = [row.cells for row in bank_rows()]

    written = io.BytesIO(b"".join(tabular.csv_lines(cells)))

    with tabular.open_table(written) as table:
        assert [row.cells for row in table] == cells


def test_part_of_the_bank_file_survives_xlsx():
    cells = [row.cells for row in bank_rows()[:2000]]
    written = io.BytesIO()

    tabular.write_xlsx(written, cells[0], cells[1:])

    with tabular.open_table(written) as table:
        assert [row.cells for row in table] == cells
