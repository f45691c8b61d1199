"""How values are spread: a histogram over ranges, a Pareto chart over causes."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from lib.charts.chart import Chart
from lib.charts.drawing import Point, Sheet, text_width
from lib.charts.formats import Show, count, number, percent, tick_text
from lib.charts.parts import (
    WIDTH,
    Target,
    bottom_axis,
    check_lengths,
    color_of,
    down_target,
    empty_sheet,
    finish,
    row_label_room,
    tick_room,
    value_axis,
)
from lib.charts.scales import Scale, axis, finite

_ROW = 24.0
_BAR = 14.0


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    title: str,
    label_header: str = "Range",
    value_header: str = "Count",
    message: str = "",
    note: str = "",
    show: Show = number,
    threshold: Target | None = None,
    tone: str = "accent",
    width: float = WIDTH,
    height: float = 220,
) -> Chart:
    """Counts between rising edges (one edge more than counts); widths are true to the edges.

    `threshold` is a value on the horizontal axis. Raises ValueError for edges that do not rise.
    """
    finite([*edges, *counts])
    ranges = list(pairwise(edges))
    if len(ranges) != len(counts) or any(b <= a for a, b in ranges):
        raise ValueError("A histogram needs rising edges, one more than counts.")
    labels = [f"{show(a)} to {show(b)}" for a, b in ranges]
    check_lengths(labels)
    told = f"{title}: no data"
    sheet = empty_sheet(width)
    if any(counts):
        sheet = _histogram(edges, counts, labels, show, threshold, color_of(0, tone), width, height)
        told = f"{title}: {count(sum(counts))} values from {show(edges[0])} to {show(edges[-1])}"
    return finish(
        sheet,
        title=title,
        message=message or told,
        note=note,
        columns=(label_header, value_header),
        rows=[(label, count(value)) for label, value in zip(labels, counts, strict=True)],
    )


def _histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    labels: Sequence[str],
    show: Show,
    threshold: Target | None,
    color: str,
    width: float,
    height: float,
) -> Sheet:
    sheet = Sheet(width, height)
    upright = axis([float(value) for value in counts], count, from_zero=True)
    left, right, top, bottom = tick_room(upright, count) + 10, width - 18, 22.0, height - 24
    upright = upright.over(bottom, top)
    value_axis(sheet, upright, count, left, right)
    across = Scale(edges[0], edges[-1], tuple(edges), left, right)
    places = [across.at(edge) for edge in edges]
    for (x, end), value, label in zip(pairwise(places), counts, labels, strict=True):
        y, told = upright.at(value), f"{label}: {count(value)}"
        sheet.rect((x + 0.5, y), end - x - 1, bottom - y, color, told)
    _edge_labels(sheet, [tick_text(show, edge) for edge in edges], places, bottom + 14)
    if threshold:
        down_target(sheet, threshold, across.at(threshold.value), top, bottom)
    return sheet


def _edge_labels(sheet: Sheet, labels: Sequence[str], places: Sequence[float], y: float) -> None:
    """From left to right, each edge whose label does not touch the one before."""
    free_from = 0.0
    for label, x in zip(labels, places, strict=True):
        half = text_width(label) / 2
        if x - half >= free_from:
            sheet.text((x, y), label, anchor="middle", soft=True)
            free_from = x + half + 10


def pareto(
    labels: Sequence[str],
    counts: Sequence[int],
    *,
    title: str,
    label_header: str = "Cause",
    value_header: str = "Count",
    message: str = "",
    note: str = "",
    guide_percent: float = 80.0,
    others: int = 0,
    width: float = WIDTH,
) -> Chart:
    """Causes by size, with the share that they and all above them make up.

    `others` is the count of those without a name here; it stands last, however large it is.
    Bars and line stand on one axis of 0-100 % of the total, so that neither hides the other.
    """
    check_lengths(labels, counts)
    if any(value < 0 for value in finite(counts)):
        raise ValueError("Counts are not negative.")
    pairs = sorted(zip(counts, labels, strict=True), key=lambda pair: (-pair[0], pair[1]))
    pairs += [(others, "All others")] if others else []
    total = sum(value for value, _ in pairs)
    shares = [100 * value / total if total else 0.0 for value, _ in pairs]
    so_fars = accumulate(value for value, _ in pairs)
    running = [100 * so_far / total if total else 0.0 for so_far in so_fars]
    told, sheet = f"{title}: no data", empty_sheet(width)
    if total:
        few = sum(1 for share in running if share < guide_percent) + 1
        told = f"{title}: {min(few, len(pairs))} of {len(pairs)} make up {percent(guide_percent)}"
        sheet = _pareto(pairs, shares, running, guide_percent, width)
    return finish(
        sheet,
        title=title,
        message=message or told,
        note=note,
        columns=(label_header, value_header, "Share", "Running share"),
        rows=[
            (label, count(value), percent(share), percent(so_far))
            for (value, label), share, so_far in zip(pairs, shares, running, strict=True)
        ],
    )


def _pareto(
    pairs: Sequence[tuple[int, str]],
    shares: Sequence[float],
    running: Sequence[float],
    guide_percent: float,
    width: float,
) -> Sheet:
    top = 22.0
    sheet = Sheet(width, top + _ROW * len(pairs) + 22)
    counts = max(text_width(count(value)) for value, _ in pairs) * 1.06 + 12
    left = row_label_room([label for _, label in pairs], width) + counts + 8
    right, bottom = width - 20, sheet.height - 20
    scale = axis([100.0], percent, from_zero=True).over(left, right)
    bottom_axis(sheet, scale, percent, top, bottom)
    guide = Target(guide_percent, f"{guide_percent:g} %")
    down_target(sheet, guide, scale.at(guide_percent), top, bottom)
    line = [(scale.at(so_far), top + (index + 0.5) * _ROW) for index, so_far in enumerate(running)]
    sheet.path(line, fill="none", stroke=color_of(1), stroke_width=1.75)
    for (value, label), share, at in zip(pairs, shares, line, strict=True):
        _cause(sheet, label, count(value), left - counts, scale.at(0), scale.at(share), at)
    return sheet


def _cause(
    sheet: Sheet, label: str, told: str, names_end: float, start: float, end: float, at: Point
) -> None:
    """One row: name, count, bar, and the point of the running share."""
    y = at[1]
    sheet.text((names_end - 8, y), label, anchor="end", room=names_end - 8)
    sheet.text((start - 8, y), told, anchor="end", strong=True)
    sheet.rect((start, y - _BAR / 2), end - start, _BAR, color_of(0), f"{label}: {told}")
    sheet.mark(at, color_of(1), size=2.8)
