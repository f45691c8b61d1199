"""Pieces that several charts share: axes, targets, legends, empty pictures, captions."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.charts.chart import Chart, Markup
from lib.charts.drawing import COLORS, TONES, Sheet, text_width
from lib.charts.formats import Show, percent, tick_text
from lib.charts.scales import Scale, finite
from lib.sentences import said, say_now

WIDTH = 640.0
EDGE = 4.0
EMPTY_HEIGHT = 88.0
MOST_POINTS = 400
LABEL_GAP = 14.0
ROW_LABEL_SHARE = 0.32
DESCRIPTION = said("The same numbers stand in the table beside the chart.")


@dataclass(frozen=True)
class Target:
    """A dashed line with its name, such as Target(80, "Target 80 %")."""

    value: float
    label: str


def check_lengths(labels: Sequence[str], *columns: Sequence[object]) -> None:
    """Every column given is as long as the labels, and there are not too many points."""
    if len(labels) > MOST_POINTS:
        raise ValueError(f"A chart has at most {MOST_POINTS} points; take the next coarser step.")
    if any(column and len(column) != len(labels) for column in columns):
        raise ValueError("A chart needs one value for each label.")


def finish(
    sheet: Sheet,
    *,
    title: str,
    message: str,
    note: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    links: Sequence[str] = (),
) -> Chart:
    """Put picture and table together."""
    return Chart(
        title=title,
        message=message,
        note=note,
        svg=Markup(sheet.svg(message, say_now(DESCRIPTION))),
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        links=tuple(links),
    )


def empty_sheet(width: float = WIDTH) -> Sheet:
    """A picture that says that there is nothing to show."""
    sheet = Sheet(width, EMPTY_HEIGHT)
    sheet.rect(
        (0.5, 0.5),
        width - 1,
        EMPTY_HEIGHT - 1,
        "none",
        rx=6,
        stroke="currentColor",
        stroke_opacity=0.25,
        stroke_dasharray="4 4",
    )
    sheet.text(
        (width / 2, EMPTY_HEIGHT / 2), say_now("No data in this period"), anchor="middle", soft=True
    )
    return sheet


def range_message(title: str, values: Sequence[float | None], show: Show) -> str:
    """A plain sentence for charts whose caller gives none."""
    present = finite(values)
    if not present:
        return say_now("{title}: no data", title=title)
    if len(present) == 1:
        return f"{title}: {show(present[0])}"
    return say_now(
        "{title}: {count} values from {least} to {most}",
        title=title,
        count=len(present),
        least=show(min(present)),
        most=show(max(present)),
    )


def tick_room(scale: Scale, show: Show) -> float:
    """How wide the widest tick label is."""
    return max(text_width(tick_text(show, tick)) for tick in scale.ticks)


def value_axis(sheet: Sheet, scale: Scale, show: Show, left: float, right: float) -> None:
    """Horizontal grid lines with their values at the left."""
    for tick in scale.ticks:
        y = scale.at(tick)
        sheet.rule((left, y), (right, y), 0.4 if tick == 0 else 0.13)
        sheet.text((left - 6, y), tick_text(show, tick), anchor="end", soft=True)


def bottom_axis(sheet: Sheet, scale: Scale, show: Show, top: float, bottom: float) -> None:
    """Vertical grid lines with their values below, as many as fit."""
    step = 1
    room = abs(scale.end - scale.start) / max(len(scale.ticks) - 1, 1)
    while room * step < tick_room(scale, show) + LABEL_GAP:
        step += 1
    for tick in scale.ticks[::step]:
        x = scale.at(tick)
        sheet.rule((x, top), (x, bottom), 0.4 if tick == 0 else 0.13)
        sheet.text((x, bottom + 11), tick_text(show, tick), anchor="middle", soft=True)


def category_axis(sheet: Sheet, labels: Sequence[str], centers: Sequence[float], y: float) -> None:
    """Labels below their points; only every second, third … if they would touch."""
    if not labels:
        return
    spacing = centers[1] - centers[0] if len(centers) > 1 else sheet.width
    widest = min(max(text_width(label) for label in labels), max(spacing * 3, 90.0))
    step = max(1, -int(-(widest + LABEL_GAP) // spacing))
    for label, x in list(zip(labels, centers, strict=True))[::step]:
        half = min(text_width(label), widest) / 2
        inside = min(max(x, half + 1), sheet.width - half - 1)
        sheet.text((inside, y), label, anchor="middle", soft=True, room=widest + 2)


def cut_note(scale: Scale, show: Show) -> str:
    """What a reader must know about an axis that does not begin at 0, or a share short of 100 %."""
    if scale.low > 0:
        return say_now("The axis starts at {tick}.", tick=tick_text(show, scale.low))
    if show is percent and 0 < scale.high < 100:
        return say_now("The axis ends at {tick}.", tick=tick_text(show, scale.high))
    return ""


def across_target(sheet: Sheet, target: Target, y: float, left: float, right: float) -> None:
    """A target over charts whose values go upwards; its name stands above the line at the right."""
    sheet.line(
        (left, y), (right, y), stroke_dasharray="5 4", stroke_width=1.25, stroke_opacity=0.75
    )
    sheet.text((right, y - 8), target.label, anchor="end", soft=True)


def down_target(sheet: Sheet, target: Target, x: float, top: float, bottom: float) -> None:
    """A target over charts whose values go sideways; its name stands above the plot."""
    sheet.line(
        (x, top), (x, bottom), stroke_dasharray="5 4", stroke_width=1.25, stroke_opacity=0.75
    )
    half = text_width(target.label) / 2
    inside = min(max(x, half + 1), sheet.width - half - 1)
    sheet.text((inside, top - 8), target.label, anchor="middle", soft=True)


def color_of(number: int, tone: str = "") -> str:
    """The color of a tone, else of a series by its number."""
    return TONES[tone] if tone else COLORS[number % len(COLORS)]


def row_label_room(labels: Sequence[str], width: float = WIDTH) -> float:
    """Room for names at the left of horizontal charts."""
    widest = max((text_width(label) for label in labels), default=0.0)
    return min(widest * 1.03, width * ROW_LABEL_SHARE) + 1


def joined_notes(*notes: str) -> str:
    """The notes that say something, in one line."""
    return " ".join(note for note in notes if note)


def legend(sheet: Sheet, names: Sequence[str], colors: Sequence[str], y: float = 10.0) -> None:
    """Names with a swatch each, in one line; long ones are cut so that all have room."""
    most = (sheet.width - 2 * EDGE) / max(len(names), 1) - 35
    x = EDGE
    for name, color in zip(names, colors, strict=True):
        sheet.rect((x, y - 5), 10, 10, color, rx=2)
        sheet.text((x + 15, y), name, room=most)
        x += 35 + min(text_width(name), most)
