"""Reads an evaluation form of Amazon Connect, the shape of CreateEvaluationForm."""

from fractions import Fraction
from typing import Any

from quality.documents import MAX_CRITERIA, MAX_OPTIONS, MAX_SECTIONS
from quality.passport import attune
from quality.passport.connect_conditions import read_enablement
from quality.passport.loss import HIGH, LOW, MEDIUM, Imported, LossReport
from quality.passport.theirs import Item, Keys, settle_conditions, text_of
from quality.scoring.problems import InvalidRequest, Notes, Problem

MODES = {
    "QUESTION_ONLY": "criterion_percent",
    "SECTION_ONLY": "section_percent",
    "POINTS_BASED": "points",
}
KINDS = {
    "SINGLESELECT": "single",
    "MULTISELECT": "multi",
    "NUMERIC": "number",
    "TEXT": "text",
    "DATETIME": "date",
}
PROPERTIES = {"single": "SingleSelect", "multi": "MultiSelect", "number": "Numeric"}
DECIMALS = 2
LOW_BAND, MIDDLE_BAND, HIGH_BAND = "Needs improvement", "Meets expectations", "Exceeds expectations"
MOST_DAYS = 45

# Fields that only say which form it is, or that are read elsewhere.
FORM_FIELDS = frozenset(
    "Title Description Items ScoringStrategy LanguageConfiguration ReviewConfiguration"
    " AutoEvaluationConfiguration AIVersion Tags InstanceId ClientToken AsDraft"
    " EvaluationFormId EvaluationFormArn EvaluationFormVersion Locked Status CreatedBy"
    " CreatedTime LastModifiedBy LastModifiedTime".split()
)
SECTION_FIELDS = frozenset(
    "RefId Title Instructions Items Weight NotApplicableEnabled Enablement"
    " IsExcludedFromScoring ScoringConfiguration".split()
)
QUESTION_FIELDS = (SECTION_FIELDS - {"Items"}) | {"QuestionType", "QuestionTypeProperties"}
OPTION_FIELDS = frozenset(
    "RefId Text Score AutomaticFail AutomaticFailConfiguration PointsConfiguration"
    " MinValue MaxValue".split()
)


def read(data: object) -> Imported:
    """Their form as a document; raises InvalidRequest where it cannot be read at all."""
    if isinstance(data, dict) and isinstance(data.get("EvaluationForm"), dict):
        data = data["EvaluationForm"]
    if not isinstance(data, dict) or "Items" not in data:
        message = "This is no form of Amazon Connect: it has no Items."
        raise InvalidRequest([Problem("Items", "wrong_kind", message)])
    form = Item(data, "", Notes(), LossReport())
    document = _Reader(form).document()
    form.notes.raise_any()
    attune.check(document)
    return Imported(document, form.losses)


