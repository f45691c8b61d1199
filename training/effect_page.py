"""An effect report as people read it: words for the verdict, named rows, plots; page and PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev
from typing import Any

from django.template.loader import render_to_string

from accounts.models import Team, User
from lib import charts, pdf
from lib.statistics import t_interval
from quality.models import Scorecard
from training.effect import LEAST_COACHED
from training.effect_blind import Blind, blind_of
from training.effect_study import REASONS, Json
from training.judgements import criterion_texts
from training.models import Course, EffectReport

MOST_ROWS = 500
ESTIMATES = (
    ("naive", "Change of those coached"),
    ("luck", "Doing nothing would show"),
    ("remaining", "Change beyond luck"),
    ("control", "Change of the others"),
    ("did", "Difference of the two changes"),
    ("ancova", "Effect at equal starts (headline)"),
)
VERDICTS = {
    "not_enough": "Not enough evidence: {n} people have 5 evaluations on both sides, {least} are "
    "needed. To find a medium effect, {paired} would do, or {arm} beside as many others.",
    "better_than_uncoached": "They improved more than comparable people without it.",
    "worse_than_uncoached": "They fared worse than comparable people without it.",
    "above_luck_no_control": "They improved by more than luck explains; without enough people to "
    "compare with, nothing can be said about the reason.",
    "not_clear": "Not clear: what was seen fits with no effect at all.",
}
WARNINGS = {
    "selection": "The evaluations before and after were not selected in the same way.",
    "version": "The scorecard has other versions before than after.",
}
METHOD = (
    "Unit is the person. Before are evaluations of work in the days before the first session or "
    "completion in the period, after those from the day after; the day itself counts for neither "
    "side. At least 5 evaluations a side. Luck is regression to the mean from the reliability of "
    "single evaluations. The headline is an analysis of covariance. Intervals are 95 %. "
    "Talks scored again were drawn by the seed; who scored them learned neither the day nor the "
    "first score. docs/algorithms/effect.md."
)


@dataclass(frozen=True)
class Line:
    """One estimate in words and numbers; `value` is None where nothing may be said."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    n_control: int | None = None
    p: float | None = None


@dataclass(frozen=True)
class Shown:
    """One outcome, ready to be read."""

    title: str
    verdict: str
    lines: list[Line]
    people: list[tuple[str, str, Json]]
    left_out: list[tuple[str, str]]
    warnings: list[str]
    tests: Json | None
    plot: charts.Chart
    dots: charts.Chart | None
    luck: float | None
    n: int
    blind: Blind | None


@dataclass(frozen=True)
class Headline:
    """One outcome in a line: the verdict, and what luck alone would have shown, in points."""

    title: str
    verdict: str
    luck: float | None


def headlines(reports: Sequence[EffectReport]) -> list[tuple[EffectReport, list[Headline]]]:
    """The outcomes of several reports in short. Two queries, however many reports."""
    sections: list[list[Json]] = [(row.result or {}).get("sections", []) for row in reports]
    texts = criterion_texts(one["key"] for part in sections for one in part)
    wanted = {row.definition["scorecard_id"] for row in reports} - {None}
    scorecards = Scorecard.objects.in_bulk(wanted)
    found = []
    for row, part in zip(reports, sections, strict=True):
        scorecard = scorecards.get(row.definition["scorecard_id"])
        lines = []
        for one in part:
            title = texts.get(one["key"], str(scorecard) if scorecard else one["key"])
            lines.append(Headline(title, verdict_of(one), luck_of(one)))
        found.append((row, lines))
    return found


def verdict_of(section: Json) -> str:
    paired, arm = section["needed"]
    n = len(section["coached"])
    return VERDICTS[section["verdict"]].format(n=n, least=LEAST_COACHED, paired=paired, arm=arm)


def luck_of(section: Json) -> float | None:
    """What doing nothing would show, in points; None where nothing may be said."""
    luck = section["estimates"]["luck"]
    return None if luck is None else float(luck["value"])


def shown(report: EffectReport) -> list[Shown]:
    """Every outcome of a computed report. Five queries."""
    assert report.result is not None
    sections = report.result["sections"]
    texts = criterion_texts(section["key"] for section in sections)
    ids = {row["agent_id"] for section in sections for row in _rows_of(section)}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "full_name"))
    fallback = scorecard_name(report.definition)
    blind = blind_of(report, [section["key"] for section in sections])
    return [
        _section(
            section,
            texts.get(section["key"], fallback or section["key"]),
            names,
            blind.get(section["key"]),
        )
        for section in sections
    ]


def _rows_of(section: Json) -> list[Json]:
    return [*section["coached"], *section["control"], *section["left_out"]]


