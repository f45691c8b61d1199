"""Places in a draft's tree: siblings, moves, free keys, and putting removed items back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Max

from quality import balance, documents
from quality.actions.documents import (
    SECTION_FIELDS,
    chosen,
    criterion_row,
    option_row,
    write_criteria,
    write_options,
)
from quality.models import Criterion, Option, ScorecardVersion, Section
from quality.refusals import Refused

Item = Section | Criterion | Option
Step = Literal["up", "down", "out", "in"]


class TooDeep(Refused):
    status = 422

    def __init__(self) -> None:
        super().__init__("A subsection cannot hold sections of its own.")


def next_position(siblings: Any) -> int:
    highest = siblings.aggregate(last=Max("position"))["last"]
    return 0 if highest is None else highest + 1


def free_key(stem: str, taken: Iterable[str]) -> str:
    used = set(taken)
    return next(f"{stem}-{n}" for n in range(1, len(used) + 2) if f"{stem}-{n}" not in used)


def weighted_rows(draft: ScorecardVersion) -> list[Any]:
    """The rows whose weights make 100: criteria or top sections, bonus and unscored left out."""
    counted: dict[str, Any] = {"is_bonus": False, "is_scored": True}
    if draft.weight_mode == "section_percent":
        return list(draft.sections.filter(parent=None, **counted))
    if draft.weight_mode == "criterion_percent":
        in_bonus = {"section__is_bonus": True}
        rows = draft.criteria.filter(kind__in=documents.SCORED_KINDS, **counted)
        return list(rows.exclude(**in_bonus).order_by("section__position", "position"))
    return []


def write_weights(rows: list[Any], key: str, weight: Decimal, locked: list[str]) -> None:
    weights = {row.key: row.weight or Decimal(0) for row in rows}
    for row in rows:
        row.weight = balance.spread(weights, key, weight, locked)[row.key]
    type(rows[0]).objects.bulk_update(rows, ["weight"])


def was_published(item: Item, draft: ScorecardVersion) -> bool:
    others: dict[str, Any] = {"key": item.key}
    if isinstance(item, Option):
        others["criterion__key"] = item.criterion.key
        rows = Option.objects.filter(criterion__version__scorecard=draft.scorecard, **others)
        return rows.exclude(criterion__version=draft).exists()
    return (
        type(item)
        .objects.filter(version__scorecard=draft.scorecard, **others)
        .exclude(version=draft)
        .exists()
    )


def siblings_of(item: Item) -> list[Any]:
    if isinstance(item, Section):
        return list(item.version.sections.filter(parent=item.parent_id))
    if isinstance(item, Criterion):
        return list(item.section.criteria.all())
    return list(item.criterion.options.all())


def swap(item: Item, by: int) -> None:
    rows = siblings_of(item)
    here = next(n for n, row in enumerate(rows) if row.pk == item.pk)
    there = here + by
    if not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    renumber(rows)


def renumber(rows: list[Any]) -> None:
    for position, row in enumerate(rows):
        row.position = position
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["position"])


def renest_section(section: Section, step: Step) -> None:
    """`in`: below the section before it; `out`: beside its parent."""
    if step == "out" and section.parent:
        tops = list(section.version.sections.filter(parent=None))
        parent, section.parent = section.parent, None
        tops.insert([row.pk for row in tops].index(parent.pk) + 1, section)
        section.save(update_fields=["parent", "updated_at"])
        renumber(tops)
    elif step == "in" and section.parent_id is None:
        if section.subsections.exists():
            raise TooDeep
        rows = siblings_of(section)
        here = [row.pk for row in rows].index(section.pk)
        if here > 0:
            section.parent = rows[here - 1]
            section.position = next_position(section.parent.subsections.all())
            section.save(update_fields=["parent", "position", "updated_at"])


def rehome_criterion(criterion: Criterion, step: Step, draft: ScorecardVersion) -> None:
    """`out`: to the end of the section before; `in`: to the start of the section after."""
    homes = _sections_in_reading_order(draft)
    here = [section.pk for section in homes].index(criterion.section_id)
    there = here + (-1 if step == "out" else 1)
    if not 0 <= there < len(homes):
        return
    rows = list(homes[there].criteria.all())
    rows.insert(len(rows) if step == "out" else 0, criterion)
    criterion.section = homes[there]
    criterion.save(update_fields=["section", "updated_at"])
    renumber(rows)


def _sections_in_reading_order(draft: ScorecardVersion) -> list[Section]:
    rows = list(draft.sections.all())
    return [
        section
        for top in rows
        if top.parent_id is None
        for section in (top, *(row for row in rows if row.parent_id == top.pk))
    ]


def removed_document(item: Item) -> dict[str, Any]:
    place: dict[str, Any] = {"what": item._meta.model_name, "position": item.position}
    if isinstance(item, Section):
        place["parent"] = item.parent.key if item.parent else None
        return place | {"document": item.as_document(list(item.subsections.all()))}
    if isinstance(item, Criterion):
        return place | {"section": item.section.key, "document": item.as_document()}
    return place | {"criterion": item.criterion.key, "document": item.as_document()}


def _restore_section(draft: ScorecardVersion, removed: Mapping[str, Any]) -> None:
    parent = draft.sections.get(key=removed["parent"]) if removed.get("parent") else None
    top = _section_row(draft, parent, removed["document"])
    homes = [(top, removed["document"])]
    for below in removed["document"].get("sections") or []:
        homes.append((_section_row(draft, top, below), below))
    write_criteria(draft, homes)
    _put_at(list(draft.sections.filter(parent=parent)), top, int(removed["position"]))


def _section_row(
    draft: ScorecardVersion, parent: Section | None, document: Mapping[str, Any]
) -> Section:
    section = Section(version=draft, parent=parent, **chosen(document, SECTION_FIELDS))
    section.full_clean(exclude=["version", "parent"])
    section.save()
    return section


def _restore_criterion(draft: ScorecardVersion, removed: Mapping[str, Any]) -> None:
    section = draft.sections.get(key=removed["section"])
    document = removed["document"]
    criterion = criterion_row(draft, section, 0, document, {})
    criterion.full_clean(exclude=["version", "section"])
    criterion.save()
    write_options([(criterion, document)])
    _put_at(list(section.criteria.all()), criterion, int(removed["position"]))


def _restore_option(draft: ScorecardVersion, removed: Mapping[str, Any]) -> None:
    criterion = draft.criteria.get(key=removed["criterion"])
    option = option_row(criterion, 0, removed["document"])
    option.full_clean(exclude=["criterion"])
    option.save()
    _put_at(list(criterion.options.all()), option, int(removed["position"]))


def _put_at(rows: list[Any], row: Any, position: int) -> None:
    others = [other for other in rows if other.pk != row.pk]
    others.insert(max(0, min(position, len(others))), row)
    renumber(others)


RESTORERS = {
    "section": _restore_section,
    "criterion": _restore_criterion,
    "option": _restore_option,
}
