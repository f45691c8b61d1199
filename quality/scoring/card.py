"""A scorecard version made ready for scoring: checked, exact, every default filled in."""

import json
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from quality.documents import POINT_MODES, SCORED_KINDS
from quality.scoring.conditions import Condition, Group, Test
from quality.scoring.numbers import plain

ZERO = Fraction(0)


@dataclass(frozen=True)
class Band:
    label: str
    from_percent: Fraction

    @cached_property
    def start(self) -> Decimal:
        """As a Decimal, to be compared with rounded figures."""
        return Decimal(plain(self.from_percent))


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to pick, or one range of a number criterion; an open end is None."""

    key: str
    points: Fraction
    is_fail: bool = False
    is_bonus: bool = False
    critical_scope: str | None = None
    range_from: Fraction | None = None
    range_to: Fraction | None = None

    def covers(self, value: Fraction) -> bool:
        above = self.range_from is None or value >= self.range_from
        return above and (self.range_to is None or value <= self.range_to)


@dataclass(frozen=True, slots=True)
class Criterion:
    """`max_points` is None only where nothing can be earned: text, date, label."""

    key: str
    kind: str = "single"
    weight: Fraction | None = None
    max_points: Fraction | None = None
    is_scored: bool = True
    is_bonus: bool = False
    critical_family: str | None = None
    fail_trigger: str = "none"
    fail_scope: str | None = None
    fail_below_percent: Fraction | None = None
    step: Fraction = Fraction(1)
    condition: Condition | None = None
    options: tuple[Option, ...] = ()
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Its own criteria come before those of its subsections."""

    key: str
    weight: Fraction | None = None
    is_scored: bool = True
    is_bonus: bool = False
    fail_below_percent: Fraction | None = None
    fail_scope: str | None = None
    condition: Condition | None = None
    bands: tuple[Band, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    sections: tuple["Section", ...] = ()


@dataclass(frozen=True)
class Item:
    """A criterion at its place in the scorecard: `home` holds it, `top` is the section above."""

    criterion: Criterion
    home: Section
    top: Section

    @cached_property
    def key(self) -> str:
        return self.criterion.key

    @cached_property
    def path(self) -> tuple[Section, ...]:
        return (self.top,) if self.home is self.top else (self.top, self.home)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        every = [*(section.condition for section in self.path), self.criterion.condition]
        return tuple(condition for condition in every if condition is not None)

    @cached_property
    def can_count(self) -> bool:
        """Whether answers may count at all; is_scored off at any level says no."""
        is_on = self.criterion.is_scored and all(section.is_scored for section in self.path)
        return is_on and self.criterion.kind in SCORED_KINDS

    @cached_property
    def bonus_section(self) -> Section | None:
        return next((section for section in self.path if section.is_bonus), None)

    @cached_property
    def is_bonus(self) -> bool:
        return self.criterion.is_bonus or self.bonus_section is not None

    @cached_property
    def options(self) -> dict[str, Option]:
        return {option.key: option for option in self.criterion.options}

    @cached_property
    def possible(self) -> Fraction:
        return self.criterion.max_points or ZERO

    @cached_property
    def lowest(self) -> Fraction:
        """Fewest points among the options that are no bonus."""
        return min((o.points for o in self.criterion.options if not o.is_bonus), default=ZERO)

    @cached_property
    def highest(self) -> Fraction:
        """Most points among the options that are no bonus."""
        return max((o.points for o in self.criterion.options if not o.is_bonus), default=ZERO)


@dataclass(frozen=True)
class Card:
    """A compiled version. Make one with `compile_version`; it may be kept and shared."""

    weight_mode: str
    na_policy: str = "proportional"
    na_fixed_percent: Fraction | None = None
    pass_percent: Fraction | None = None
    cap_percent: Fraction | None = Fraction(100)
    decimals: int = 2
    bands: tuple[Band, ...] = ()
    sections: tuple[Section, ...] = ()

    @cached_property
    def counts_points(self) -> bool:
        return self.weight_mode in POINT_MODES

    @cached_property
    def pass_mark(self) -> Decimal | None:
        """As a Decimal, to be compared with rounded figures."""
        return None if self.pass_percent is None else Decimal(plain(self.pass_percent))

    @cached_property
    def every_section(self) -> tuple[Section, ...]:
        """Top-level sections and subsections, in the order of reading."""
        return tuple(part for top in self.sections for part in (top, *top.sections))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every criterion, in the order of reading."""
        return tuple(
            Item(criterion, home, top)
            for top in self.sections
            for home in (top, *top.sections)
            for criterion in home.criteria
        )

    @cached_property
    def by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}

    @cached_property
    def section_by_key(self) -> dict[str, Section]:
        return {section.key: section for section in self.every_section}

    @cached_property
    def facts_named(self) -> frozenset[str]:
        """The facts that any condition asks about."""
        conditions = [
            *(section.condition for section in self.every_section),
            *(item.criterion.condition for item in self.items),
        ]
        return frozenset(
            test.name
            for condition in conditions
            if condition is not None
            for test in leaves(condition)
            if test.subject == "fact"
        )

    @cached_property
    def canonical_text(self) -> str:
        """What of the version enters the hash of a score's input."""
        return canonical(card_data(self))

    def multiplier(self, item: Item) -> Fraction:
        """What one point of the criterion is worth in the points modes."""
        if self.weight_mode == "points":
            return Fraction(1)
        return item.top.weight or ZERO


def canonical(data: object) -> str:
    """The one text of plain data: keys sorted, no spaces, characters as they are."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def leaves(condition: Condition) -> list[Test]:
    if isinstance(condition, Group):
        return [leaf for part in condition.parts for leaf in leaves(part)]
    return [condition]


Part = Card | Section | Criterion | Option | Band


def card_data(part: Part) -> dict[str, object]:
    """The part in canonical form: fields in use only, every number as plain text."""
    data: dict[str, object] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name == "cap_percent" and value is None:
            data["cap_percent"] = "none"
        elif value is not None and value != () and value != field.default:
            data[field.name] = field_data(value)
    return data


def field_data(value: object) -> object:
    if isinstance(value, Fraction):
        return plain(value)
    if isinstance(value, Test | Group):
        return value.as_data()
    if isinstance(value, tuple):
        return [card_data(part) for part in value]
    return value
