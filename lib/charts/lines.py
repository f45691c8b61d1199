"""Values over time: lines with interval bands, and sparklines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from lib.charts.chart import Chart
from lib.charts.drawing import DASHES, Point, Sheet, text_width
from lib.charts.formats import Show, count, number
from lib.charts.parts import (
    WIDTH,
    Target,
    across_target,
    category_axis,
    check_lengths,
    color_of,
    cut_note,
    empty_sheet,
    finish,
    joined_notes,
    range_message,
    tick_room,
    value_axis,
)
from lib.charts.scales import Scale, Values, axis, finite
from lib.sentences import say_now

T = TypeVar("T")

_MOST_MARKS = 62
_MOST_TITLES = 120
_END_LABEL_GAP = 14.0


@dataclass(frozen=True)
class Series:
    """One line: a value or None for each label.

    `low` and `high` draw a band, a bar at each point, or nothing (`interval`); `counts` are the
    sample sizes, and points below `min_n` of the chart are hollow. `tone` is accent, good, warn,
    bad or quiet; by default the next color.
    """

    name: str
    values: Values
    low: Values = ()
    high: Values = ()
    counts: Sequence[int | None] = ()
    tone: str = ""
    interval: Literal["band", "bars", ""] = "band"


def line(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    message: str = "",
    note: str = "",
    show: Show = number,
    label_header: str = "",
    target: Target | None = None,
    annotations: Sequence[tuple[int, str]] = (),
    links: Sequence[str] = (),
    min_n: int = 0,
    width: float = WIDTH,
    height: float = 240,
) -> Chart:
    """Lines over the labels; a gap where a value is None.

    `annotations` are (index of a label, text); `links` say where the row of each label leads in the
    table. Raises ValueError for unequal lengths, more than 400 labels, NaN or infinity.
    """
    for one in series:
        check_lengths(labels, one.values, one.low, one.high, one.counts)
    values = _all_values(series, target)
    columns, rows = _table(labels, series, show, label_header or say_now("Period"))
    first = series[0] if series else Series("", ())
    message = message or range_message(title, first.values, show)
    if not any(finite(one.values) for one in series):
        sheet = empty_sheet(width)
    else:
        scale = axis(values, show, from_zero=False)
        note = joined_notes(note, cut_note(scale, show))
        plot = _Plot(labels, series, scale, show, width, height)
        plot.draw(target, annotations, min_n)
        sheet = plot.sheet
    return finish(
        sheet,
        title=title,
        message=message,
        note=note,
        columns=columns,
        rows=rows,
        links=links,
    )


def sparkline(
    labels: Sequence[str],
    values: Values,
    *,
    title: str,
    message: str = "",
    show: Show = number,
    label_header: str = "Period",
    target: float | None = None,
    tone: str = "accent",
    width: float = 120,
    height: float = 28,
) -> Chart:
    """A line the size of a word, without axes; the last value has a dot."""
    check_lengths(labels, values)
    present = finite([*values, target])
    sheet = Sheet(width, height)
    if any(value is not None for value in values):
        low, high = min(present), max(present)
        if low == high:
            low, high = low - 1, high + 1
        scale = Scale(low, high, (low, high), height - 4, 4)
        _draw_sparkline(sheet, values, scale, color_of(0, tone), target)
    else:
        sheet.rule((4, height / 2), (width - 4, height / 2), 0.3)
    return finish(
        sheet,
        title=title,
        message=message or range_message(title, values, show),
        note="",
        columns=(label_header, title),
        rows=[(label, show(value)) for label, value in zip(labels, values, strict=True)],
    )


def _draw_sparkline(
    sheet: Sheet, values: Values, scale: Scale, color: str, target: float | None
) -> None:
    step = (sheet.width - 8) / max(len(values) - 1, 1)
    points = [
        None if value is None else (4 + place * step, scale.at(value))
        for place, value in enumerate(values)
    ]
    if target is not None:
        y = scale.at(target)
        sheet.line((4, y), (sheet.width - 4, y), stroke_dasharray="3 3", stroke_opacity=0.5)
    for run in _runs(points):
        if len(run) > 1:
            sheet.path(run, fill="none", stroke=color, stroke_width=1.5, stroke_linejoin="round")
        else:
            sheet.mark(run[0], color, size=1)
    sheet.mark([point for point in points if point][-1], color, size=2.2)


class _Plot:
    """The geometry of a line chart."""

    def __init__(
        self,
        labels: Sequence[str],
        series: Sequence[Series],
        scale: Scale,
        show: Show,
        width: float,
        height: float,
    ) -> None:
        self.sheet = Sheet(width, height)
        self.labels, self.series, self.show = labels, series, show
        self.left = tick_room(scale, show) + 10
        ends = max(text_width(one.name) for one in series) + 22 if len(series) > 1 else 0.0
        self.right = width - min(max(ends, 12.0), width * 0.3)
        self.top, self.bottom = 18.0, height - 24
        self.scale = scale.over(self.bottom, self.top)
        step = (self.right - self.left - 12) / max(len(labels) - 1, 1)
        self.centers = [self.left + 6 + number * step for number in range(len(labels))]

    def draw(
        self, target: Target | None, annotations: Sequence[tuple[int, str]], min_n: int
    ) -> None:
        value_axis(self.sheet, self.scale, self.show, self.left, self.right)
        category_axis(self.sheet, self.labels, self.centers, self.bottom + 14)
        for index, text in annotations:
            self._annotate(self.centers[index], text)
        for place, one in enumerate(self.series):
            if one.interval == "band":
                self._band(one, color_of(place, one.tone))
            elif one.interval == "bars":
                self._bars(one, color_of(place, one.tone))
        if target:
            across_target(self.sheet, target, self.scale.at(target.value), self.left, self.right)
        for place, one in enumerate(self.series):
            self._line(place, one, min_n)
        self._name_ends()
        self._titles()

    def _annotate(self, x: float, text: str) -> None:
        self.sheet.line(
            (x, self.top - 4), (x, self.bottom), stroke_dasharray="1 3", stroke_opacity=0.6
        )
        on_left = x > (self.left + self.right) / 2
        at = (x - 4 if on_left else x + 4, self.top - 8)
        room = (x - self.left if on_left else self.right - x) - 4
        self.sheet.text(at, text, anchor="end" if on_left else "start", soft=True, room=room)

    def _points(self, values: Values) -> list[Point | None]:
        return [
            None if value is None else (x, self.scale.at(value))
            for x, value in zip(self.centers, values, strict=True)
        ]

    def _band(self, one: Series, color: str) -> None:
        if not one.low or not one.high:
            return
        pairs = zip(self._points(one.low), self._points(one.high), strict=True)
        edges = [(low, high) if low and high else None for low, high in pairs]
        for run in _runs(edges):
            outline = [high for _, high in run] + [low for low, _ in reversed(run)]
            self.sheet.path(outline, closed=True, fill=color, fill_opacity=0.16)

    def _bars(self, one: Series, color: str) -> None:
        for low, high in zip(self._points(one.low), self._points(one.high), strict=True):
            if low and high:
                self.sheet.line(low, high, color=color, stroke_width=1.5, stroke_opacity=0.55)

    def _line(self, place: int, one: Series, min_n: int) -> None:
        color, points = color_of(place, one.tone), self._points(one.values)
        for run in _runs(points):
            self.sheet.path(
                run,
                fill="none",
                stroke=color,
                stroke_width=2,
                stroke_linejoin="round",
                stroke_linecap="round" if not place else "",
                stroke_dasharray=DASHES[place % len(DASHES)],
            )
        for index, point in enumerate(points):
            is_alone = (index == 0 or points[index - 1] is None) and (
                index + 1 == len(points) or points[index + 1] is None
            )
            if point and (is_alone or len(points) <= _MOST_MARKS):
                thin = bool(one.counts) and (one.counts[index] or 0) < min_n
                self.sheet.mark(point, color, shape=place, size=2.6, hollow=thin)

    def _name_ends(self) -> None:
        """Names stand where the lines end, moved apart where they would touch."""
        if len(self.series) < 2:
            return
        ends = []
        for place, one in enumerate(self.series):
            present = [point for point in self._points(one.values) if point]
            if present:
                ends.append((present[-1][1], place))
        ends.sort()
        room = self.sheet.width - self.right - 8
        for y, (_, place) in zip(_spread([y for y, _ in ends], self.bottom), ends, strict=True):
            one = self.series[place]
            self.sheet.mark((self.right + 8, y), color_of(place, one.tone), shape=place, size=3.2)
            self.sheet.text((self.right + 16, y), one.name, room=room - 10)

    def _titles(self) -> None:
        """What stands at each label, on hover."""
        if len(self.labels) > _MOST_TITLES:
            return
        width = (self.right - self.left) / len(self.labels)
        for index, (label, x) in enumerate(zip(self.labels, self.centers, strict=True)):
            told = ", ".join(
                f"{one.name} {_told(one, index, self.show)}".strip() for one in self.series
            )
            self.sheet.rect(
                (x - width / 2, self.top),
                width,
                self.bottom - self.top,
                "none",
                f"{label}: {told}",
                pointer_events="all",
            )


def _told(one: Series, index: int, show: Show) -> str:
    text = show(one.values[index])
    if one.counts and one.counts[index] is not None:
        text += f" (n {count(one.counts[index])})"
    return text


def _all_values(series: Sequence[Series], target: Target | None) -> list[float]:
    values = [target.value] if target else []
    for one in series:
        values += finite([*one.values, *one.low, *one.high])
    return finite(values)


def _runs(points: Sequence[T | None]) -> list[list[T]]:
    """Unbroken stretches between the gaps."""
    runs: list[list[T]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _spread(heights: Sequence[float], bottom: float) -> list[float]:
    """Move labels apart, first downwards, then up again from the bottom."""
    placed: list[float] = []
    for y in heights:
        placed.append(max(y, placed[-1] + _END_LABEL_GAP) if placed else y)
    for index in range(len(placed) - 1, -1, -1):
        limit = bottom if index == len(placed) - 1 else placed[index + 1] - _END_LABEL_GAP
        placed[index] = min(placed[index], limit)
    return placed


def _table(
    labels: Sequence[str], series: Sequence[Series], show: Show, label_header: str
) -> tuple[list[str], list[list[str]]]:
    columns = [label_header]
    cells: list[list[str]] = [[label] for label in labels]
    for one in series:
        name = f"{one.name} " if len(series) > 1 else ""
        parts: list[tuple[str, Values | Sequence[int | None], Show]] = [
            (one.name, one.values, show),
            (name + say_now("low"), one.low, show),
            (name + say_now("high"), one.high, show),
            (f"{name}n", one.counts, count),
        ]
        for header, values, form in parts:
            if values:
                columns.append(header)
                for row, value in zip(cells, values, strict=True):
                    row.append(form(value))
    return columns, cells
