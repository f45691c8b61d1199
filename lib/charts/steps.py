"""How a figure comes about: a waterfall from a start over gains and losses to a total."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.charts.chart import Chart
from lib.charts.drawing import TONES, Sheet, text_width
from lib.charts.formats import Show, number, signed
from lib.charts.parts import (
    WIDTH,
    bottom_axis,
    check_lengths,
    empty_sheet,
    finish,
    row_label_room,
)
from lib.charts.scales import Scale, axis, finite
from lib.sentences import say_now

_ROW = 24.0
_BAR = 13.0


@dataclass(frozen=True)
class Step:
    """A gain or loss; with `is_total` the level itself, whatever the steps before made of it."""

    label: str
    value: float
    is_total: bool = False


def waterfall(
    steps: Sequence[Step],
    *,
    title: str,
    label_header: str = "",
    message: str = "",
    note: str = "",
    show: Show = number,
    show_change: Show = signed,
    width: float = WIDTH,
) -> Chart:
    """One lying bar for each step, beginning where the one before ended; the first starts at 0.

    Raises ValueError for NaN or infinity.
    """
    check_lengths([step.label for step in steps])
    finite([step.value for step in steps])
    spans = _spans(steps)
    told = [(show if step.is_total else show_change)(step.value) for step in steps]
    if steps:
        sheet = _bars(steps, spans, told, show, width)
        message = message or say_now(
            "{title}: {level} at the end", title=title, level=show(spans[-1][1])
        )
    else:
        sheet = empty_sheet(width)
        message = message or say_now("{title}: no data", title=title)
    return finish(
        sheet,
        title=title,
        message=message,
        note=note,
        columns=(label_header or say_now("Step"), say_now("Change"), say_now("Level")),
        rows=[
            (step.label, "" if step.is_total else show_change(step.value), show(level))
            for step, (_, level) in zip(steps, spans, strict=True)
        ],
    )


def _spans(steps: Sequence[Step]) -> list[tuple[float, float]]:
    """Where each bar begins and ends."""
    spans: list[tuple[float, float]] = []
    level = 0.0
    for step in steps:
        begin, level = (0.0, step.value) if step.is_total else (level, level + step.value)
        spans.append((begin, level))
    return spans


def _bars(
    steps: Sequence[Step],
    spans: Sequence[tuple[float, float]],
    told: Sequence[str],
    show: Show,
    width: float,
) -> Sheet:
    top = 6.0
    sheet = Sheet(width, top + _ROW * len(steps) + 22)
    left = row_label_room([step.label for step in steps], width) + 8
    right = width - max(text_width(text) for text in told) - 10
    scale = axis([end for span in spans for end in span], show, from_zero=True).over(left, right)
    bottom_axis(sheet, scale, show, top, sheet.height - 20)
    for index, (step, span, text) in enumerate(zip(steps, spans, told, strict=True)):
        y = top + (index + 0.5) * _ROW
        sheet.text((left - 8, y), step.label, anchor="end", room=left - 8, strong=step.is_total)
        _bar(sheet, scale, step, span, text, y)
        if index + 1 < len(steps):
            x = scale.at(span[1])
            sheet.rule((x, y + _BAR / 2), (x, y + _ROW - _BAR / 2), 0.45)
    return sheet


def _bar(
    sheet: Sheet, scale: Scale, step: Step, span: tuple[float, float], text: str, y: float
) -> None:
    start, end = sorted(scale.at(level) for level in span)
    tone = "quiet" if step.is_total else "good" if step.value >= 0 else "bad"
    told = f"{step.label}: {text}"
    sheet.rect((start, y - _BAR / 2), max(end - start, 1.5), _BAR, TONES[tone], told, rx=1.5)
    sheet.text((end + 6, y), text, strong=step.is_total)
