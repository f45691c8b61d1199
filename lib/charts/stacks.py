"""Wholes and their parts: lying bars cut into named pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.charts.chart import Chart
from lib.charts.drawing import Sheet, text_width
from lib.charts.formats import Show, count, percent
from lib.charts.parts import (
    WIDTH,
    bottom_axis,
    check_lengths,
    color_of,
    empty_sheet,
    finish,
    legend,
    range_message,
    row_label_room,
)
from lib.charts.scales import Scale, Values, axis, finite
from lib.sentences import say_now

_ROW = 26.0
_BAR = 16.0
_TOP = 30.0
_TINT = 0.3
_EDGE_HEIGHT = 3.0


def stacked_bars(
    labels: Sequence[str],
    parts: Sequence[tuple[str, Values]],
    *,
    title: str,
    label_header: str = "Name",
    message: str = "",
    note: str = "",
    show: Show = count,
    as_shares: bool = False,
    tones: Sequence[str] = (),
    width: float = WIDTH,
) -> Chart:
    """One bar for each label, cut into the parts; with `as_shares` each bar is 100 %.

    `tones` names a tone for each part. Raises ValueError for negative parts, unequal lengths, NaN
    or infinity.
    """
    for _, values in parts:
        check_lengths(labels, values)
        if any(value < 0 for value in finite(values)):
            raise ValueError("Parts of a whole are not negative.")
    totals = [sum(values[index] or 0 for _, values in parts) for index in range(len(labels))]
    if any(totals):
        colors = [color_of(index, tones[index] if tones else "") for index in range(len(parts))]
        sheet = _Stacks(labels, parts, totals, colors, show, as_shares).draw(width)
    else:
        sheet = empty_sheet(width)
    return finish(
        sheet,
        title=title,
        message=message or range_message(title, totals if any(totals) else [], show),
        note=note,
        columns=[label_header, *(name for name, _ in parts), say_now("Total")],
        rows=[
            [label, *(show(values[index]) for _, values in parts), show(totals[index])]
            for index, label in enumerate(labels)
        ],
    )


@dataclass(frozen=True)
class _Stacks:
    labels: Sequence[str]
    parts: Sequence[tuple[str, Values]]
    totals: Sequence[float]
    colors: Sequence[str]
    show: Show
    as_shares: bool

    def draw(self, width: float) -> Sheet:
        sheet = Sheet(width, _TOP + _ROW * len(self.labels) + 22)
        legend(sheet, [name for name, _ in self.parts], self.colors)
        left = row_label_room(self.labels, width) + 8
        right = width - max(text_width(self._total(total)) for total in self.totals) - 12
        form = percent if self.as_shares else self.show
        longest = 100.0 if self.as_shares else max(self.totals)
        scale = axis([longest], form, from_zero=True).over(left, right)
        bottom_axis(sheet, scale, form, _TOP, sheet.height - 20)
        for index, label in enumerate(self.labels):
            y = _TOP + (index + 0.5) * _ROW
            sheet.text((left - 8, y), label, anchor="end", room=left - 8)
            self._bar(sheet, scale, index, y)
        return sheet

    def _bar(self, sheet: Sheet, scale: Scale, index: int, y: float) -> None:
        total = self.totals[index]
        whole = 100 / total if self.as_shares and total else 1.0
        x, done = scale.at(0), 0.0
        for (name, values), color in zip(self.parts, self.colors, strict=True):
            value = values[index] or 0
            done += value * whole
            end = scale.at(done)
            if value:
                told = f"{self.labels[index]}, {name}: {self.show(value)}"
                self._piece(sheet, x, end, y, color, told)
                inside = percent(value * whole) if self.as_shares else self.show(value)
                if end - x > text_width(inside) + 8:
                    sheet.text(((x + end - 1) / 2, y - 1), inside, anchor="middle")
            x = end
        sheet.text((x + 7, y), self._total(total), strong=True)

    def _total(self, total: float) -> str:
        return f"n {self.show(total)}" if self.as_shares else self.show(total)

    def _piece(self, sheet: Sheet, x: float, end: float, y: float, color: str, told: str) -> None:
        """A pale body that text can stand on, with a strong lower edge that carries the color."""
        width = max(end - x - 1, 0.8)
        sheet.rect((x, y - _BAR / 2), width, _BAR, color, told, fill_opacity=_TINT)
        sheet.rect((x, y + _BAR / 2 - _EDGE_HEIGHT), width, _EDGE_HEIGHT, color)