def scorecard_name(definition: Json) -> str:
    if not definition["scorecard_id"]:
        return ""
    return str(Scorecard.objects.filter(pk=definition["scorecard_id"]).first() or "")


def _section(section: Json, title: str, names: dict[int, str], blind: Blind | None) -> Shown:
    n, gain = len(section["coached"]), luck_of(section)
    lines = [_line(name, section["estimates"][key]) for key, name in ESTIMATES]
    people = [
        (names.get(row["agent_id"], "somebody who left"), group, row)
        for group, rows in (("Coached", section["coached"]), ("Others", section["control"]))
        for row in rows
    ]
    return Shown(
        title=title,
        verdict=verdict_of(section),
        lines=lines,
        people=people,
        left_out=[
            (names.get(row["agent_id"], "somebody who left"), REASONS[row["reason"]])
            for row in section["left_out"]
        ],
        warnings=[WARNINGS[key] for key in section["warnings"]],
        tests=section["tests"],
        plot=_plot(people, gain),
        dots=_dots(lines),
        luck=gain,
        n=n,
        blind=blind,
    )


def _line(name: str, estimate: Json | None) -> Line:
    if estimate is None:
        return Line(name, None)
    return Line(
        name=name,
        value=estimate["value"],
        low=estimate.get("low"),
        high=estimate.get("high"),
        n=estimate.get("n"),
        n_control=estimate.get("n_control"),
        p=estimate.get("holm_p", estimate.get("p")),
    )


def _plot(people: Sequence[tuple[str, str, Json]], luck: float | None) -> charts.Chart:
    """A line for each person, and the means with their intervals; dashed what luck would show."""
    groups = [
        _group(group, tone, [(name, row) for name, kind, row in people if kind == group])
        for group, tone in (("Coached", "accent"), ("Others", "quiet"))
    ]
    target = None
    if luck is not None and groups[0].units:
        target = charts.Target(groups[0].means[0] + luck, f"By luck alone ({charts.signed(luck)})")
    return charts.slopes(
        groups, title="Before and after", label_header="Person", show=charts.percent, target=target
    )


def _group(name: str, tone: str, rows: Sequence[tuple[str, Json]]) -> charts.Group:
    units = [(who, row["before"], row["after"]) for who, row in rows]
    before = _interval([unit[1] for unit in units])
    after = _interval([unit[2] for unit in units])
    return charts.Group(name, units, tone, before, after)


def _interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Of the mean, kept on the axis of percents."""
    if len(values) < 2:
        return None
    found = t_interval(fmean(values), stdev(values), len(values))
    return (max(found[0], 0.0), min(found[1], 100.0)) if found else None


def _dots(lines: Sequence[Line]) -> charts.Chart | None:
    told = [line for line in lines if line.value is not None]
    if not told:
        return None
    return charts.interval_dots(
        [line.name for line in told],
        [line.value for line in told],
        [line.low for line in told],
        [line.high for line in told],
        title="What followed, in points",
        label_header="Estimate",
        value_header="Points",
        show=charts.signed,
        target=charts.Target(0, "No change"),
    )


def facts(report: EffectReport) -> list[tuple[str, Any]]:
    """What was asked, in words, and when it was computed. At most two queries."""
    asked = report.definition
    course = Course.objects.filter(pk=asked["course_id"]).first() if asked["course_id"] else None
    team = Team.objects.filter(pk=asked["team_id"]).first() if asked["team_id"] else None
    told: list[tuple[str, Any]] = [
        ("Treatment", str(course) if course else report.get_treatment_display()),
        ("Period", f"{asked['from_on']} to {asked['to_on']}"),
        ("Compared", f"{asked['before_days']} days before, {asked['after_days']} days after"),
        ("Team", str(team) if team else "all that the author may see"),
    ]
    if asked.get("blind_each"):
        told.append(("Scored again, blind", f"{asked['blind_each']} a side, seed {asked['seed']}"))
    if report.result is not None:
        told += [
            ("Reached", report.result["coached"]),
            ("Computed, data until", f"{report.data_cutoff_at:%Y-%m-%d %H:%M} UTC"),
            ("SHA-256", report.result_sha256),
        ]
    return told


def effect_html(report: EffectReport, *, at: datetime) -> str:
    context = {
        "title": "Effect",
        "subject": report.title,
        "facts": facts(report),
        "as_of": report.data_cutoff_at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "sections": shown(report),
        "most": MOST_ROWS,
    }
    return render_to_string("pdf/effect.html", context)


def effect_pdf(report: EffectReport, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(effect_html(report, at=at), generated_at=at)
