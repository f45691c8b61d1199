"""Writes a document of ours as an evaluation form of Amazon Connect."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from quality.passport.connect_conditions import NotKept, write_enablement
from quality.passport.connect_import import DECIMALS, KINDS, MODES, PROPERTIES
from quality.passport.loss import HIGH, LOW, MEDIUM, Exported, LossReport
from quality.passport.ours import (
    ZERO,
    Place,
    criteria_of,
    json_number,
    leave_criterion,
    leave_policy,
    leave_scoring,
    leave_section,
)

MODE_OF = {ours: theirs for theirs, ours in MODES.items()} | {
    "scaled_points": "POINTS_BASED",
    "category": "QUESTION_ONLY",
}
TYPE_OF = {ours: theirs for theirs, ours in KINDS.items()}
TEN = Fraction(10)
MOST = 100
LONGEST_TITLE = 128


def write(document: Mapping[str, Any]) -> Exported:
    """Their form, and what does not go along. The document must be one that can be scored."""
    writer = _Writer(Place(document, ""))
    return Exported(writer.form(), writer.losses)


class _Writer:
    """`mode` is theirs; `is_scaled` says that weights became points, to keep ratios exact."""

    def __init__(self, version: Place) -> None:
        self.version = version
        self.losses = LossReport()
        self.ours = str(version.raw["weight_mode"])
        self.is_scaled = self.ours == "criterion_percent" and not _fits_ten(version)
        self.mode = "POINTS_BASED" if self.is_scaled else MODE_OF[self.ours]
        self.tags: dict[str, str] = {}

    def form(self) -> dict[str, Any]:
        version, losses = self.version, self.losses
        self._tell_mode()
        leave_scoring(version, losses)
        leave_policy(version, losses, frozenset({"dispute_window_hours"}))
        sections = [self.section(top) for top in version.below("sections")]
        form: dict[str, Any] = {
            "Title": self._title(),
            "Description": str(version.get("change_note", ""))[:1024],
            "Items": [{"Section": section} for section in sections],
            "ScoringStrategy": {"Mode": self.mode, "Status": "ENABLED", **self._thresholds()},
            "LanguageConfiguration": {"FormLanguage": version.get("language", "en")},
            **self._review(),
        }
        if self.tags:
            form["Tags"] = self.tags
        self._check_size()
        return form

    def _title(self) -> str:
        name = str(self.version.get("name") or "Scorecard")
        if len(name) > LONGEST_TITLE:
            kept = f"the first {LONGEST_TITLE} characters"
            self.losses.add("name", "text_cut", LOW, lost="the whole name", kept=kept)
        return name[:LONGEST_TITLE]

    def _tell_mode(self) -> None:
        if self.is_scaled:
            kept = "the same percentages, as points"
            lost = "weights as percent: not all points are whole parts of ten"
            self.losses.add("weight_mode", "points_mode", LOW, lost=lost, kept=kept)
        elif MODES[self.mode] != self.ours:
            kept = f"{self.mode} without the difference"
            self.losses.add("weight_mode", "weight_mode", HIGH, lost=self.ours, kept=kept)

    def _thresholds(self) -> dict[str, Any]:
        """Two thresholds make three bands; more cannot be told."""
        starts = [band.number("from_percent") or ZERO for band in self.version.below("bands")]
        if not starts:
            return {}
        if len(starts) > 3 or starts[0] != 0 or len(starts) == 1:
            self.losses.add("bands", "bands", LOW, lost="the bands of the score")
            return {}
        step = Fraction(1, 10 ** int(self.version.get("decimals", DECIMALS)))
        low = {
            "PerformanceCategory": "NEEDS_IMPROVEMENT",
            "MaxScorePercentage": json_number(starts[1] - step),
        }
        rows: list[dict[str, Any]] = [low]
        if len(starts) == 3:
            least = json_number(starts[2])
            rows.append(
                {"PerformanceCategory": "EXCEEDS_EXPECTATIONS", "MinScorePercentage": least}
            )
        return {"ScoreThresholds": rows}

    def _review(self) -> dict[str, Any]:
        hours = int(self.version.get("dispute_window_hours", 168))
        days, rest = divmod(hours, 24)
        if rest:
            lost = f"{hours} hours to dispute"
            kept = f"{days} days"
            self.losses.add("dispute_window_hours", "dispute_window", MEDIUM, lost=lost, kept=kept)
        return {"ReviewConfiguration": {"EligibilityDays": days}} if days else {}

    def _check_size(self) -> None:
        count = sum(1 for _ in criteria_of(self.version))
        for name, found in (("sections", len(self.version.below("sections"))), ("criteria", count)):
            if found > MOST:
                lost = f"{found} {name}: theirs hold {MOST}"
                self.losses.add("sections", "too_many", HIGH, lost=lost)

    # --- Sections and questions ------------------------------------------------------------------

    def section(self, section: Place) -> dict[str, Any]:
        leave_section(section, self.losses)
        found: dict[str, Any] = {
            "RefId": section.raw["key"],
            "Title": section.get("title", section.raw["key"]),
            "Instructions": section.get("instructions", ""),
            "Items": [
                {"Question": question}
                for criterion in section.below("criteria")
                if (question := self.question(criterion, section)) is not None
            ]
            + [{"Section": self.section(below)} for below in section.below("sections")],
        }
        weight = section.number("weight")
        if weight is not None and self.mode == "SECTION_ONLY":
            found["Weight"] = json_number(weight)
        if section.get("is_scored", True) is False:
            found["ScoringConfiguration"] = {"IsExcludedFromScoring": True}
        if section.get("is_bonus"):
            path = f"{section.path}.is_bonus"
            self.losses.add(path, "bonus", HIGH, lost="the section is a bonus")
        return found | self._enablement(section)

    def question(self, criterion: Place, section: Place) -> dict[str, Any] | None:
        path = criterion.path
        if criterion.kind == "label":
            self.losses.add(path, "label", LOW, lost=str(criterion.get("text", "")))
            return None
        leave_criterion(criterion, self.losses)
        self._leave_rules(criterion)
        found: dict[str, Any] = {
            "RefId": criterion.raw["key"],
            "Title": criterion.get("text", criterion.raw["key"]),
            "Instructions": criterion.get("help", ""),
            "NotApplicableEnabled": criterion.get("allow_na", True),
            "QuestionType": TYPE_OF[criterion.kind],
            **self._enablement(criterion),
        }
        if criterion.kind in PROPERTIES:
            found["QuestionTypeProperties"] = {
                PROPERTIES[criterion.kind]: self._properties(criterion, section)
            }
            found |= self._scoring(criterion)
        return found

    def _scoring(self, criterion: Place) -> dict[str, Any]:
        scoring: dict[str, Any] = {}
        found: dict[str, Any] = {}
        weight = criterion.number("weight")
        if weight is not None and self.mode == "QUESTION_ONLY":
            found["Weight"] = json_number(weight)
        if criterion.get("is_scored", True) is False:
            scoring["IsExcludedFromScoring"] = True
        if self.mode == "POINTS_BASED":
            most = (weight or ZERO) if self.is_scaled else criterion.possible
            scoring["PointsConfiguration"] = {
                "MaxPointValue": json_number(most),
                "IsBonus": bool(criterion.get("is_bonus")),
            }
        elif criterion.get("is_bonus"):
            self.losses.add(f"{criterion.path}.is_bonus", "bonus", HIGH, lost="it is a bonus")
        if scoring:
            found["ScoringConfiguration"] = scoring
        return found

    def _leave_rules(self, criterion: Place) -> None:
        path, losses = criterion.path, self.losses
        if family := criterion.get("critical_family"):
            self.tags[f"family.{criterion.raw['key']}"] = str(family)
            losses.add(
                f"{path}.critical_family", "family", LOW, lost=f"family {family}", kept="a tag"
            )
        if criterion.get("fail_trigger") == "below_percent":
            lost = f"fails below {criterion.raw['fail_below_percent']} %"
            losses.add(f"{path}.fail_trigger", "trigger", HIGH, lost=lost)
        for name, default in (("comment_rule", "optional"), ("default_rule", "none")):
            if criterion.get(name, default) != default:
                losses.add(f"{path}.{name}", name, MEDIUM, lost=str(criterion.raw[name]))

    def _enablement(self, place: Place) -> dict[str, Any]:
        condition = place.raw.get("condition")
        if not condition:
            return {}
        try:
            return {"Enablement": write_enablement(condition)}
        except NotKept as reason:
            path = f"{place.path}.condition"
            self.losses.add(path, "condition", HIGH, lost=str(reason), kept="always visible")
            return {}

    # --- Options ---------------------------------------------------------------------------------

    def _properties(self, criterion: Place, section: Place) -> dict[str, Any]:
        options = [self.option(option, criterion, section) for option in criterion.below("options")]
        found: dict[str, Any] = {"Options": options}
        if criterion.kind == "number" and options:
            found["MinValue"] = min(option["MinValue"] for option in options)
            found["MaxValue"] = max(option["MaxValue"] for option in options)
        return found

    def option(self, option: Place, criterion: Place, section: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if criterion.kind == "number":
            found |= self._range(option)
        else:
            found |= {"RefId": option.raw["key"], "Text": option.get("label", option.raw["key"])}
        found |= self._points(option, criterion)
        scope = self._fails(option, criterion)
        if scope is not None:
            found["AutomaticFail"] = True
            target = _target(scope, criterion, self.version)
            if target is not None:
                found["AutomaticFailConfiguration"] = {"TargetSection": target}
        return found

    def _range(self, option: Place) -> dict[str, Any]:
        """Both ends; an open end becomes the furthest whole number that they take."""
        found = {}
        for name, theirs, far in (("range_from", "MinValue", 0), ("range_to", "MaxValue", 10**9)):
            end = option.number(name)
            if end is None:
                path = f"{option.path}.{name}"
                self.losses.add(path, "open_range", MEDIUM, lost="an open end", kept=str(far))
            found[theirs] = json_number(Fraction(far) if end is None else end)
        return found

    def _points(self, option: Place, criterion: Place) -> dict[str, Any]:
        points, possible = option.number("points") or ZERO, criterion.possible
        if points < 0:
            path = f"{option.path}.points"
            self.losses.add(path, "negative_points", HIGH, lost=str(points), kept="0")
            points = ZERO
        ratio = points / possible if possible else ZERO
        if self.mode == "POINTS_BASED":
            most = criterion.number("weight") or ZERO
            given = {"PointValue": json_number(ratio * most if self.is_scaled else points)}
            return {"PointsConfiguration": given | self._bonus(option)}
        score = Fraction(round(ratio * TEN))
        if score != ratio * TEN:
            kept = f"{score} of 10"
            self.losses.add(f"{option.path}.points", "points", HIGH, lost=str(points), kept=kept)
        return {"Score": min(int(score), 10)}

    def _bonus(self, option: Place) -> dict[str, Any]:
        return {"IsBonus": True} if option.get("is_bonus") else {}

    def _fails(self, option: Place, criterion: Place) -> str | None:
        """The scope that this option takes along in their form; None where it takes nothing."""
        scope = None
        if criterion.get("fail_trigger") == "option":
            scope = option.get("critical_scope")
        elif criterion.get("fail_trigger") == "not_highest":
            is_highest = (option.number("points") or ZERO) >= max(criterion.points, default=ZERO)
            scope = None if is_highest else criterion.get("fail_scope")
        if scope != "outcome":
            return scope
        lost = "the evaluation fails while its score stays"
        self.losses.add(f"{option.path}.critical_scope", "scope_outcome", HIGH, lost=lost)
        return None


def _target(scope: str, criterion: Place, version: Place) -> str | None:
    for found, section, top in criteria_of(version):
        if found.path == criterion.path:
            return {"section": top.raw["key"], "subsection": section.raw["key"]}.get(scope)
    return None


def _fits_ten(version: Place) -> bool:
    """Whether every option earns a whole number of tenths, which their percent modes ask for."""
    for criterion, _section, _top in criteria_of(version):
        possible = criterion.possible
        for points in criterion.points if possible else []:
            if points >= 0 and (points / possible * TEN).denominator != 1:
                return False
    return True
