"""The boards as files: one line for each figure of a page, hidden where the page hides it.

Six decimals in the figure's own unit; what has no value is an empty cell, with the reason as note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.survey_readings import Reading
from lib.tabular import CellValue
from quality.averages import Average, Rate
from reports import kpis
from reports.kpis import UNIT_WORDS, Measured
from reports.learning_board import LearningBoard
from reports.quality_board import QualityBoard
from reports.recognition_board import RecognitionBoard
from reports.rows import DECIMALS
from reports.voice_board import Sized, Voice
from training.compliance import Total

HEADER = (
    *("about", "group", "figure", "unit", "value"),
    *("numerator", "denominator", "n", "low", "high", "note"),
)
SLUGS = {"csat": "csat1", "nps": "nps1"}
TOO_FEW = "too few"


@dataclass(frozen=True)
class Line:
    """A figure of a board; `figure` is a slug where a definition has one."""

    about: str
    group: str
    figure: str
    unit: str
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def cells(self) -> tuple[CellValue, ...]:
        value, low, high = (rounded(one) for one in (self.value, self.low, self.high))
        return (
            *(self.about, self.group, self.figure, self.unit, value),
            *(self.numerator, self.denominator, self.n, low, high, self.note),
        )


def rounded(value: float | None) -> CellValue:
    return None if value is None else kpis.rounded(float(value), DECIMALS)


def file_of(cutoff: str, words: str, lines: Iterable[Line]) -> Iterator[tuple[CellValue, ...]]:
    """The moment and the filters, the names of the columns, then the lines."""
    yield (cutoff, words)
    yield HEADER
    for line in lines:
        yield line.cells


def counted(about: str, group: str, figure: str, count: int | None, note: str = "") -> Line:
    return Line(about, group, figure, UNIT_WORDS["count"], count, note=note)


def of_share(about: str, group: str, figure: str, found: Measured) -> Line:
    return Line(
        *(about, group, figure, UNIT_WORDS["percent"], found.value),
        *(found.numerator, found.denominator, found.n, found.low, found.high),
    )


# --- Voice ---------------------------------------------------------------------------------------


def voice_lines(
    voices: Sequence[Voice], by: str, recoveries: Mapping[str, Any] | None
) -> Iterator[Line]:
    for voice in voices:
        name, results = voice.survey.name, voice.results
        figure = SLUGS.get(results.main.metric, results.main.metric)
        if results.is_hidden:
            yield Line(name, "", figure, "", note=TOO_FEW)
            continue
        yield reading_line(name, "", figure, results.main if results.main.has_interval else None)
        yield counted(name, "", "sent", results.rates["sent"])
        for slug, rate in voice.rates.items():
            yield of_share(name, "", slug, rate)
        if results.hides_solved:
            yield Line(name, "", "fcr3", UNIT_WORDS["percent"], note=TOO_FEW)
        elif voice.solved:
            yield of_share(name, "", "fcr3", voice.solved)
        for part, found in voice.parts:
            yield reading_line(name, f"{by}: {part}", figure, found)
        yield from sized_lines(name, "driver", voice.drivers)
        yield from sized_lines(name, "topic", voice.topics)
    if recoveries:
        for key, words in (("open_count", "open"), ("overdue_count", "overdue")):
            yield counted("Recoveries", "", words, recoveries[key])
        in_time, contacted = recoveries["in_time"], recoveries["contacted"]
        yield of_share("Recoveries", "", "contacted in time", kpis.share_of(in_time, contacted))
        yield Line(
            *("Recoveries", "", "won back", "percent", recoveries["recovered_point"]),
            n=recoveries["measured"],
            low=recoveries["recovered_low"],
            high=recoveries["recovered_high"],
        )


def reading_line(about: str, group: str, figure: str, found: Reading | None) -> Line:
    if found is None:
        return Line(about, group, figure, "", note=TOO_FEW)
    unit = "percent" if found.unit == "%" else "points"
    return Line(about, group, figure, unit, found.value, n=found.n, low=found.low, high=found.high)


def sized_lines(about: str, kind: str, rows: Iterable[Sized]) -> Iterator[Line]:
    for name, n, _share in rows:
        yield counted(about, f"{kind}: {name}", "answers", n, "" if n is not None else TOO_FEW)


# --- Training ------------------------------------------------------------------------------------


def training_lines(board: LearningBoard) -> Iterator[Line]:
    yield from compliance_lines("Everybody", board.matrix.whole)
    yield counted("Everybody", "", "people overdue", board.overdue_people)
    yield counted("Everybody", "", "courses completed", board.completed)
    yield counted("Everybody", "", "coaching held", board.held)
    yield of_share("Everybody", "", "acknowledged", kpis.share_of(board.acknowledged, board.held))
    for total in board.matrix.team_totals:
        yield from compliance_lines("Team", total)
    for total in board.matrix.totals:
        yield from compliance_lines("Requirement", total)
    for title, count in board.coaching:
        yield counted("Coaching now", title, "sessions", count)
    for report, headlines in board.effects:
        for one in headlines:
            luck = "" if one.luck is None else f"; luck alone {one.luck:.1f} points"
            yield Line("Effect", report.title, one.title, "", note=f"{one.verdict}{luck}")


def compliance_lines(about: str, total: Total) -> Iterator[Line]:
    group = "" if about == "Everybody" else total.name
    share = kpis.compliance(total.counts)
    yield of_share(about, group, "tc1", kpis.share_of(share.numerator, share.denominator))
    for state, count in total.counts.items():
        yield counted(about, group, state, count)


# --- Recognition ---------------------------------------------------------------------------------


def recognition_lines(board: RecognitionBoard) -> Iterator[Line]:
    for name in ("given", "received", "praise", "badges", "awards"):
        yield counted("Teams shown", "", name, getattr(board, name))
    for line in board.lines:
        name, note = line.group.name, TOO_FEW if line.is_hidden else ""
        yield counted("Team", name, "given", None if line.is_hidden else line.given, note)
        yield counted("Team", name, "received", None if line.is_hidden else line.received, note)
        low, high = hundred(line.group.low), hundred(line.group.high)
        yield Line(
            *("Team", name, "nothing in 90 days", "percent", line.without_percent),
            n=line.group.n,
            low=None if line.is_hidden else low,
            high=None if line.is_hidden else high,
            note=note,
        )
    for kind in board.points:
        yield counted("Points", kind.kind, "in", kind.points_in)
        yield counted("Points", kind.kind, "out", kind.points_out)
    for use in board.budgets:
        yield counted("Budget", use.budget.owner_name, "points", use.budget.points)
        yield counted("Budget", use.budget.owner_name, "used", use.used)


def hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value


# --- Quality -------------------------------------------------------------------------------------


def quality_lines(board: QualityBoard) -> Iterator[Line]:
    yield average_line("All", "", board.study.average)
    yield rate_line("All", "qa2", board.study.pass_rate)
    yield rate_line("All", "disputed", board.disputed)
    yield counted("All", "", "drawn at random", board.drawn)
    yield counted("All", "", "chosen otherwise", board.chosen)
    for family in board.accuracy.families:
        found = family.accuracy
        note = "not configured" if found.percent is None else found.status_words
        yield Line(
            *("Family", family.title, f"cea1-{family.family}", "percent", found.percent),
            n=found.n,
            low=found.low,
            high=found.high,
            note=note,
        )
    for about, lines in (("Team", board.teams), ("Scorecard", board.scorecards)):
        for line in lines:
            yield average_line(about, line.name, line.average)


def average_line(about: str, group: str, found: Average) -> Line:
    mean = None if found.mean is None else float(found.mean)
    return Line(
        *(about, group, "qa1", "points", mean),
        n=found.n,
        low=found.low,
        high=found.high,
        note=found.grade_words,
    )


def rate_line(about: str, figure: str, found: Rate) -> Line:
    return Line(
        *(about, "", figure, "percent", found.percent, found.k, found.n, found.n),
        *(found.low, found.high, found.grade_words),
    )
