"""The eleven steps of a receipt in words, for page and PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quality.content import Content

TITLES = {
    "visible": "Which criteria are shown",
    "not_applicable": "What does not apply",
    "excused": "What is not the agent's fault",
    "points": "Points earned of points possible",
    "weights": "Weight of each criterion in percent",
    "sum": "Weighted sum",
    "bonus": "Bonus",
    "critical": "Critical errors",
    "limits": "Floor and cap",
    "rounding": "Rounding, once",
    "outcome": "Outcome",
}
POLICIES = {
    "proportional": "What does not apply drops out; the rest keeps its proportions.",
    "equal": "Its weight is shared in equal parts among the rest.",
    "fixed": "It counts as the fixed percentage of the version.",
}
OUTCOMES = {
    "passed": "Passed",
    "failed": "Failed",
    "no_pass_mark": "No pass mark",
    "not_scored": "Not scored",
}
SCOPES = {
    "evaluation": "the whole evaluation scores 0",
    "section": "its section scores 0",
    "subsection": "its subsection scores 0",
    "outcome": "the evaluation fails, the score stays",
}


@dataclass(frozen=True)
class Row:
    """One step: what it does, the figures it works on, and the exact level it reaches."""

    number: int
    title: str
    sentence: str = ""
    level: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)


def receipt_rows(steps: Sequence[Mapping[str, Any]], content: Content) -> list[Row]:
    """Every step of a stored receipt, with the wording of its criteria."""
    names = {key: str(criterion["text"]) for key, criterion in content.criteria.items()}
    names |= {key: str(section["title"]) for key, section in content.sections.items()}
    return [_row(number, step, names) for number, step in enumerate(steps, start=1)]


def _row(number: int, step: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    rule = str(step["rule"])
    sentence, level, lines = _WRITERS[rule](step, names)
    return Row(number, TITLES.get(rule, rule), sentence, level, lines)


Written = tuple[str, str, list[tuple[str, str]]]


def _visible(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    hidden = [(names.get(key, key), "hidden by its condition") for key in step["hidden"]]
    return ("" if hidden else "All of them.", "", hidden)


def _not_applicable(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    lines = [(names.get(key, key), "not applicable") for key in step["criteria"]]
    return (POLICIES[step["policy"]] if lines else "Nothing was set to not applicable.", "", lines)


def _excused(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    lines = [(names.get(key, key), f"fault of the {who}") for key, who in step["criteria"].items()]
    return ("" if lines else "Nothing was excused.", "", lines)


def _points(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    pairs = step["criteria"].items()
    return ("", "", [(names.get(key, key), f"{e} of {p}") for key, (e, p) in pairs])


def _weights(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    return ("", "", [(names.get(key, key), str(w)) for key, w in step["criteria"].items()])


def _sum(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    return ("", _level(step["percent"]), [])


def _bonus(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    added = step["added"]
    return ("No bonus." if added in (None, "0") else f"{added} points are added.", "", [])


def _critical(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    lines = [
        (names.get(fired["key"], fired["key"]), SCOPES[fired["scope"]]) for fired in step["fired"]
    ]
    return ("" if lines else "None fired.", _level(step["percent"]), lines)


def _limits(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    cap = "no cap" if step["cap"] == "none" else f"at most {step['cap']}"
    return (f"At least {step['floor']}, {cap}.", _level(step["percent"]), [])


def _rounding(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    places = "1 decimal" if step["decimals"] == 1 else f"{step['decimals']} decimals"
    return (f"Half away from zero, to {places}.", _level(step["percent"]), [])


def _outcome(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    mark = step["pass_percent"]
    rule = "This version has no pass mark." if mark is None else f"The pass mark is {mark} %."
    band = f", band {step['band']}" if step["band"] else ""
    return (rule, f"{OUTCOMES[step['outcome']]}{band}", [])


def _level(percent: str | None) -> str:
    return "nothing applied" if percent is None else f"{percent} %"


_WRITERS = {
    "visible": _visible,
    "not_applicable": _not_applicable,
    "excused": _excused,
    "points": _points,
    "weights": _weights,
    "sum": _sum,
    "bonus": _bonus,
    "critical": _critical,
    "limits": _limits,
    "rounding": _rounding,
    "outcome": _outcome,
}
