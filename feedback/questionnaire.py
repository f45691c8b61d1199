"""The content of a survey version as plain objects; stored as one JSON document per version.

The document is what is frozen and hashed at publication: sections with questions, options, rules
and wordings per language, endings, theme. `read` takes whatever the builder stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Words = Mapping[str, str]
Json = dict[str, Any]

KINDS: Mapping[str, str] = {
    "csat": "Satisfaction, 5 points",
    "nps": "Recommendation, 0 to 10",
    "ces": "Effort, 7 or 5 points",
    "rating": "Rating scale",
    "single": "One choice",
    "multi": "Several choices",
    "matrix": "Matrix of choices",
    "ranking": "Ranking",
    "text": "Text or number",
    "date": "Date",
    "consent": "Consent",
    "file": "Files",
    "picture_choice": "Choice with symbols",
    "contact": "Contact details",
    "statement": "Text without an answer",
    "driver": "What had most to do with it",
}
SCALES = frozenset({"csat", "nps", "ces", "rating"})
CHOICES = frozenset({"single", "multi", "picture_choice", "driver"})
WITH_OPTIONS = CHOICES | {"matrix", "ranking"}
RATING_POINTS = (3, 4, 5, 6, 7, 10)
TEXT_KINDS = ("plain", "long", "email", "url", "phone", "number")
CONTACT_PARTS = ("name", "email", "phone")
DRIVERS = ("person", "process", "product", "other")
METRICS = {"csat": "csat", "nps": "nps"}
SATISFIED = {3: (3,), 4: (3, 4), 5: (4, 5), 6: (5, 6), 7: (6, 7), 10: (8, 9, 10)}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
MOST = {"questions": 100, "sections": 20, "options": 50, "rows": 20, "languages": 10}
LONGEST_WORDING = 2000
WANTS_CONTACT = "wants_contact"


@dataclass(frozen=True)
class Option:
    """`kind` is plain, other (asks for a text) or none (excludes all others)."""

    code: str
    kind: str = "plain"
    words: Words = field(default_factory=dict)
    symbol: str = ""


@dataclass(frozen=True)
class Question:
    """One question; texts by language. `metric` is csat, nps, ces1, ces2, driver or none."""

    code: str
    kind: str
    metric: str = "none"
    series: int = 1
    scale_min: int = 1
    scale_max: int = 5
    satisfied: frozenset[int] = frozenset()
    is_required: bool = False
    allows_na: bool = False
    text_kind: str = "plain"
    validation: Mapping[str, Any] = field(default_factory=dict)
    words: Words = field(default_factory=dict)
    help: Words = field(default_factory=dict)
    low: Words = field(default_factory=dict)
    high: Words = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()

    @property
    def is_scale(self) -> bool:
        return self.kind in SCALES

    @property
    def values(self) -> range:
        return range(self.scale_min, self.scale_max + 1) if self.is_scale else range(0)

    @property
    def asks(self) -> bool:
        """Whether there is something to answer."""
        return self.kind != "statement"

    @cached_property
    def option_codes(self) -> frozenset[str]:
        return frozenset(option.code for option in self.options)

    def option(self, code: str) -> Option | None:
        return next((option for option in self.options if option.code == code), None)

    def is_satisfied(self, value: int) -> bool:
        return value in self.satisfied


@dataclass(frozen=True)
class Section:
    code: str
    words: Words = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Ending:
    code: str
    words: Words = field(default_factory=dict)
    text: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Questionnaire:
    """A whole version. The key question is the first one that asks."""

    languages: tuple[str, ...] = ("en",)
    sections: tuple[Section, ...] = ()
    endings: tuple[Ending, ...] = ()
    title: Words = field(default_factory=dict)
    intro: Words = field(default_factory=dict)
    theme: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    @cached_property
    def questions(self) -> dict[str, Question]:
        """By code, in order."""
        return {one.code: one for section in self.sections for one in section.questions}

    @cached_property
    def key(self) -> Question | None:
        return next((one for one in self.questions.values() if one.metric in KEY_METRICS), None)

    @cached_property
    def driver(self) -> Question | None:
        return next((one for one in self.questions.values() if one.kind == "driver"), None)

    def section(self, code: str) -> Section | None:
        return next((one for one in self.sections if one.code == code), None)

    def section_of(self, question_code: str) -> Section | None:
        for section in self.sections:
            if any(one.code == question_code for one in section.questions):
                return section
        return None

    def ending(self, code: str) -> Ending | None:
        return next((one for one in self.endings if one.code == code), None)

    def language(self, *wanted: str) -> str:
        """The first wanted language that exists, `pt-BR` also as `pt`; else the first of all."""
        for tag in wanted:
            parts = tag.replace("_", "-").split("-") if tag else []
            while parts:
                if (shorter := "-".join(parts)) in self.languages:
                    return shorter
                parts.pop()
        return self.languages[0]


KEY_METRICS = frozenset({"csat", "nps", "ces1", "ces2"})


def in_language(words: Words, language: str) -> str:
    """The wording in a language, else in any language that has one."""
    return words.get(language) or next((text for text in words.values() if text), "")


def direction(language: str) -> str:
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def read(document: Mapping[str, Any]) -> Questionnaire:
    """The objects of a stored document."""
    return Questionnaire(
        languages=tuple(document.get("languages") or ["en"]),
        sections=tuple(_section(one) for one in document.get("sections", ())),
        endings=tuple(
            Ending(one["code"], one.get("words", {}), one.get("text", {}))
            for one in document.get("endings", ())
        ),
        title=document.get("title", {}),
        intro=document.get("intro", {}),
        theme=document.get("theme", {}),
        hidden=tuple(document.get("hidden", ())),
        variables=tuple(document.get("variables", ())),
    )


def _section(one: Json) -> Section:
    questions = tuple(_question(question) for question in one.get("questions", ()))
    return Section(one["code"], one.get("words", {}), questions, tuple(one.get("rules", ())))


def _question(one: Json) -> Question:
    low, high = scale_of(one)
    return Question(
        code=one["code"],
        kind=one["kind"],
        metric=metric_of(one["kind"], high),
        series=one.get("series", 1),
        scale_min=low,
        scale_max=high,
        satisfied=frozenset(one.get("satisfied") or default_satisfied(one["kind"], low, high)),
        is_required=bool(one.get("required")),
        allows_na=bool(one.get("allows_na")),
        text_kind=one.get("text_kind", "plain"),
        validation=one.get("validation", {}),
        words=one.get("words", {}),
        help=one.get("help", {}),
        low=one.get("low", {}),
        high=one.get("high", {}),
        options=tuple(_option(option) for option in one.get("options", ())),
        rows=tuple(_option(row) for row in one.get("rows", ())),
    )


def _option(one: Json) -> Option:
    return Option(
        one["code"], one.get("kind", "plain"), one.get("words", {}), one.get("symbol", "")
    )


def scale_of(one: Json) -> tuple[int, int]:
    """First and last value of a question's scale."""
    kind = one["kind"]
    if kind == "nps":
        return 0, 10
    if kind == "ces":
        return 1, 5 if one.get("scale_max") == 5 else 7
    return 1, one.get("scale_max") or 5 if kind == "rating" else 5


def metric_of(kind: str, scale_max: int) -> str:
    if kind == "ces":
        return "ces1" if scale_max == 5 else "ces2"
    return "driver" if kind == "driver" else METRICS.get(kind, "none")


def default_satisfied(kind: str, low: int, high: int) -> tuple[int, ...]:
    """Which values count as satisfied unless the survey says otherwise."""
    if kind == "nps":
        return (9, 10)
    if kind == "ces":
        return (1, 2) if high == 5 else (5, 6, 7)
    return SATISFIED.get(high, ()) if kind in SCALES else ()


def questions_in(document: Mapping[str, Any]) -> Iterator[Json]:
    for section in document.get("sections", ()):
        yield from section.get("questions", ())


def sha256_of(document: Mapping[str, Any]) -> str:
    """The hash of the content, whatever the order of its keys."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
