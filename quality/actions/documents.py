"""Write a version's content from plain data: new drafts, sample scorecards, imported forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quality.models import AnswerSet, Criterion, Option, ScorecardVersion, Section

SWITCHES = (
    *("language", "weight_mode", "na_policy", "na_fixed_percent", "pass_percent", "cap_percent"),
    *("decimals", "bands", "approval_percent", "release_mode", "release_delay_hours"),
    *("weights_hidden", "evaluator_hidden", "self_assessment", "acknowledge_hours"),
    *("dispute_window_hours", "dispute_rounds", "dispute_deciders", "dispute_may_lower"),
)
SECTION_FIELDS = (
    *("key", "title", "instructions", "weight", "is_scored", "is_bonus", "allow_na"),
    *("fail_below_percent", "fail_scope", "bands", "condition", "texts"),
)
CRITERION_FIELDS = (
    *("key", "kind", "text", "help", "weight", "max_points", "step", "is_scored", "is_bonus"),
    *("allow_na", "is_required", "comment_rule", "evidence_rule", "default_rule"),
    *("default_option", "critical_family", "fail_trigger", "fail_scope", "fail_below_percent"),
    *("condition", "tags", "bands", "texts"),
)
OPTION_FIELDS = (
    *("key", "label", "points", "range_from", "range_to", "is_fail", "is_bonus"),
    *("critical_scope", "tone", "root_causes", "texts"),
)
NUMBERS = frozenset(
    {"na_fixed_percent", "pass_percent", "cap_percent", "approval_percent", "weight", "max_points"}
    | {"step", "fail_below_percent", "points", "range_from", "range_to"}
)


def set_switches(version: ScorecardVersion, document: Mapping[str, Any]) -> None:
    """Copy every switch that the document names; the caller saves the version."""
    for name, value in chosen(document, SWITCHES).items():
        setattr(version, name, value)


def write_tree(version: ScorecardVersion, document: Mapping[str, Any]) -> None:
    """Write sections, criteria and options below a draft that has none. About five queries."""
    tops = [
        Section(version=version, position=position, **chosen(section, SECTION_FIELDS))
        for position, section in enumerate(document["sections"])
    ]
    Section.objects.bulk_create(tops)
    homes = list(zip(tops, document["sections"], strict=True))
    below = [
        (Section(version=version, parent=top, position=n, **chosen(sub, SECTION_FIELDS)), sub)
        for top, section in homes
        for n, sub in enumerate(section.get("sections") or [])
    ]
    Section.objects.bulk_create([row for row, _sub in below])
    write_criteria(version, [*homes, *below])


def write_criteria(
    version: ScorecardVersion, homes: list[tuple[Section, Mapping[str, Any]]]
) -> None:
    sets = {row.name: row for row in AnswerSet.objects.filter(name__in=_set_names(homes))}
    rows = [
        (criterion_row(version, section, position, criterion, sets), criterion)
        for section, document in homes
        for position, criterion in enumerate(document.get("criteria") or [])
    ]
    Criterion.objects.bulk_create([row for row, _criterion in rows])
    write_options(rows)


def write_options(rows: list[tuple[Criterion, Mapping[str, Any]]]) -> None:
    Option.objects.bulk_create(
        option_row(row, position, option)
        for row, criterion in rows
        for position, option in enumerate(criterion.get("options") or [])
    )


def criterion_row(
    version: ScorecardVersion,
    section: Section,
    position: int,
    criterion: Mapping[str, Any],
    sets: Mapping[str, AnswerSet],
) -> Criterion:
    return Criterion(
        version=version,
        section=section,
        position=position,
        answer_set=sets.get(criterion.get("answer_set") or ""),
        **chosen(criterion, CRITERION_FIELDS),
    )


def option_row(criterion: Criterion, position: int, option: Mapping[str, Any]) -> Option:
    row = Option(criterion=criterion, position=position, **chosen(option, OPTION_FIELDS))
    row.label = row.label or row.key
    row.is_fail = row.is_fail or row.critical_scope is not None
    return row


def chosen(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The named fields that the document has; numbers as Decimals, "none" and "" as null."""
    return {name: _value(name, document[name]) for name in names if name in document}


def _value(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return None if value in (None, "", "none") else Decimal(str(value))
    return value


def _set_names(homes: list[tuple[Section, Mapping[str, Any]]]) -> set[str]:
    return {
        criterion["answer_set"]
        for _section, document in homes
        for criterion in document.get("criteria") or []
        if criterion.get("answer_set")
    }