class _Reader:
    """Holds what every question needs to know: the mode, the keys, where each thing came from."""

    def __init__(self, form: Item) -> None:
        self.form = form
        strategy = form.object("ScoringStrategy")
        self.mode = MODES[strategy.word("Mode", MODES, "QUESTION_ONLY")]
        self.is_scored = strategy.word("Status", ("ENABLED", "DISABLED"), "ENABLED") == "ENABLED"
        self.section_keys, self.criterion_keys = Keys(), Keys()
        self.came_from: dict[int, Item] = {}
        self.options_of: dict[str, set[str]] = {}

    def document(self) -> dict[str, Any]:
        form = self.form
        document = {
            "format": attune.FORMAT,
            "name": form.text("Title", 200) or "Imported form",
            "change_note": form.text("Description", 1000),
            "weight_mode": self.mode,
            "na_policy": "proportional",
            "decimals": DECIMALS,
            "bands": bands(form.object("ScoringStrategy")),
            "sections": [
                section
                for item in form.items("Items", MAX_SECTIONS)
                if (section := self.top_section(item)) is not None
            ],
            **_language(form),
            **_dispute_window(form),
        }
        for name in ("AutoEvaluationConfiguration", "AIVersion", "Tags"):
            if form.raw.get(name) not in (None, {}, ""):
                form.lose(name, "automation" if name != "Tags" else "tags", LOW, lost=name)
        form.leave(FORM_FIELDS)
        settle_conditions(document, self.came_from)
        return document

    def top_section(self, item: Item) -> dict[str, Any] | None:
        if "Section" not in item.raw:
            message = "Questions stand in sections, and the form holds sections."
            item.refuse("Section", "wrong_kind", message)
            return None
        return self.section(item.object("Section"), top_ref=None)

    def section(self, item: Item, top_ref: str | None) -> dict[str, Any]:
        """A section, or a subsection where `top_ref` names the section above it."""
        ref = item.raw.get("RefId")
        scopes = {str(top_ref or ref): "section"} | ({str(ref): "subsection"} if top_ref else {})
        found: dict[str, Any] = {
            "key": self.section_keys.key(ref, f"section-{len(self.section_keys.taken) + 1}"),
            "title": item.text("Title", 250),
            "instructions": item.text("Instructions", 1024),
            "weight": self._section_weight(item, top_ref),
            "is_scored": self.is_scored and not is_excluded(item),
            "allow_na": item.flag("NotApplicableEnabled"),
            "bands": bands(item.object("ScoringConfiguration")),
            "criteria": [],
            "sections": [],
        }
        self.came_from[id(found)] = item
        for below in item.items("Items", MAX_CRITERIA):
            self._below(found, below, str(ref), top_ref, scopes)
        found["condition"] = read_enablement(item, self.options_of)
        item.leave(SECTION_FIELDS)
        return found

    def _below(
        self,
        found: dict[str, Any],
        item: Item,
        ref: str,
        top_ref: str | None,
        scopes: dict[str, str],
    ) -> None:
        if "Question" in item.raw:
            if found["sections"]:
                item.lose("Question", "order", LOW, lost="its place", kept="before the subsections")
            found["criteria"].append(self.question(item.object("Question"), scopes))
        elif top_ref is not None:
            item.refuse("Section", "too_deep", "Sections nest two levels deep at most.")
        else:
            found["sections"].append(self.section(item.object("Section"), top_ref=ref))

    def _section_weight(self, item: Item, top_ref: str | None) -> str | None:
        weight = text_of(item.number("Weight", 0))
        if weight is None or self.mode != "section_percent":
            return None
        if top_ref is not None:
            kept = "the weight of the section above"
            item.lose("Weight", "weight", HIGH, lost=f"weight {weight}", kept=kept)
            return None
        return weight

    def question(self, item: Item, scopes: dict[str, str]) -> dict[str, Any]:
        kind = KINDS[item.word("QuestionType", KINDS, "TEXT")]
        points = item.object("ScoringConfiguration").object("PointsConfiguration")
        is_points = self.mode == "points"
        found: dict[str, Any] = {
            "key": self.criterion_keys.key(
                item.raw.get("RefId"), f"question-{len(self.criterion_keys.taken) + 1}"
            ),
            "kind": kind,
            "text": item.text("Title", 500),
            "help": item.text("Instructions", 4000),
            "weight": text_of(item.number("Weight", 0)),
            "allow_na": item.flag("NotApplicableEnabled"),
            "is_scored": kind in PROPERTIES and not is_excluded(item),
            "is_bonus": is_points and points.flag("IsBonus"),
            "bands": bands(item.object("ScoringConfiguration")),
        }
        self.came_from[id(found)] = item
        if kind in PROPERTIES:
            found |= self.options(item.object("QuestionTypeProperties"), kind, scopes)
            if found["options"]:
                found["max_points"] = (
                    text_of(points.number("MaxPointValue", 0)) if is_points else "10"
                )
        self.options_of[found["key"]] = {option["key"] for option in found.get("options", [])}
        found["condition"] = read_enablement(item, self.options_of)
        item.leave(QUESTION_FIELDS)
        return found

    def options(self, item: Item, kind: str, scopes: dict[str, str]) -> dict[str, Any]:
        below = item.object(PROPERTIES[kind])
        if below.raw.get("Automation"):
            below.lose("Automation", "automation", LOW, lost="automatic answers", kept="by hand")
        keys = Keys()
        rows = below.items("Options", MAX_OPTIONS)
        options = [self.option(row, n, kind, keys, scopes) for n, row in enumerate(rows, start=1)]
        found: dict[str, Any] = {"options": options}
        if not options:
            found["is_scored"] = False
        if any(option["critical_scope"] for option in options):
            found["fail_trigger"] = "option"
        return found

    def option(
        self, item: Item, number: int, kind: str, keys: Keys, scopes: dict[str, str]
    ) -> dict[str, Any]:
        given = item.object("PointsConfiguration")
        points = given.number("PointValue") if self.mode == "points" else item.number("Score")
        scope = _scope(item, scopes)
        low, high = item.number("MinValue"), item.number("MaxValue")
        label = item.text("Text", 250) or f"{text_of(low)} to {text_of(high)}"
        found = {
            "key": keys.key(item.raw.get("RefId"), f"option-{number}"),
            "label": label,
            "points": text_of(points) or "0",
            "is_fail": scope is not None,
            "critical_scope": scope,
        }
        if kind == "number":
            found |= {"range_from": text_of(low), "range_to": text_of(high)}
        if self.mode == "points" and given.flag("IsBonus"):
            found["is_bonus"] = True
        item.leave(OPTION_FIELDS)
        return found


