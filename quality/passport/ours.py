"""Walks a document of ours for export: every item with its path, its numbers exact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quality.documents import POLICY_SWITCHES, SCORED_KINDS
from quality.passport.loss import HIGH, LOW, MEDIUM, LossReport
from quality.scoring.numbers import read_number
from quality.scoring.reading import best_points

ZERO = Fraction(0)

# What a version does when nobody changed a switch; another value is worth a row when it is left.
DEFAULTS: dict[str, object] = {
    "approval_percent": "0",
    "release_mode": "on_submit",
    "release_delay_hours": 0,
    "weights_hidden": False,
    "evaluator_hidden": False,
    "self_assessment": "off",
    "acknowledge_hours": None,
    "dispute_window_hours": 168,
    "dispute_rounds": 2,
    "dispute_deciders": [],
    "dispute_may_lower": False,
}


@dataclass(frozen=True)
class Place:
    """A section or a criterion of ours and the path to it."""

    raw: Mapping[str, Any]
    path: str

    def get(self, name: str, default: Any = None) -> Any:
        value = self.raw.get(name)
        return default if value is None else value

    def number(self, name: str) -> Fraction | None:
        value = self.raw.get(name)
        return None if value in (None, "none") else read_number(value, 20)

    def below(self, name: str) -> list["Place"]:
        rows = self.raw.get(name) or []
        prefix = f"{self.path}.{name}" if self.path else name
        return [Place(row, f"{prefix}[{index}]") for index, row in enumerate(rows)]

    @property
    def kind(self) -> str:
        return str(self.get("kind", "single"))

    @property
    def points(self) -> list[Fraction]:
        """Points of the options that are no bonus."""
        rows = [option for option in self.below("options") if not option.get("is_bonus")]
        return [option.number("points") or ZERO for option in rows]

    @property
    def possible(self) -> Fraction:
        """What a criterion gives at most; 0 where it gives nothing."""
        if self.kind not in SCORED_KINDS:
            return ZERO
        given = self.number("max_points")
        return best_points(self.kind, self.points) if given is None else given


def criteria_of(version: Place) -> Iterator[tuple[Place, Place, Place]]:
    """Each criterion with the section that holds it and the top section above."""
    for top in version.below("sections"):
        for section in (top, *top.below("sections")):
            for criterion in section.below("criteria"):
                yield criterion, section, top


def json_number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


# --- What no other house knows -------------------------------------------------------------------


def leave_policy(version: Place, losses: LossReport, kept: frozenset[str]) -> None:
    """Rows for switches that are not at their default and do not go along."""
    for name in POLICY_SWITCHES:
        value = version.raw.get(name, DEFAULTS[name])
        if name not in kept and value not in (DEFAULTS[name], None):
            losses.add(name, "policy", MEDIUM, lost=f"{name} {value}")


def leave_scoring(version: Place, losses: LossReport) -> None:
    """Rows for switches of scoring that both other houses lack."""
    if version.get("na_policy", "proportional") != "proportional":
        lost = f"what does not apply counts as {version.raw['na_policy']}"
        losses.add("na_policy", "na_policy", HIGH, lost=lost, kept="it drops out in proportion")
    if version.number("pass_percent") is not None:
        lost = f"the pass mark {version.raw['pass_percent']}"
        losses.add("pass_percent", "pass_percent", MEDIUM, lost=lost)
    cap = version.raw.get("cap_percent", "100")
    if cap in (None, "none") or read_number(cap, 20) != 100:
        losses.add("cap_percent", "cap", HIGH, lost=f"the highest score {cap}", kept="100")


def leave_criterion(criterion: Place, losses: LossReport) -> None:
    """Rows for rules of one criterion that both other houses lack."""
    for name, default in (("evidence_rule", "none"), ("is_required", True)):
        if criterion.get(name, default) != default and criterion.kind != "label":
            losses.add(f"{criterion.path}.{name}", name, MEDIUM, lost=str(criterion.raw[name]))
    for name in ("texts", "bands"):
        if criterion.raw.get(name):
            losses.add(f"{criterion.path}.{name}", name, LOW, lost=_WORDS[name])
    if any(option.raw.get("root_causes") for option in criterion.below("options")):
        losses.add(f"{criterion.path}.options", "root_causes", LOW, lost="root causes of failures")


def leave_section(section: Place, losses: LossReport) -> None:
    if section.raw.get("fail_scope"):
        lost = f"fails below {section.raw['fail_below_percent']} %"
        losses.add(f"{section.path}.fail_scope", "section_trigger", HIGH, lost=lost)
    for name in ("texts", "bands"):
        if section.raw.get(name):
            losses.add(f"{section.path}.{name}", name, LOW, lost=_WORDS[name])


_WORDS = {"texts": "translations", "bands": "its own bands"}
