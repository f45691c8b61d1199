"""Before and after: one thin line for each unit, a thick one for the mean of each group."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from lib.charts.chart import Chart
from lib.charts.drawing import DASHES, Sheet
from lib.charts.formats import Show, number, signed
from lib.charts.parts import (
    WIDTH,
    Target,
    color_of,
    empty_sheet,
    finish,
    legend,
    tick_room,
    value_axis,
)
from lib.charts.scales import Scale, axis, finite

_HEIGHT = 300.0
_TOP = 34.0
_FAINT = 0.3


@dataclass(frozen=True)
class Group:
    """Units of one kind: (name, before, after) each, and the interval of each mean if known."""

    name: str
    units: Sequence[tuple[str, float, float]]
    tone: str = ""
    before: tuple[float, float] | None = None
    after: tuple[float, float] | None = None

    @property
    def means(self) -> tuple[float, float]:
        return fmean(unit[1] for unit in self.units), fmean(unit[2] for unit in self.units)


def slopes(
    groups: Sequence[Group],
    *,
    title: str,
    labels: tuple[str, str] = ("Before", "After"),
    label_header: str = "Name",
    message: str = "",
    note: str = "",
    show: Show = number,
    target: Target | None = None,
    width: float = WIDTH,
) -> Chart:
    """Lines from `labels[0]` to `labels[1]`; `target` stands over the right half, dashed.

    Raises ValueError for NaN or infinity.
    """
    shown = [group for group in groups if group.units]
    values = finite(value for group in shown for unit in group.units for value in unit[1:])
    if values:
        ends = [
            value for group in shown for pair in (group.before, group.after) for value in pair or ()
        ]
        scale = axis(
            [*values, *finite(ends), *([target.value] if target else [])], show, from_zero=False
        )
        sheet = _draw(shown, scale, labels, show, target, width)
    else:
        sheet = empty_sheet(width)
    rows = [
        (name, group.name, show(before), show(after), signed(after - before))
        for group in shown
        for name, before, after in group.units
    ]
    return finish(
        sheet,
        title=title,
        message=message or _message(title, shown, show),
        note=note,
        columns=(label_header, "Group", *labels, "Change"),
        rows=rows,
    )


def _message(title: str, groups: Sequence[Group], show: Show) -> str:
    if not groups:
        return f"{title}: no data"
    told = [
        f"{group.name} from {show(group.means[0])} to {show(group.means[1])}" for group in groups
    ]
    return f"{title}: {', '.join(told)} on average"


def _draw(
    groups: Sequence[Group],
    scale: Scale,
    labels: tuple[str, str],
    show: Show,
    target: Target | None,
    width: float,
) -> Sheet:
    sheet = Sheet(width, _HEIGHT)
    left = tick_room(scale, show) + 10
    scale = scale.over(_HEIGHT - 24, _TOP)
    value_axis(sheet, scale, show, left, width - 4)
    start, end = left + (width - left) * 0.22, width - (width - left) * 0.22
    for x, label in zip((start, end), labels, strict=True):
        sheet.rule((x, _TOP), (x, _HEIGHT - 24), 0.4)
        sheet.text((x, _HEIGHT - 10), label, anchor="middle", soft=True)
    colors = [color_of(place, group.tone) for place, group in enumerate(groups)]
    for group, color in zip(groups, colors, strict=True):
        for _name, before, after in group.units:
            look = {"stroke_width": 1, "stroke_opacity": _FAINT}
            sheet.line((start, scale.at(before)), (end, scale.at(after)), color=color, **look)
    if target:
        y, middle = scale.at(target.value), (start + end) / 2
        sheet.line((middle, y), (width - 4, y), stroke_dasharray="5 4", stroke_width=1.25)
        sheet.text((width - 4, y - 8), target.label, anchor="end", soft=True)
    for place, (group, color) in enumerate(zip(groups, colors, strict=True)):
        _mean(sheet, scale, group, color, place, (start, end))
    legend(sheet, [group.name for group in groups], colors)
    return sheet


def _mean(
    sheet: Sheet, scale: Scale, group: Group, color: str, place: int, ends: tuple[float, float]
) -> None:
    points = [(x, scale.at(mean)) for x, mean in zip(ends, group.means, strict=True)]
    sheet.path(
        points,
        fill="none",
        stroke=color,
        stroke_width=3,
        stroke_dasharray=DASHES[place % len(DASHES)],
    )
    for x, interval in zip(ends, (group.before, group.after), strict=True):
        if interval:
            shifted = x + 5 * place
            low, high = scale.at(interval[0]), scale.at(interval[1])
            sheet.line((shifted, low), (shifted, high), color=color, stroke_width=1.5)
    for point in points:
        sheet.mark(point, color, shape=place, size=4)
