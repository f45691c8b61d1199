"""Writes a document of ours as an evaluation form of Genesys Cloud."""

from collections.abc import Mapping
from typing import Any

from quality.passport.genesys_import import DECIDERS, KINDS, OPERATIONS
from quality.passport.loss import HIGH, LOW, MEDIUM, Exported, LossReport
from quality.passport.ours import (
    ZERO,
    Place,
    json_number,
    leave_criterion,
    leave_policy,
    leave_scoring,
    leave_section,
)

TYPE_OF = {ours: theirs for theirs, ours in KINDS.items() if theirs != "npsQuestion"}
ASSIGNEE_OF = {ours: theirs for theirs, ours in DECIDERS.items()}
WORD_OF = {ours: theirs for theirs, ours in OPERATIONS.items()}
DISPUTES = frozenset({"dispute_rounds", "dispute_deciders"})


class NotKept(ValueError):
    """A condition that their predicates cannot say; the text says what."""


def write(document: Mapping[str, Any]) -> Exported:
    """Their form, and what does not go along. The document must be one that can be scored."""
    writer = _Writer(Place(document, ""))
    return Exported(writer.form(), writer.losses)


class _Writer:
    """`at` finds their predicate from the key of a criterion and of an option."""

    def __init__(self, version: Place) -> None:
        self.version = version
        self.losses = LossReport()
        self.mode = str(version.raw["weight_mode"])
        self.groups = [(top, self._flat(top)) for top in version.below("sections")]
        self.at = {
            (criterion.raw["key"], option.raw["key"]): (
                f"/form/questionGroup/{group}/question/{place}/answer/{answer}"
            )
            for group, (_top, criteria) in enumerate(self.groups)
            for place, (criterion, _above) in enumerate(criteria)
            for answer, option in enumerate(criterion.below("options"))
        }

    def form(self) -> dict[str, Any]:
        version, losses = self.version, self.losses
        leave_scoring(version, losses)
        leave_policy(version, losses, DISPUTES)
        if version.raw.get("bands"):
            losses.add("bands", "bands", LOW, lost="the bands of the score")
        groups = [self.group(top, criteria) for top, criteria in self.groups]
        return {
            "name": version.get("name", "Scorecard"),
            "published": False,
            "weightMode": "OFF" if self.mode == "points" else "SCALED",
            "questionGroups": groups,
            "evaluationSettings": self._settings(),
        }

    def _settings(self) -> dict[str, Any]:
        rounds = int(self.version.get("dispute_rounds", 2))
        deciders = [str(one) for one in self.version.get("dispute_deciders", [])]
        deciders = (deciders + ["pool"] * rounds)[:rounds]
        if "supervisor" in deciders:
            lost, kept = "the supervisor decides", "nobody is named"
            self.losses.add("dispute_deciders", "decider", MEDIUM, lost=lost, kept=kept)
        types = [ASSIGNEE_OF[one] if one != "supervisor" else "None" for one in deciders]
        return {
            "disputesEnabled": rounds > 0,
            "disputesAllowedPerEvaluation": rounds,
            "disputesAssignees": [{"type": one} for one in types],
        }

    # --- Groups and questions --------------------------------------------------------------------

    def _flat(self, top: Place) -> list[tuple[Place, list[Mapping[str, Any]]]]:
        """Criteria of a section and of its subsections that they can hold, and what hides them."""
        found = []
        for section in (top, *top.below("sections")):
            if section is not top:
                lost, kept = "a section within a section", "its questions in the group"
                self.losses.add(section.path, "subsection", LOW, lost=lost, kept=kept)
            above = section.raw.get("condition") if section is not top else None
            for criterion in section.below("criteria"):
                if criterion.kind not in TYPE_OF:
                    lost = f"a question of kind {criterion.kind}"
                    self.losses.add(criterion.path, "kind", HIGH, lost=lost)
                    continue
                found.append((criterion, [above] if above else []))
        return found

    def group(
        self, top: Place, criteria: list[tuple[Place, list[Mapping[str, Any]]]]
    ) -> dict[str, Any]:
        leave_section(top, self.losses)
        if top.get("is_bonus"):
            self.losses.add(f"{top.path}.is_bonus", "bonus", HIGH, lost="the section is a bonus")
        defaults = {one.get("default_rule", "none") for one, _above in criteria if one.points}
        return {
            "contextId": top.raw["key"],
            "name": top.get("title", top.raw["key"]),
            "type": "questionGroup",
            "defaultAnswersToHighest": defaults == {"highest"},
            "defaultAnswersToNA": defaults == {"na"},
            "naEnabled": top.get("allow_na", False),
            "weight": self._weight(top, [criterion for criterion, _above in criteria]),
            "manualWeight": True,
            "questions": [
                self.question(criterion, above, len(defaults) == 1) for criterion, above in criteria
            ],
            **self._visibility(top, []),
        }

    def _weight(self, top: Place, criteria: list[Place]) -> int | float:
        """Their multiplier: ours in points, else weight / points of the group."""
        if self.mode in ("points", "scaled_points"):
            return json_number(top.number("weight") or ZERO) if self.mode != "points" else 1
        counted = [one for one in criteria if one.possible and not one.get("is_bonus")]
        points = sum((one.possible for one in counted), ZERO)
        weights = [one.number("weight") or ZERO for one in counted]
        weight = (top.number("weight") or ZERO) if self._is_by_section else sum(weights, ZERO)
        ratios = {weight / one.possible for one, weight in zip(counted, weights, strict=True)}
        even = {one.possible for one in counted}
        is_even = len(even if self._is_by_section else ratios) <= 1
        self.losses.add(
            f"{top.path}.weight",
            "weights",
            MEDIUM if is_even else HIGH,
            lost="weights as percent",
            kept="a multiplier, exact while nothing is not applicable"
            if is_even
            else "a multiplier for the whole group",
        )
        return json_number(weight / points) if points else 0

    @property
    def _is_by_section(self) -> bool:
        return self.mode == "section_percent"

    def question(
        self, criterion: Place, above: list[Mapping[str, Any]], shares_default: bool
    ) -> dict[str, Any]:
        leave_criterion(criterion, self.losses)
        self._leave_rules(criterion)
        if not shares_default or criterion.get("default_rule") == "lowest":
            self._leave_default(criterion)
        found: dict[str, Any] = {
            "contextId": criterion.raw["key"],
            "text": criterion.get("text", criterion.raw["key"]),
            "helpText": criterion.get("help", ""),
            "type": TYPE_OF[criterion.kind],
            "naEnabled": criterion.get("allow_na", True),
            "commentsRequired": criterion.get("comment_rule", "optional") == "required",
            "isKill": self._kills(criterion),
            "isCritical": criterion.get("critical_family") == "customer",
            **self._visibility(criterion, above),
        }
        options = criterion.below("options")
        if criterion.kind == "single":
            found["answerOptions"] = [self._answer(option) for option in options]
        elif criterion.kind == "multi":
            found["multipleSelectOptionQuestions"] = [self._box(option) for option in options]
        if criterion.get("default_rule") == "option":
            found["defaultAnswer"] = {"answerId": criterion.raw["default_option"]}
        return found

    def _kills(self, criterion: Place) -> bool:
        """Their kill question: anything but the best answer fails the whole evaluation."""
        trigger = criterion.get("fail_trigger", "none")
        if trigger == "not_highest" and criterion.get("fail_scope") == "evaluation":
            return True
        if trigger == "option":
            best = max(criterion.points, default=ZERO)
            fired = {
                option.get("critical_scope")
                for option in criterion.below("options")
                if (option.number("points") or ZERO) < best
            }
            spared = all(
                not option.get("critical_scope")
                for option in criterion.below("options")
                if (option.number("points") or ZERO) >= best
            )
            if fired == {"evaluation"} and spared:
                return True
        if trigger != "none":
            lost = f"fails by the rule {trigger}"
            self.losses.add(f"{criterion.path}.fail_trigger", "trigger", HIGH, lost=lost)
        return False

    def _leave_rules(self, criterion: Place) -> None:
        path, losses = criterion.path, self.losses
        family = criterion.get("critical_family")
        if family not in (None, "customer"):
            losses.add(f"{path}.critical_family", "family", MEDIUM, lost=f"family {family}")
        if criterion.get("comment_rule") == "required_on_fail":
            lost = "a comment where it fails"
            losses.add(f"{path}.comment_rule", "comment_rule", LOW, lost=lost)
        if criterion.get("is_bonus"):
            losses.add(f"{path}.is_bonus", "bonus", HIGH, lost="it is a bonus")
        if criterion.get("is_scored", True) is False and criterion.below("options"):
            losses.add(f"{path}.is_scored", "not_scored", HIGH, lost="it does not count")
        best = max(criterion.points, default=ZERO)
        if criterion.kind == "single" and criterion.below("options") and criterion.possible != best:
            lost, kept = f"{criterion.raw['max_points']} points at most", f"{best}"
            losses.add(f"{path}.max_points", "max_points", HIGH, lost=lost, kept=kept)

    def _leave_default(self, criterion: Place) -> None:
        """They preset a whole group alike, or name one answer."""
        rule = criterion.get("default_rule", "none")
        if rule not in ("none", "option"):
            path = f"{criterion.path}.default_rule"
            self.losses.add(path, "default_rule", LOW, lost=f"preset to {rule}")

    def _answer(self, option: Place) -> dict[str, Any]:
        label = option.get("label", option.raw["key"])
        return {"id": option.raw["key"], "text": label, "value": self._value(option)}

    def _box(self, option: Place) -> dict[str, Any]:
        """A box to tick is a question of two answers."""
        ticked = {"builtInType": "Selected", "value": self._value(option)}
        answers = [ticked, {"builtInType": "Unselected", "value": 0}]
        return {
            "contextId": option.raw["key"],
            "text": option.get("label", option.raw["key"]),
            "type": "multipleChoiceQuestion",
            "answerOptions": answers,
        }

    def _value(self, option: Place) -> int | float:
        points = option.number("points") or ZERO
        if points < 0 or option.get("is_bonus"):
            word = "bonus points" if option.get("is_bonus") else "points below 0"
            kept = "0" if points < 0 else "as ordinary points"
            self.losses.add(f"{option.path}.points", "points", HIGH, lost=word, kept=kept)
        return json_number(max(points, ZERO))

    # --- Conditions ------------------------------------------------------------------------------

    def _visibility(self, place: Place, above: list[Mapping[str, Any]]) -> dict[str, Any]:
        own = place.raw.get("condition")
        conditions = [*above, *([own] if own else [])]
        if not conditions:
            return {}
        try:
            return {"visibilityCondition": self._predicates(conditions)}
        except NotKept as reason:
            path = f"{place.path}.condition"
            self.losses.add(path, "condition", HIGH, lost=str(reason), kept="always visible")
            return {}

    def _predicates(self, conditions: list[Mapping[str, Any]]) -> dict[str, Any]:
        """One list of predicates under one word, which is all that they have."""
        condition = conditions[0] if len(conditions) == 1 else {"all": conditions}
        word = next((word for word in WORD_OF if word in condition), None)
        parts = condition[word] if word else [condition]
        if any("op" not in part for part in parts):
            raise NotKept("a condition inside a condition")
        lists = [self._leaf(part) for part in parts]
        if any(len(found) > 1 for found in lists):
            if len(lists) > 1 and word == "all":
                raise NotKept("one of several answers, among other conditions")
            word = "any"
        return {
            "combiningOperation": WORD_OF[word or "all"],
            "predicates": [predicate for found in lists for predicate in found],
        }

    def _leaf(self, leaf: Mapping[str, Any]) -> list[str]:
        if "criterion" not in leaf:
            raise NotKept(f"a condition on the fact {leaf['fact']}")
        if leaf["op"] != "in":
            raise NotKept(f"a condition with “{leaf['op']}”")
        found = [self.at.get((leaf["criterion"], value)) for value in leaf["value"]]
        if None in found:
            raise NotKept("a condition on a question that does not go along")
        return [predicate for predicate in found if predicate is not None]
