"""A version document as lint walks through it: every item with its path and its surroundings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from quality.documents import SCORED_KINDS
from quality.lint.findings import Edit, Finding, Path
from quality.scoring.numbers import BadValue, read_number

ZERO = Fraction(0)
Raw = Mapping[str, object]


def number(value: object) -> Fraction | None:
    """The exact number, None where there is none."""
    try:
        return None if value is None else read_number(value, 6)
    except BadValue:
        return None


def rows(raw: Raw, name: str) -> list[Raw]:
    """The objects of a list field."""
    value = raw.get(name)
    if not isinstance(value, list | tuple):
        return []
    return [row for row in value if isinstance(row, Mapping)]


@dataclass(frozen=True, eq=False)
class Node:
    """An item of the document: the version itself, a section or a criterion."""

    raw: Raw
    path: Path
    parents: tuple["Node", ...] = ()

    @property
    def key(self) -> str:
        return str(self.raw.get("key") or "")

    @property
    def name(self) -> str:
        """How the item is named in a sentence."""
        for field_name in ("text", "title", "name", "key"):
            if self.raw.get(field_name):
                return str(self.raw[field_name])[:80]
        return "this scorecard"

    def number(self, name: str) -> Fraction | None:
        return number(self.raw.get(name))

    def text(self, name: str) -> str | None:
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw.get(name)
        return value if isinstance(value, bool) else default

    def finding(self, code: str, message: str, **changes: object) -> Finding:
        """About this item; `changes` are the fields that would mend it."""
        edits = tuple(Edit((*self.path, name), value) for name, value in changes.items())
        return Finding(code, self.path, self.key, message, edits)

    @cached_property
    def lineage(self) -> tuple["Node", ...]:
        return (*self.parents, self)

    @property
    def is_bonus(self) -> bool:
        return any(node.flag("is_bonus") for node in self.lineage)

    @property
    def is_scored(self) -> bool:
        return all(node.flag("is_scored", default=True) for node in self.lineage)


@dataclass(frozen=True, eq=False)
class CriterionNode(Node):
    @property
    def kind(self) -> str:
        return self.text("kind") or "single"

    @property
    def trigger(self) -> str:
        return self.text("fail_trigger") or "none"

    @property
    def can_count(self) -> bool:
        return self.is_scored and self.kind in SCORED_KINDS

    @property
    def carries_weight(self) -> bool:
        return self.can_count and not self.is_bonus

    @property
    def is_critical(self) -> bool:
        return self.trigger != "none" or self.text("critical_family") is not None

    @cached_property
    def options(self) -> list[Node]:
        return [
            Node(raw, (*self.path, "options", index), self.lineage)
            for index, raw in enumerate(rows(self.raw, "options"))
        ]

    @cached_property
    def best_points(self) -> Fraction:
        """The most that the options that are no bonus can give."""
        points = [o.number("points") or ZERO for o in self.options if not o.flag("is_bonus")]
        if self.kind == "multi":
            return sum((value for value in points if value > 0), ZERO)
        return max([ZERO, *points])


@dataclass(frozen=True, eq=False)
class SectionNode(Node):
    criteria: list[CriterionNode] = field(default_factory=list)
    sections: list["SectionNode"] = field(default_factory=list)


class Tree:
    """The whole document, with its sections and criteria in the order of reading."""

    def __init__(self, document: Raw) -> None:
        self.version = Node(document, ())
        self.tops = list(self._sections(self.version, ()))
        self.sections = [part for top in self.tops for part in (top, *top.sections)]
        self.criteria = [criterion for section in self.sections for criterion in section.criteria]

    def _sections(self, holder: Node, parents: tuple[Node, ...]) -> Iterator[SectionNode]:
        for index, raw in enumerate(rows(holder.raw, "sections")):
            node = SectionNode(raw, (*holder.path, "sections", index), parents)
            for place, row in enumerate(rows(raw, "criteria")):
                path = (*node.path, "criteria", place)
                node.criteria.append(CriterionNode(row, path, (*parents, node)))
            if not parents:
                node.sections.extend(self._sections(node, (node,)))
            yield node

    @property
    def mode(self) -> str:
        return self.version.text("weight_mode") or ""

    @property
    def weighted(self) -> list[Node]:
        """The items whose weights make up the whole: sections in two modes, else criteria."""
        if self.mode == "points":
            return []
        if self.mode in ("section_percent", "scaled_points"):
            return [top for top in self.tops if top.is_scored and not top.is_bonus]
        return [criterion for criterion in self.criteria if criterion.carries_weight]

    @property
    def items(self) -> list[Node]:
        """Version, sections and criteria."""
        return [self.version, *self.sections, *self.criteria]
