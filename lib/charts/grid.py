"""Values in two directions: a heat map whose cells also say their value."""

from collections.abc import Collection, Sequence

from lib.charts.chart import Chart
from lib.charts.drawing import Sheet, text_width
from lib.charts.formats import MISSING, Show, number, tick_text
from lib.charts.parts import (
    EDGE,
    WIDTH,
    check_lengths,
    color_of,
    empty_sheet,
    finish,
    range_message,
    row_label_room,
)
from lib.charts.scales import finite

_ROW = 22.0
_PALEST, _STRONGEST = 0.07, 0.72
_LEGEND_STEPS = 6
_CELL_TEXT = 10
_HATCH, _HATCH_STEP = 0.35, 7.0


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    title: str,
    label_header: str = "Row",
    message: str = "",
    note: str = "",
    show: Show = number,
    tone: str = "accent",
    hatched: Collection[tuple[int, int]] = (),
    width: float = WIDTH,
) -> Chart:
    """One cell for each row and column; the stronger the color, the larger the value.

    Cells say their value where it fits. `hatched` names cells, as (row, column), that have no value
    because they rest on too little. Raises ValueError for unequal lengths, NaN or infinity.
    """
    check_lengths(rows, values)
    for row in values:
        check_lengths(columns, row)
    everything = [value for row in values for value in row]
    present = finite(everything)
    if present:
        sheet = _cells(rows, columns, values, present, show, color_of(0, tone), hatched, width)
    else:
        sheet = empty_sheet(width)
    return finish(
        sheet,
        title=title,
        message=message or range_message(title, everything, show),
        note=note,
        columns=[label_header, *columns],
        rows=[
            [label, *(show(value) for value in row)]
            for label, row in zip(rows, values, strict=True)
        ],
    )


def _cells(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    present: Sequence[float],
    show: Show,
    color: str,
    hatched: Collection[tuple[int, int]],
    width: float,
) -> Sheet:
    top, low, high = 40.0, min(present), max(present)
    sheet = Sheet(width, top + _ROW * len(rows) + EDGE)
    left = row_label_room(rows, width) + 8
    cell = (width - EDGE - left) / len(columns)
    _legend(sheet, low, high, show, color)
    _column_labels(sheet, columns, left, cell, top - 10)
    widest = max(text_width(tick_text(show, value), _CELL_TEXT) for value in present)
    for number_of_row, (label, row) in enumerate(zip(rows, values, strict=True)):
        y = top + number_of_row * _ROW
        sheet.text((left - 8, y + _ROW / 2), label, anchor="end", room=left - 8)
        for index, value in enumerate(row):
            x = left + index * cell
            if value is not None:
                told = f"{label}, {columns[index]}: {show(value)}"
                strength = _strength(value, low, high)
                sheet.rect((x, y), cell - 1, _ROW - 1, color, told, fill_opacity=strength)
            if (number_of_row, index) in hatched:
                _hatch(sheet, x, y, cell - 1, f"{label}, {columns[index]}: too few")
            elif value is None or widest < cell - 3:
                text = MISSING if value is None else tick_text(show, value)
                middle = x + (cell - 1) / 2, y + (_ROW - 1) / 2
                sheet.text(middle, text, anchor="middle", size=_CELL_TEXT, soft=value is None)
    return sheet


def _hatch(sheet: Sheet, x: float, y: float, width: float, told: str) -> None:
    """Slanted lines within the cell; a narrow cell has one."""
    rise = min(_ROW - 1, width)
    start = x
    while start + rise <= x + width + 0.1:
        sheet.rule((start, y + rise), (start + rise, y), _HATCH)
        start += _HATCH_STEP
    sheet.rect((x, y), width, _ROW - 1, "none", told, pointer_events="all")


def _strength(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 1.0
    return round(_PALEST + share * (_STRONGEST - _PALEST), 2)


def _column_labels(
    sheet: Sheet, columns: Sequence[str], left: float, cell: float, y: float
) -> None:
    """Labels above the cells; only every second, third … if they would touch."""
    widest = max(text_width(column) for column in columns)
    step = max(1, -int(-(widest + 8) // cell))
    for index, column in list(enumerate(columns))[::step]:
        x = min(left + (index + 0.5) * cell, sheet.width - 1 - text_width(column) / 2)
        sheet.text((x, y), column, anchor="middle", soft=True, room=cell * step)


def _legend(sheet: Sheet, low: float, high: float, show: Show, color: str) -> None:
    """Weakest to strongest, at the upper right."""
    last, first = tick_text(show, high), tick_text(show, low)
    x = sheet.width - EDGE - text_width(last)
    sheet.text((x, 8), last, soft=True)
    for step in range(_LEGEND_STEPS):
        x -= 13
        strength = _STRONGEST - step * (_STRONGEST - _PALEST) / (_LEGEND_STEPS - 1)
        sheet.rect((x, 3), 12, 10, color, fill_opacity=round(strength, 2))
    sheet.text((x - 5, 8), first, anchor="end", soft=True)
