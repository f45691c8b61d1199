"""Reads an evaluation form of Genesys Cloud."""

import re
from typing import Any

from quality.documents import MAX_CRITERIA, MAX_OPTIONS, MAX_SECTIONS
from quality.passport import attune
from quality.passport.loss import HIGH, LOW, MEDIUM, Imported, LossReport
from quality.passport.theirs import Item, Keys, in_reading_order, settle_conditions, text_of
from quality.scoring.problems import InvalidRequest, Notes, Problem

KINDS = {
    "multipleChoiceQuestion": "single",
    "multipleSelectQuestion": "multi",
    "freeTextQuestion": "text",
    "readOnlyTextBlockQuestion": "label",
    "npsQuestion": "text",
}
DECIDERS = {"Original": "evaluator", "Individual": "supervisor", "None": "pool"}
MOST_ROUNDS = 5
PREDICATE = re.compile(r"/form/questionGroup/(\d{1,3})/question/(\d{1,3})/answer/(\d{1,3})")
OPERATIONS = {"AND": "all", "OR": "any"}

FORM_FIELDS = frozenset(
    "id name contextId published publishedVersions selfUri modifiedDate latestVersionFormName"
    " division dateChanged weightMode questionGroups evaluationSettings".split()
)
GROUP_FIELDS = frozenset(
    "id contextId name type defaultAnswersToHighest defaultAnswersToNA naEnabled weight"
    " manualWeight questions visibilityCondition".split()
)
QUESTION_FIELDS = frozenset(
    "id contextId text helpText type naEnabled commentsRequired visibilityCondition answerOptions"
    " multipleSelectOptionQuestions defaultAnswer isKill isCritical".split()
)
OPTION_FIELDS = frozenset("id text value builtInType assistanceConditions".split())


def read(data: object) -> Imported:
    """Their form as a document; raises InvalidRequest where it cannot be read at all."""
    if not isinstance(data, dict) or "questionGroups" not in data:
        message = "This is no form of Genesys Cloud: it has no questionGroups."
        raise InvalidRequest([Problem("questionGroups", "wrong_kind", message)])
    form = Item(data, "", Notes(), LossReport())
    document = _Reader(form).document()
    form.notes.raise_any()
    attune.check(document)
    return Imported(document, form.losses)


