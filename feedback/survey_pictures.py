"""Pictures of results: trend, distribution, what the dissatisfied name."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Literal

from django.db.models import Sum

from feedback import indices, survey_periods
from feedback.indices import Figure
from feedback.models.survey_responses import Driver
from feedback.survey_readings import Reading, reading
from feedback.survey_results import Results
from feedback.survey_slices import Slice
from lib import charts

ROLLING_ANSWERS = 100
NOTHING = Reading("", None, 0)
TREND_NOTE = "Bars are 95 % intervals; a hollow point has too few answers to be judged."
ByDay = Mapping[date, Counter[int]]


def pictures_of(results: Results) -> list[charts.Chart]:
    """Those for which there are answers; one query."""
    found = (trend(results), distribution(results), drivers(results))
    return [one for one in found if one]


def trend(results: Results) -> charts.Chart | None:
    """The key figure over time, a line for each series, and one over the latest 100 answers."""
    if results.key is None:
        return None
    piece = results.piece
    by_day = _counts_by_day(results)
    if not by_day:
        return None
    starts = survey_periods.steps(piece.span, piece.grain)
    lines = [_line(results, number, starts, found) for number, found in sorted(by_day.items())]
    newest = by_day.get(results.key.series)
    if newest and results.promise is None:
        lines += _rolling(results, starts, newest)
    notes = [
        (max(i for i, start in enumerate(starts) if start <= note.on_date), note.text)
        for note in results.survey.annotations.all()
        if piece.from_on <= note.on_date <= piece.until_on
    ]
    return charts.line(
        [f"{start:%d %b}" for start in starts],
        lines,
        title=f"{results.name} by {_step_in_words(piece)}",
        note=" ".join([TREND_NOTE, *(f"{starts[i]:%d %b}: {text}." for i, text in notes)]),
        show=charts.percent if results.key.metric == "csat" else charts.number,
        label_header="From",
        annotations=notes,
        min_n=results.survey.min_n,
    )


def _step_in_words(piece: Slice) -> str:
    stride = survey_periods.stride(piece.span, piece.grain)
    return piece.grain if stride == 1 else f"{stride} {piece.grain}s"


def distribution(results: Results) -> charts.Chart | None:
    if results.key is None or not results.main.n:
        return None
    values = results.values(results.counts)
    parts = {str(value): values.get(value, 0) for value in results.key.values}
    hidden = results.hidden(parts)
    return charts.bars(
        list(parts),
        [None if value in hidden else float(n) for value, n in parts.items()],
        title="Answers by value",
        note="Values that too few gave are not shown." if hidden else "",
        label_header="Value",
        value_header="Answers",
    )


def drivers(results: Results) -> charts.Chart | None:
    """What had most to do with it, among those who were not satisfied."""
    counts = results.driver_counts("no")
    total = sum(counts.values())
    if not total:
        return None
    hidden = results.hidden_drivers
    figures = [
        Figure(None, 0) if code in hidden else indices.share(counts[code], total)
        for code in Driver.values
    ]
    return charts.interval_dots(
        [str(label) for label in Driver.labels],
        [_hundred(one.value) for one in figures],
        [_hundred(one.low) for one in figures],
        [_hundred(one.high) for one in figures],
        [None if code in hidden else counts[code] for code in Driver.values],
        title="What the dissatisfied name",
        label_header="Driver",
        note=f"Of {total} who were not satisfied and named something.",
    )


# --- Below the pictures --------------------------------------------------------------------------


def _counts_by_day(results: Results) -> Mapping[int, ByDay]:
    """By series and day, how often each value was given; one query."""
    assert results.key is not None
    rows = results.piece.narrow(results.rows).filter(origin="program", question=results.key.code)
    grouped = rows.values_list("on_date", "series", "key").annotate(n=Sum("count")).order_by()
    found: dict[int, dict[date, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for on, series, key, n in grouped:
        if key.isdigit():
            found[series][on][int(key)] += n
    return found


def _line(results: Results, series: int, starts: list[date], by_day: ByDay) -> charts.Series:
    """A point for each step; of surveys that hide small parts, of each month that may be told."""
    assert results.key is not None
    counts: list[Counter[int]] = [Counter() for _ in starts]
    for on, values in by_day.items():
        counts[bisect_right(starts, on) - 1] += values
    points = [reading(results.key.metric, one, results.key.satisfied) for one in counts]
    if results.promise is not None:
        points = [
            one if results.promise.tells(survey_periods.months_from(start, 1)) else NOTHING
            for start, one in zip(starts, points, strict=True)
        ]
    name = results.name if series == 1 else f"{results.name}, series {series}"
    return _series(name, points, "bars")


def _rolling(results: Results, starts: list[date], by_day: ByDay) -> list[charts.Series]:
    """The figure over the latest 100 answers at the end of each step, from the hundredth on."""
    assert results.key is not None
    ends = [*(start - survey_periods.DAY for start in starts[1:]), results.piece.until_on]
    found = survey_periods.rolling(by_day, ends, ROLLING_ANSWERS)
    if not any(found):
        return []
    points = [reading(results.key.metric, one, results.key.satisfied) for one in found]
    return [_series(f"Latest {ROLLING_ANSWERS} answers", points, "")]


def _series(name: str, points: list[Reading], interval: Literal["bars", ""]) -> charts.Series:
    """A line; without an interval where there are too few answers for one."""
    return charts.Series(
        name,
        [one.value for one in points],
        low=[one.low if one.has_interval else None for one in points],
        high=[one.high if one.has_interval else None for one in points],
        counts=[one.n for one in points],
        interval=interval,
    )


def _hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value
