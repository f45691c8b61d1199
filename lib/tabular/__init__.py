"""Tables in and out: delimited text and XLSX workbooks, read as a stream, written formula-safe."""

from lib.tabular.cells import CellValue, cell_text, protect_cell, unprotect_cell
from lib.tabular.common import LIMITS, Limits, Row, TabularError
from lib.tabular.opening import Table, open_table
from lib.tabular.writing import BYTE_ORDER_MARK, csv_lines, csv_row, write_xlsx

__all__ = [
    "BYTE_ORDER_MARK",
    "LIMITS",
    "CellValue",
    "Limits",
    "Row",
    "Table",
    "TabularError",
    "cell_text",
    "csv_lines",
    "csv_row",
    "open_table",
    "protect_cell",
    "unprotect_cell",
    "write_xlsx",
]
