"""The eleven steps of a receipt in words, for page and PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from quality.content import Content
from quality.models.evaluations import Outcome
from quality.questions import FAULT_WORDS

TITLES = {
    "visible": _("Which criteria are shown"),
    "not_applicable": _("What does not apply"),
    "excused": _("What is not the agent's fault"),
    "points": _("Points earned of points possible"),
    "weights": _("Weight of each criterion in percent"),
    "sum": _("Weighted sum"),
    "bonus": _("Bonus"),
    "critical": _("Critical errors"),
    "limits": _("Floor and cap"),
    "rounding": _("Rounding, once"),
    "outcome": _("Outcome"),
}
POLICIES = {
    "proportional": _("What does not apply drops out; the rest keeps its proportions."),
    "equal": _("Its weight is shared in equal parts among the rest."),
    "fixed": _("It counts as the fixed percentage of the version."),
}
SCOPES = {
    "evaluation": _("the whole evaluation scores 0"),
    "section": _("its section scores 0"),
    "subsection": _("its subsection scores 0"),
    "outcome": _("the evaluation fails, the score stays"),
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
    return Row(number, str(TITLES.get(rule, rule)), sentence, level, lines)


Written = tuple[str, str, list[tuple[str, str]]]


def _visible(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    hidden = [(names.get(key, key), gettext("hidden by its condition")) for key in step["hidden"]]
    return ("" if hidden else gettext("All of them."), "", hidden)


def _not_applicable(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    lines = [(names.get(key, key), gettext("not applicable")) for key in step["criteria"]]
    if not lines:
        return (gettext("Nothing was set to not applicable."), "", [])
    return (str(POLICIES[step["policy"]]), "", lines)


def _excused(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    fault = gettext("fault of the {owner}")
    lines = [
        (names.get(key, key), fault.format(owner=FAULT_WORDS.get(who, who)))
        for key, who in step["criteria"].items()
    ]
    return ("" if lines else gettext("Nothing was excused."), "", lines)


def _points(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    told = gettext("{earned} of {possible}")
    lines = [
        (names.get(key, key), told.format(earned=earned, possible=possible))
        for key, (earned, possible) in step["criteria"].items()
    ]
    return ("", "", lines)


def _weights(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    return ("", "", [(names.get(key, key), str(w)) for key, w in step["criteria"].items()])


def _sum(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    return ("", _level(step["percent"]), [])


def _bonus(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    added = step["added"]
    if added in (None, "0"):
        return (gettext("No bonus."), "", [])
    return (gettext("{points} points are added.").format(points=added), "", [])


def _critical(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    lines = [
        (names.get(fired["key"], fired["key"]), str(SCOPES[fired["scope"]]))
        for fired in step["fired"]
    ]
    return ("" if lines else gettext("None fired."), _level(step["percent"]), lines)


def _limits(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    told = gettext("At least {floor}, at most {cap}.")
    if step["cap"] == "none":
        told = gettext("At least {floor}, no cap.")
    return (told.format(floor=step["floor"], cap=step["cap"]), _level(step["percent"]), [])


def _rounding(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    places = step["decimals"]
    told = ngettext(
        "Half away from zero, to {places} decimal.",
        "Half away from zero, to {places} decimals.",
        places,
    )
    return (told.format(places=places), _level(step["percent"]), [])


def _outcome(step: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    mark = step["pass_percent"]
    rule = gettext("This version has no pass mark.")
    if mark is not None:
        rule = gettext("The pass mark is {percent} %.").format(percent=mark)
    level = str(Outcome(step["outcome"]).label)
    if step["band"]:
        told = gettext("{outcome}, band {band}")
        level = told.format(outcome=level, band=step["band"])
    return (rule, level, [])


def _level(percent: str | None) -> str:
    return gettext("nothing applied") if percent is None else f"{percent} %"


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