class _Reader:
    """Keeps every question by its position, since their conditions point by position."""

    def __init__(self, form: Item) -> None:
        self.form = form
        self.section_keys, self.criterion_keys = Keys(), Keys()
        self.came_from: dict[int, Item] = {}
        self.at_position: dict[tuple[int, int], dict[str, Any]] = {}

    def document(self) -> dict[str, Any]:
        form = self.form
        mode = form.word("weightMode", ("SCALED", "OFF"), "SCALED")
        groups = form.items("questionGroups", MAX_SECTIONS)
        sections = [self.section(group, number) for number, group in enumerate(groups)]
        document: dict[str, Any] = {
            "format": attune.FORMAT,
            "name": form.text("name", 200) or "Imported form",
            "weight_mode": "scaled_points" if mode == "SCALED" else "points",
            "sections": sections,
            **self._disputes(form.object("evaluationSettings")),
        }
        for place in list(self.came_from.values()):
            place.leave(GROUP_FIELDS if "questions" in place.raw else QUESTION_FIELDS)
        self._read_conditions(document)
        form.leave(FORM_FIELDS)
        return document

    def section(self, group: Item, number: int) -> dict[str, Any]:
        """A group; its weight is a multiplier, 1 where they say nothing."""
        default = "none"
        if group.flag("defaultAnswersToHighest"):
            default = "highest"
        elif group.flag("defaultAnswersToNA"):
            default = "na"
        questions = group.items("questions", MAX_CRITERIA)
        found = {
            "key": self.section_keys.key(_identity(group), f"group-{number + 1}"),
            "title": group.text("name", 250),
            "weight": text_of(group.number("weight", 0)) or "1",
            "allow_na": group.flag("naEnabled"),
            "criteria": [
                self.criterion(question, (number, place), default)
                for place, question in enumerate(questions)
            ],
        }
        self.came_from[id(found)] = group
        return found

    def criterion(self, item: Item, position: tuple[int, int], default: str) -> dict[str, Any]:
        theirs = item.word("type", KINDS, "multipleChoiceQuestion")
        if theirs == "npsQuestion":
            item.lose("type", "nps", HIGH, lost="a question from 0 to 10", kept="free text")
        kind = KINDS[theirs]
        fallback = f"question-{position[0] + 1}-{position[1] + 1}"
        found: dict[str, Any] = {
            "key": self.criterion_keys.key(_identity(item), fallback),
            "kind": kind,
            "text": item.text("text", 500),
            "help": item.text("helpText", 4000),
            "allow_na": item.flag("naEnabled"),
            "is_required": kind != "label",
            "comment_rule": "required" if item.flag("commentsRequired") else "optional",
        }
        if kind in ("single", "multi"):
            found |= {"options": self._options(item, kind), "default_rule": default}
            found |= self._default_answer(item, found["options"]) | _critical(item)
        else:
            found |= {"is_scored": False}
        self.came_from[id(found)] = item
        self.at_position[position] = found
        return found

    def _options(self, item: Item, kind: str) -> list[dict[str, Any]]:
        keys = Keys()
        if kind == "single":
            rows = item.items("answerOptions", MAX_OPTIONS)
            return [_option(row, keys, number) for number, row in enumerate(rows, start=1)]
        rows = item.items("multipleSelectOptionQuestions", MAX_OPTIONS)
        return [_selectable(row, keys, number) for number, row in enumerate(rows, start=1)]

    def _default_answer(self, item: Item, options: list[dict[str, Any]]) -> dict[str, Any]:
        given = item.object("defaultAnswer")
        answer = given.raw.get("answerId") or given.raw.get("id")
        if answer is None:
            return {}
        if answer in [option["key"] for option in options]:
            return {"default_rule": "option", "default_option": answer}
        item.lose("defaultAnswer", "default", LOW, lost="a default that is no option")
        return {}

    def _disputes(self, settings: Item) -> dict[str, Any]:
        if not settings.raw:
            return {}
        if not settings.flag("disputesEnabled"):
            return {"dispute_rounds": 0, "dispute_deciders": []}
        rounds = int(settings.number("disputesAllowedPerEvaluation", 0, 1000) or 0)
        if rounds > MOST_ROUNDS:
            name, kept = "disputesAllowedPerEvaluation", f"{MOST_ROUNDS} rounds"
            settings.lose(name, "rounds", MEDIUM, lost=f"{rounds} rounds", kept=kept)
        rounds = min(rounds, MOST_ROUNDS)
        deciders = []
        for one in settings.items("disputesAssignees", 1000)[:MOST_ROUNDS]:
            kind = one.word("type", DECIDERS, "None")
            if kind == "Individual":
                one.lose("user", "decider", MEDIUM, lost="who decides", kept="the supervisor")
            deciders.append(DECIDERS[kind])
        deciders = (deciders + ["supervisor"] * rounds)[:rounds]
        return {"dispute_rounds": rounds, "dispute_deciders": deciders}

    # --- Conditions ------------------------------------------------------------------------------

    def _read_conditions(self, document: dict[str, Any]) -> None:
        for thing, _is_criterion in in_reading_order(document):
            item = self.came_from[id(thing)]
            below = item.object("visibilityCondition")
            if below.raw:
                thing["condition"] = self._condition(item, below)
        settle_conditions(document, self.came_from)

    def _condition(self, item: Item, below: Item) -> dict[str, Any] | None:
        word = OPERATIONS[below.word("combiningOperation", OPERATIONS, "AND")]
        predicates = below.raw.get("predicates") or []
        if not isinstance(predicates, list):
            below.refuse("predicates", "wrong_kind", "A list of texts is expected here.")
            return None
        found = [self._leaf(predicate) for predicate in predicates]
        parts = [leaf for leaf in found if leaf is not None]
        if len(parts) < len(found) or not parts:
            lost = "a condition that points nowhere"
            item.lose(
                "visibilityCondition", "condition_target", HIGH, lost=lost, kept="always visible"
            )
            return None
        return parts[0] if len(parts) == 1 else {word: parts}

    def _leaf(self, predicate: object) -> dict[str, Any] | None:
        match = PREDICATE.fullmatch(predicate) if isinstance(predicate, str) else None
        if match is None:
            return None
        group, question, answer = map(int, match.groups())
        options = self.at_position.get((group, question), {}).get("options", [])
        if answer >= len(options):
            return None
        key = self.at_position[group, question]["key"]
        return {"criterion": key, "op": "in", "value": [options[answer]["key"]]}


def _identity(item: Item) -> object:
    return item.raw.get("contextId") or item.raw.get("id")


def _critical(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if item.flag("isKill"):
        found |= {"fail_trigger": "not_highest", "fail_scope": "evaluation"}
    if item.flag("isCritical"):
        found["critical_family"] = "customer"
    return found


def _option(item: Item, keys: Keys, number: int) -> dict[str, Any]:
    if item.raw.get("assistanceConditions"):
        lost = "topics that suggest this answer"
        item.lose("assistanceConditions", "assistance", LOW, lost=lost)
    item.leave(OPTION_FIELDS)
    label = item.text("text", 250) or str(item.raw.get("builtInType") or f"Answer {number}")
    points = text_of(item.number("value")) or "0"
    return {
        "key": keys.key(item.raw.get("id"), f"answer-{number}"),
        "label": label,
        "points": points,
    }


def _selectable(item: Item, keys: Keys, number: int) -> dict[str, Any]:
    """One box to tick: what it gives when ticked; what it takes when not is left behind."""
    ticked = unticked = None
    for answer in item.items("answerOptions", 2):
        value = answer.number("value")
        if answer.raw.get("builtInType") == "Unselected":
            unticked = value
        else:
            ticked = value
    if unticked:
        lost = "points for not choosing it"
        item.lose("answerOptions", "unselected_points", HIGH, lost=lost)
    points = text_of(ticked) or "0"
    key = keys.key(_identity(item), f"answer-{number}")
    return {"key": key, "label": item.text("text", 250) or f"Answer {number}", "points": points}
