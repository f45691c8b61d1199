"""Questions as dots: how many solve them, and how well they tell people apart."""

from __future__ import annotations

from collections.abc import Sequence

from lib.charts import Chart
from lib.charts.drawing import Sheet
from lib.charts.formats import coefficient
from lib.charts.parts import bottom_axis, color_of, finish, value_axis
from lib.charts.scales import Scale

WIDTH, HEIGHT = 640.0, 340.0
TOO_HARD, TOO_EASY, WEAK = 0.20, 0.95, 0.15
Row = tuple[str, float, float | None]


def item_plot(rows: Sequence[Row], *, title: str) -> Chart:
    """`rows` are name, facility 0-1 and discrimination, None where it cannot be said."""
    sheet = Sheet(WIDTH, HEIGHT)
    lowest = min([0.0, *(d for _, _, d in rows if d is not None)])
    low = -1.0 if lowest < -0.5 else -0.5 if lowest < 0 else -0.25
    ticks = tuple(t / 4 for t in range(round(low * 4), 5))
    upright = Scale(low, 1.0, ticks, HEIGHT - 30, 20)
    across = Scale(0.0, 1.0, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), 52, WIDTH - 16)
    value_axis(sheet, upright, coefficient, 52, WIDTH - 16)
    bottom_axis(sheet, across, coefficient, 20, HEIGHT - 30)
    _zones(sheet, across, upright)
    for name, facility, discrimination in rows:
        at = (across.at(facility), upright.at(discrimination or 0.0))
        tone = _tone(facility, discrimination)
        sheet.mark(at, color_of(0, tone), size=5, hollow=discrimination is None)
        sheet.text((at[0] + 8, at[1]), name)
    odd = sum(_tone(facility, d) != "good" for _, facility, d in rows)
    return finish(
        sheet,
        title=title,
        message=f"{len(rows)} questions, {odd} to look at",
        note="Across: share of points earned. Upwards: correlation with the rest of the quiz.",
        columns=("Question", "Facility", "Discrimination"),
        rows=[(name, coefficient(f), coefficient(d)) for name, f, d in rows],
    )


def _zones(sheet: Sheet, across: Scale, upright: Scale) -> None:
    """Dashed borders with the name of what lies behind them."""
    for edge in (TOO_HARD, TOO_EASY):
        x = across.at(edge)
        sheet.line((x, 20), (x, HEIGHT - 30), stroke_dasharray="4 4", stroke_opacity=0.5)
    for edge in (0.0, WEAK):
        y = upright.at(edge)
        sheet.line((52, y), (WIDTH - 16, y), stroke_dasharray="4 4", stroke_opacity=0.5)
    middle = across.at((TOO_HARD + TOO_EASY) / 2)
    sheet.text((across.at(TOO_HARD) - 6, 12), "too hard", anchor="end", soft=True)
    sheet.text((across.at(TOO_EASY), 12), "too easy", anchor="middle", soft=True)
    sheet.text((middle, 12), "keep", anchor="middle", soft=True)
    sheet.text((middle, upright.at(0.0) + 12), "check the key", anchor="middle", soft=True)


def _tone(facility: float, discrimination: float | None) -> str:
    if discrimination is not None and discrimination < 0:
        return "bad"
    is_odd = facility < TOO_HARD or facility > TOO_EASY
    return "warn" if is_odd or (discrimination or 0) < WEAK else "good"
