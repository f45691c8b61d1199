"""Pictures of results: trend, distribution, what the dissatisfied name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Sum

from feedback import indices
from feedback.models.survey_responses import Driver
from feedback.survey_readings import Reading, reading
from feedback.survey_results import Results, Slice
from lib import charts

DAYS = {"day": 1, "week": 7, "month": 30}
MOST_POINTS = 60
PointCounts = Mapping[tuple[int, date], Counter[int]]


def pictures_of(results: Results) -> list[charts.Chart]:
    """Those for which there are answers; one query."""
    found = (trend(results), distribution(results), drivers(results))
    return [one for one in found if one]


def trend(results: Results) -> charts.Chart | None:
    """The key figure over time, a line for each series."""
    if results.key is None:
        return None
    piece = results.piece
    starts = _starts(piece)
    found = _counts_by_step(results, starts)
    if not found:
        return None
    lines = [
        _line(results, number, starts, found) for number in sorted({series for series, _ in found})
    ]
    notes = [
        (max(i for i, start in enumerate(starts) if start <= note.on_date), note.text)
        for note in results.survey.annotations.all()
        if piece.from_on <= note.on_date <= piece.until_on
    ]
    return charts.line(
        [f"{start:%d %b}" for start in starts],
        lines,
        title=f"{results.name} by {piece.grain}",
        note="The band is the 95 % interval; a hollow point has too few answers to be judged.",
        show=charts.percent if results.key.metric == "csat" else charts.number,
        label_header="From",
        annotations=notes,
        min_n=results.survey.min_n,
    )


def distribution(results: Results) -> charts.Chart | None:
    if results.key is None or not results.main.n:
        return None
    values = results.values(results.counts)
    return charts.bars(
        [str(value) for value in results.key.values],
        [float(values.get(value, 0)) for value in results.key.values],
        title="Answers by value",
        label_header="Value",
        value_header="Answers",
    )


def drivers(results: Results) -> charts.Chart | None:
    """What had most to do with it, among those who were not satisfied."""
    counts = results.driver_counts("no")
    total = sum(counts.values())
    if not total:
        return None
    figures = [indices.share(counts[code], total) for code in Driver.values]
    return charts.interval_dots(
        [str(label) for label in Driver.labels],
        [_hundred(one.value) for one in figures],
        [_hundred(one.low) for one in figures],
        [_hundred(one.high) for one in figures],
        [counts[code] for code in Driver.values],
        title="What the dissatisfied name",
        label_header="Driver",
        note=f"Of {total} who were not satisfied and named something.",
    )


# --- Below the pictures --------------------------------------------------------------------------


def _counts_by_step(results: Results, starts: list[date]) -> PointCounts:
    """How often each value was given, by series and first day of the step."""
    assert results.key is not None
    rows = results.piece.narrow(results.rows).filter(origin="program", question=results.key.code)
    grouped = rows.values_list("on_date", "series", "key").annotate(n=Sum("count")).order_by()
    found: dict[tuple[int, date], Counter[int]] = defaultdict(Counter)
    for on, series, key, n in grouped:
        if key.isdigit():
            start = max((one for one in starts if one <= on), default=starts[0])
            found[series, start][int(key)] += n
    return found


def _line(results: Results, series: int, starts: list[date], found: PointCounts) -> charts.Series:
    assert results.key is not None
    survey = results.survey
    hidden = survey.disclosure_k if survey.hides_small_cells else 1
    points = [
        reading(results.key.metric, found.get((series, start), {}), results.key.satisfied)
        for start in starts
    ]
    points = [one if one.n >= hidden else Reading(one.metric, None, 0) for one in points]
    name = results.name if series == 1 else f"{results.name}, series {series}"
    return charts.Series(
        name,
        [one.value for one in points],
        low=[one.low if one.has_interval else one.value for one in points],
        high=[one.high if one.has_interval else one.value for one in points],
        counts=[one.n for one in points],
    )


def _starts(piece: Slice) -> list[date]:
    """First days of the trend's steps; a coarser step where too many would not fit."""
    step = DAYS[piece.grain]
    days = (piece.until_on - piece.from_on).days + 1
    while days / step > MOST_POINTS:
        step *= 2
    return [piece.from_on + timedelta(days=step * i) for i in range(-(-days // step))]


def _hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value
