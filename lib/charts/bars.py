"""Amounts side by side: bars that start at 0, upright for time or lying for names."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.charts.chart import Chart
from lib.charts.drawing import Sheet, text_width
from lib.charts.formats import Show, count
from lib.charts.parts import (
    EDGE,
    WIDTH,
    Target,
    across_target,
    bottom_axis,
    category_axis,
    check_lengths,
    color_of,
    cut_note,
    down_target,
    empty_sheet,
    finish,
    joined_notes,
    range_message,
    row_label_room,
    tick_room,
    value_axis,
)
from lib.charts.scales import Scale, Values, axis, finite

_ROW = 24.0
_BAR = 14.0
_WIDEST_BAR = 44.0


def bars(
    labels: Sequence[str],
    values: Values,
    *,
    title: str,
    value_header: str = "Value",
    label_header: str = "Name",
    message: str = "",
    note: str = "",
    show: Show = count,
    lying: bool = False,
    reference: Values = (),
    reference_name: str = "Compared with",
    target: Target | None = None,
    tone: str = "accent",
    width: float = WIDTH,
    height: float = 220,
) -> Chart:
    """One bar for each label.

    `reference` marks a value to compare with on each bar: a short line, named `reference_name`.
    Raises ValueError for unequal lengths, more than 400 labels, NaN or infinity.
    """
    check_lengths(labels, values, reference)
    drawn = finite([*values, *reference, *([target.value] if target else [])])
    if finite(values):
        scale = axis(drawn, show, from_zero=True)
        note = joined_notes(note, cut_note(scale, show))
        plot = _Bars(labels, values, reference, scale, show, target, color_of(0, tone))
        sheet = plot.lying(width) if lying else plot.upright(width, height)
    else:
        sheet = empty_sheet(width)
    columns = [label_header, value_header, *([reference_name] if reference else [])]
    rows = [[label, show(value)] for label, value in zip(labels, values, strict=True)]
    for row, value in zip(rows, reference, strict=False):
        row.append(show(value))
    message = message or range_message(title, values, show)
    return finish(sheet, title=title, message=message, note=note, columns=columns, rows=rows)


@dataclass(frozen=True)
class _Bars:
    labels: Sequence[str]
    values: Values
    reference: Values
    scale: Scale
    show: Show
    target: Target | None
    color: str

    def upright(self, width: float, height: float) -> Sheet:
        sheet = Sheet(width, height)
        left, right = tick_room(self.scale, self.show) + 10, width - EDGE
        top, bottom = 18.0, height - 24
        scale = self.scale.over(bottom, top)
        value_axis(sheet, scale, self.show, left, right)
        slot = (right - left) / len(self.labels)
        centers = [left + (index + 0.5) * slot for index in range(len(self.labels))]
        for index, x in enumerate(centers):
            self._upright_bar(sheet, scale, index, x, slot)
        category_axis(sheet, self.labels, centers, bottom + 14)
        if self.target:
            across_target(sheet, self.target, scale.at(self.target.value), left, right)
        return sheet

    def _upright_bar(self, sheet: Sheet, scale: Scale, index: int, x: float, slot: float) -> None:
        value, zero = self.values[index], scale.at(0)
        bar = min(slot * 0.72, _WIDEST_BAR) if slot > 4 else slot
        if value is not None:
            y, told = scale.at(value), f"{self.labels[index]}: {self.show(value)}"
            sheet.rect((x - bar / 2, min(y, zero)), bar, abs(zero - y), self.color, told)
        compared = self.reference[index] if self.reference else None
        if compared is not None:
            y = scale.at(compared)
            sheet.line((x - slot * 0.46, y), (x + slot * 0.46, y), stroke_width=1.75)

    def lying(self, width: float) -> Sheet:
        top = 22.0 if self.target else 6.0
        sheet = Sheet(width, top + _ROW * len(self.labels) + 22)
        left = row_label_room(self.labels, width) + 8
        right = width - max(text_width(self.show(value)) for value in self.values) - 10
        scale, bottom = self.scale.over(left, right), sheet.height - 20
        bottom_axis(sheet, scale, self.show, top, bottom)
        for index, label in enumerate(self.labels):
            y = top + (index + 0.5) * _ROW
            sheet.text((left - 8, y), label, anchor="end", room=left - 8)
            self._lying_bar(sheet, scale, index, y)
        if self.target:
            down_target(sheet, self.target, scale.at(self.target.value), top, bottom)
        return sheet

    def _lying_bar(self, sheet: Sheet, scale: Scale, index: int, y: float) -> None:
        value, zero = self.values[index], scale.at(0)
        compared = self.reference[index] if self.reference else None
        end = zero if value is None else scale.at(value)
        sheet.rect((min(end, zero), y - _BAR / 2), abs(end - zero), _BAR, self.color)
        beyond = max(end, zero)
        if compared is not None:
            x = scale.at(compared)
            sheet.line((x, y - _BAR / 2 - 3), (x, y + _BAR / 2 + 3), stroke_width=2)
            beyond = max(beyond, x)
        told = self.show(value)
        line = scale.at(self.target.value) if self.target else 0.0
        if beyond < line < beyond + text_width(told) + 10:
            beyond = line
        sheet.text((beyond + 6, y), told, strong=value is not None)