def _scope(item: Item, scopes: dict[str, str]) -> str | None:
    """What an automatic fail takes along."""
    if not item.flag("AutomaticFail"):
        return None
    target = item.object("AutomaticFailConfiguration").raw.get("TargetSection")
    if target is None:
        return "evaluation"
    if isinstance(target, str) and target in scopes:
        return scopes[target]
    kept = "its own section scores 0"
    item.lose(
        "AutomaticFailConfiguration", "fail_target", HIGH, lost="another section fails", kept=kept
    )
    return "section"


def is_excluded(item: Item) -> bool:
    below = item.object("ScoringConfiguration")
    return item.flag("IsExcludedFromScoring") or below.flag("IsExcludedFromScoring")


def bands(item: Item) -> list[dict[str, str]]:
    """Their thresholds as bands: “at most m” starts the next band one step of rounding above m."""
    limits: dict[str, Fraction] = {}
    for threshold in item.items("ScoreThresholds", 20):
        allowed = ("NEEDS_IMPROVEMENT", "EXCEEDS_EXPECTATIONS")
        category = threshold.word("PerformanceCategory", allowed, allowed[0])
        name = "MaxScorePercentage" if category == allowed[0] else "MinScorePercentage"
        value = threshold.number(name, 0, 1000)
        if value is not None:
            limits[category] = value
    if not limits:
        return []
    found = []
    middle_from = Fraction(0)
    if "NEEDS_IMPROVEMENT" in limits:
        found.append({"label": LOW_BAND, "from_percent": "0", "tone": "bad"})
        middle_from = limits["NEEDS_IMPROVEMENT"] + Fraction(1, 10**DECIMALS)
    high_from = limits.get("EXCEEDS_EXPECTATIONS")
    if high_from is None or high_from > middle_from:
        found.append({"label": MIDDLE_BAND, "from_percent": text_of(middle_from) or "0"})
    if high_from is not None:
        found.append(
            {"label": HIGH_BAND, "from_percent": text_of(high_from) or "0", "tone": "good"}
        )
    return found


def _language(form: Item) -> dict[str, str]:
    language = form.object("LanguageConfiguration").text("FormLanguage", 35)
    return {"language": language} if language else {}


def _dispute_window(form: Item) -> dict[str, int]:
    review = form.object("ReviewConfiguration")
    days = review.number("EligibilityDays", 0, 100_000)
    if review.raw.get("ReviewNotificationRecipients"):
        name = "ReviewNotificationRecipients"
        review.lose(name, "recipients", LOW, lost="who is told of a review")
    if days is None:
        return {}
    if days > MOST_DAYS:
        kept = f"{MOST_DAYS} days"
        review.lose("EligibilityDays", "dispute_window", MEDIUM, lost=f"{days} days", kept=kept)
    return {"dispute_window_hours": int(min(days, Fraction(MOST_DAYS)) * 24)}
