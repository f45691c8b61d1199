"""What the builder shows of a draft: its tree, its weights, what lint says, a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from quality import scoring
from quality.actions.draft_tree import weighted_rows
from quality.lint import Finding
from quality.models import Criterion, Option, ScorecardVersion, Section

HUNDRED = Decimal(100)
Item = ScorecardVersion | Section | Criterion


@dataclass(frozen=True)
class Branch:
    """A section in the tree with its criteria and subsections."""

    section: Section
    criteria: list[Criterion]
    below: list[Branch] = field(default_factory=list)


@dataclass(frozen=True)
class Weight:
    """One part of the weight bar."""

    key: str
    name: str
    weight: Decimal
    is_locked: bool
    item: str


@dataclass(frozen=True)
class Remark:
    """A finding of lint with the item that it leads to."""

    finding: Finding
    item: str


def tree_of(version: ScorecardVersion) -> list[Branch]:
    """The whole draft in the order of reading; two queries."""
    sections = list(version.sections.prefetch_related("criteria"))

    def branch(section: Section) -> Branch:
        below = [branch(row) for row in sections if row.parent_id == section.pk]
        return Branch(section, list(section.criteria.all()), below)

    return [branch(section) for section in sections if section.parent_id is None]


def weights_of(version: ScorecardVersion) -> list[Weight]:
    """What makes 100 in the percent modes; empty in the others."""
    return [
        Weight(
            key=row.key,
            name=str(row),
            weight=row.weight or Decimal(0),
            is_locked=row.key in version.locked_weights,
            item=item_name(row),
        )
        for row in weighted_rows(version)
    ]


def remarks_of(version: ScorecardVersion, findings: list[Finding]) -> list[Remark]:
    """Findings with links into the tree; errors come first, as lint sorts them."""
    items = {row.key: item_name(row) for row in version.sections.all()}
    items |= {row.key: item_name(row) for row in version.criteria.all()}
    owners = Option.objects.filter(criterion__version=version)
    items = {
        **{key: f"criterion-{pk}" for key, pk in owners.values_list("key", "criterion_id")},
        **items,
    }
    return [Remark(finding, items.get(finding.key, "version")) for finding in findings]


def item_name(item: Item) -> str:
    """How the address of the builder names an item: section-12, criterion-34, version."""
    return "version" if isinstance(item, ScorecardVersion) else item.item


def find_item(version: ScorecardVersion, name: str) -> Item | None:
    """The item of this draft that a name stands for; None if there is none."""
    kind, _, pk = name.partition("-")
    if kind == "section" and pk.isdigit():
        return version.sections.filter(pk=int(pk)).first()
    if kind == "criterion" and pk.isdigit():
        return version.criteria.filter(pk=int(pk)).select_related("section").first()
    return version if name in ("", "version", "policy") else None


@dataclass(frozen=True)
class Preview:
    """Test answers scored on the draft; `problem` says why they could not be."""

    score: scoring.Score | None = None
    problem: str = ""


def preview_of(version: ScorecardVersion, answers: Mapping[str, Any]) -> Preview:
    """Score test answers; nothing is stored."""
    document = version.as_document()
    known = {
        criterion["key"]
        for top in document["sections"]
        for section in (top, *top["sections"])
        for criterion in section["criteria"]
    }
    given = {key: answer for key, answer in answers.items() if key in known}
    try:
        return Preview(scoring.score(document, given))
    except scoring.InvalidRequest as error:
        return Preview(problem=str(error))
