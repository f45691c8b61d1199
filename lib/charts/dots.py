"""Estimates side by side: a dot for the value, a bar for its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.charts.chart import Chart
from lib.charts.drawing import Sheet, text_width
from lib.charts.formats import Show, count, percent
from lib.charts.parts import (
    WIDTH,
    Target,
    bottom_axis,
    check_lengths,
    color_of,
    cut_note,
    down_target,
    empty_sheet,
    finish,
    joined_notes,
    range_message,
    row_label_room,
)
from lib.charts.scales import Scale, Values, axis, finite
from lib.sentences import say_now

_ROW = 26.0


@dataclass(frozen=True)
class _Row:
    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None

    def told(self, show: Show) -> str:
        """Interval and sample size in words."""
        parts = [] if self.n is None else [f"n {count(self.n)}"]
        if self.low is not None and self.high is not None:
            parts.insert(0, f"{show(self.low).removesuffix(' %')}–{show(self.high)}")
        return " · ".join(parts)


def interval_dots(
    labels: Sequence[str],
    values: Values,
    low: Values = (),
    high: Values = (),
    counts: Sequence[int | None] = (),
    *,
    title: str,
    label_header: str = "Name",
    value_header: str = "Value",
    message: str = "",
    note: str = "",
    show: Show = percent,
    target: Target | None = None,
    min_n: int = 0,
    tone: str = "accent",
    width: float = WIDTH,
) -> Chart:
    """A row for each label: value, interval, sample size; rows below `min_n` are hollow.

    Without `low` and `high` there are dots alone. Raises ValueError for unequal lengths, NaN or
    infinity.
    """
    has_intervals = bool(low or high)
    low, high = low or [None] * len(labels), high or [None] * len(labels)
    check_lengths(labels, values, low, high, counts)
    drawn = finite([*values, *low, *high, *([target.value] if target else [])])
    sizes = counts or [None] * len(labels)
    rows = [_Row(*row) for row in zip(labels, values, low, high, sizes, strict=True)]
    if finite(values):
        scale = axis(drawn, show, from_zero=False)
        note = joined_notes(note, cut_note(scale, show))
        sheet = _rows(rows, scale, show, target, color_of(0, tone), min_n, width)
    else:
        sheet = empty_sheet(width)
    ends = [say_now("Low"), say_now("High")] if has_intervals else []
    columns = [label_header, value_header, *ends, *(["n"] if counts else [])]
    cells = [
        [
            row.label,
            show(row.value),
            *([show(row.low), show(row.high)] if has_intervals else []),
            *([count(row.n)] if counts else []),
        ]
        for row in rows
    ]
    message = message or range_message(title, values, show)
    return finish(sheet, title=title, message=message, note=note, columns=columns, rows=cells)


def _rows(
    rows: Sequence[_Row],
    scale: Scale,
    show: Show,
    target: Target | None,
    color: str,
    min_n: int,
    width: float,
) -> Sheet:
    top = 22.0 if target else 6.0
    sheet = Sheet(width, top + _ROW * len(rows) + 22)
    left = row_label_room([row.label for row in rows], width) + 12
    value_room = max(text_width(show(row.value)) for row in rows) * 1.06 + 8
    right = width - max(text_width(row.told(show)) for row in rows) - value_room - 14
    scale, bottom = scale.over(left, right), sheet.height - 20
    bottom_axis(sheet, scale, show, top, bottom)
    if target:
        down_target(sheet, target, scale.at(target.value), top, bottom)
    for index, row in enumerate(rows):
        y = top + (index + 0.5) * _ROW
        sheet.text((left - 12, y), row.label, anchor="end", room=left - 12)
        sheet.text((right + 14, y), show(row.value), strong=row.value is not None)
        sheet.text((right + 14 + value_room, y), row.told(show), soft=True)
        if row.value is None:
            continue
        if row.low is not None and row.high is not None:
            a, b = scale.at(row.low), scale.at(row.high)
            sheet.line((a, y), (b, y), color=color, stroke_width=1.75)
            for end in (a, b):
                sheet.line((end, y - 4), (end, y + 4), color=color, stroke_width=1.75)
        is_thin = row.n is not None and row.n < min_n
        sheet.mark((scale.at(row.value), y), color, size=4.2, hollow=is_thin)
    return sheet
