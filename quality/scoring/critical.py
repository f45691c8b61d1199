"""Critical effects: which triggers fired, and what they take along."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from quality.scoring.card import Card, Section
from quality.scoring.judging import SCORED, Line

VOID = "evaluation"  # The scope that sets the whole score to 0.
FAILING = ("evaluation", "outcome")  # The scopes that fail the evaluation outright.


@dataclass(frozen=True, slots=True)
class Fired:
    """One critical effect; `source` is criterion or section, `empties` the section it zeroes."""

    source: str
    key: str
    scope: str
    family: str | None
    empties: str | None

    def as_dict(self) -> dict[str, str | None]:
        return {
            "source": self.source,
            "key": self.key,
            "scope": self.scope,
            "family": self.family,
        }


def fired_effects(
    card: Card, lines: list[Line], section_percents: Mapping[str, Fraction | None]
) -> tuple[Fired, ...]:
    """Those of criteria first, then those of sections, each in the order of reading."""
    return (*fired_by_criteria(lines), *fired_by_sections(card, section_percents))


def fired_by_criteria(lines: list[Line]) -> list[Fired]:
    """An excused answer fires nothing, for its state is no longer scored."""
    return [
        Fired(
            source="criterion",
            key=line.item.key,
            scope=scope,
            family=line.item.criterion.critical_family,
            empties=emptied(scope, line.item.top, line.item.home),
        )
        for line in lines
        if line.state == SCORED and line.worth
        for scope in line.worth.scopes
    ]


def fired_by_sections(card: Card, percents: Mapping[str, Fraction | None]) -> list[Fired]:
    """A section fires when its exact percentage before critical effects is below its limit."""
    fired = []
    for top in card.sections:
        for section in (top, *top.sections):
            limit, scope = section.fail_below_percent, section.fail_scope
            percent = percents[section.key]
            if limit is not None and scope and percent is not None and percent < limit:
                empties = emptied(scope, top, section)
                fired.append(Fired("section", section.key, scope, None, empties))
    return fired


def emptied(scope: str, top: Section, home: Section) -> str | None:
    """The section whose contributions become 0."""
    return {"section": top.key, "subsection": home.key}.get(scope)


def zeroed_criteria(fired: tuple[Fired, ...], lines: list[Line]) -> frozenset[str]:
    """Criteria, bonus ones too, in any section that an effect empties."""
    empty = {effect.empties for effect in fired if effect.empties}
    if not empty:
        return frozenset()
    return frozenset(
        line.item.key for line in lines if any(part.key in empty for part in line.item.path)
    )
