"""The figures of a score, rounded once, and the shape in which they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from quality.scoring.critical import Fired
from quality.scoring.numbers import plain_decimal


@dataclass(frozen=True, slots=True)
class CriterionFigures:
    """Points with up to 4 decimals, `percent` with those of the version, weights with 4.

    Points and percent are None unless the state is scored, imputed or excused; the weight is None
    where the criterion carries none of the 100 percent, as a bonus.
    """

    state: str
    earned: Decimal | None = None
    possible: Decimal | None = None
    percent: Decimal | None = None
    weight_percent: Decimal | None = None
    contribution_percent: Decimal | None = None
    is_failed: bool = False
    fault_owner: str | None = None
    band: str | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            "state": self.state,
            "earned": short(self.earned),
            "possible": short(self.possible),
            "percent": full(self.percent),
            "weight_percent": full(self.weight_percent),
            "contribution_percent": full(self.contribution_percent),
            "failed": self.is_failed,
            "fault_owner": self.fault_owner,
            "band": self.band,
        }


@dataclass(frozen=True, slots=True)
class SectionFigures:
    """`raw_percent` before critical effects, `percent` after them; None: nothing applied."""

    raw_percent: Decimal | None
    percent: Decimal | None
    band: str | None

    def as_dict(self) -> dict[str, object]:
        return {
            "raw_percent": full(self.raw_percent),
            "percent": full(self.percent),
            "band": self.band,
        }


@dataclass(slots=True)
class Figures:
    """All figures of one evaluation; percentages are None where nothing applied.

    `interaction_percent` is the score with nobody excused; `earned_points` holds bonus points,
    `possible_points` does not. `missing` lists shown criteria without an answer.
    """

    score_percent: Decimal | None
    raw_percent: Decimal | None
    interaction_percent: Decimal | None
    critical_percent: Decimal | None
    noncritical_percent: Decimal | None
    earned_points: Decimal
    possible_points: Decimal
    outcome: str
    band: str | None
    missing: tuple[str, ...]
    critical_fired: tuple[Fired, ...]
    sections: Mapping[str, SectionFigures]
    criteria: Mapping[str, CriterionFigures]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def result(self) -> dict[str, object]:
        """The figures as plain data, in the order in which they are answered."""
        return {
            "score_percent": full(self.score_percent),
            "raw_percent": full(self.raw_percent),
            "interaction_percent": full(self.interaction_percent),
            "critical_percent": full(self.critical_percent),
            "noncritical_percent": full(self.noncritical_percent),
            "earned_points": short(self.earned_points),
            "possible_points": short(self.possible_points),
            "outcome": self.outcome,
            "band": self.band,
            "complete": self.is_complete,
            "missing": list(self.missing),
            "critical_fired": [effect.as_dict() for effect in self.critical_fired],
            "sections": {key: figures.as_dict() for key, figures in self.sections.items()},
            "criteria": {key: figures.as_dict() for key, figures in self.criteria.items()},
        }


def full(figure: Decimal | None) -> str | None:
    """With all its decimals: 60.00."""
    return None if figure is None else str(figure)


def short(figure: Decimal | None) -> str | None:
    """Without needless zeros: 8, 2.5."""
    return None if figure is None else plain_decimal(figure)
