"""A section as the respondent's page shows it: texts filled in, answers in their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from feedback import piping
from feedback.answering import LONGEST, PREFIX
from feedback.questionnaire import (
    CONTACT_PARTS,
    Option,
    Question,
    Questionnaire,
    Section,
    in_language,
)

INPUT_TYPES = {"email": "email", "url": "url", "phone": "tel", "number": "text", "plain": "text"}
AUTOCOMPLETE = {"name": "name", "email": "email", "phone": "tel"}


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its field name, value, text and whether it is chosen."""

    name: str
    value: str
    label: str
    is_chosen: bool = False
    symbol: str = ""
    number: int | None = None


@dataclass(frozen=True)
class Row:
    """One line of a matrix or ranking, or one part of contact details."""

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    value: str = ""
    autocomplete: str = ""
    type: str = "text"


@dataclass(frozen=True)
class Shown:
    """One question with everything its template needs."""

    question: Question
    name: str
    label: str
    help: str
    low: str
    high: str
    is_required: bool
    value: str = ""
    error: str = ""
    choices: tuple[Choice, ...] = ()
    rows: tuple[Row, ...] = ()
    other_name: str = ""
    other_value: str = ""
    na_name: str = ""
    is_na: bool = False
    longest: int = 500
    input_type: str = "text"
    file_count: int = 0

    @property
    def template(self) -> str:
        kind = self.question.kind
        if self.question.is_scale:
            kind = "scale"
        elif kind in ("single", "multi", "picture_choice", "driver"):
            kind = "choices"
        return f"feedback/respond/{kind}.html"

    @property
    def input(self) -> str:
        return "checkbox" if self.question.kind == "multi" else "radio"

    @property
    def described_by(self) -> str:
        parts = [
            f"{self.name}-help" if self.help else "",
            f"{self.name}-error" if self.error else "",
        ]
        return " ".join(part for part in parts if part)


@dataclass
class Filling:
    """What texts and fields are filled with."""

    language: str
    words: Mapping[str, str]
    names: Mapping[str, Any]
    answers: Mapping[str, dict[str, Any]]
    faults: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    preset: str = ""

    def text(self, words: Mapping[str, str]) -> str:
        return piping.fill(in_language(words, self.language), self.names, escape=False)


def shown_questions(version: Questionnaire, section: Section, filling: Filling) -> list[Shown]:
    return [_shown(question, filling, version) for question in section.questions]


def _shown(question: Question, filling: Filling, version: Questionnaire) -> Shown:
    answer = filling.answers.get(question.code, {})
    value = answer.get("value")
    if value is None and version.key is question and filling.preset:
        value = int(filling.preset)
    name = PREFIX + question.code
    return Shown(
        question=question,
        name=name,
        label=filling.text(question.words),
        help=filling.text(question.help),
        low=filling.text(question.low),
        high=filling.text(question.high),
        is_required=question.is_required or question.code in filling.required,
        value=value if isinstance(value, str) else "",
        error=filling.faults.get(question.code, ""),
        choices=tuple(_choices(question, name, value, filling)),
        rows=tuple(_rows(question, name, value or {}, filling)),
        other_name=f"{name}-other" if any(o.kind == "other" for o in question.options) else "",
        other_value=answer.get("other", ""),
        na_name=f"{name}-na" if question.allows_na else "",
        is_na=bool(answer.get("na")),
        longest=LONGEST.get(question.text_kind, 500),
        input_type=INPUT_TYPES.get(question.text_kind, "text"),
        file_count=len(value) if question.kind == "file" and value else 0,
    )


def _choices(question: Question, name: str, value: Any, filling: Filling) -> Iterator[Choice]:
    if question.is_scale:
        for number in question.values:
            yield Choice(name, str(number), str(number), value == number, number=number)
    elif question.kind not in ("matrix", "ranking"):
        chosen = value if isinstance(value, list) else [value]
        for option in question.options:
            label = filling.text(option.words)
            yield Choice(name, option.code, label, option.code in chosen, option.symbol)


def _rows(
    question: Question, name: str, value: Mapping[str, Any], filling: Filling
) -> Iterator[Row]:
    if question.kind == "matrix":
        for row in question.rows:
            field_name = f"{name}-{row.code}"
            choices = tuple(
                _matrix_choice(field_name, option, value.get(row.code), filling)
                for option in question.options
            )
            yield Row(field_name, filling.text(row.words), choices)
    elif question.kind == "ranking":
        places = range(1, len(question.options) + 1)
        for option in question.options:
            field_name = f"{name}-{option.code}"
            choices = tuple(
                Choice(field_name, str(place), str(place), value.get(option.code) == place)
                for place in places
            )
            yield Row(field_name, filling.text(option.words), choices)
    elif question.kind == "contact":
        for part in CONTACT_PARTS:
            kind = {"email": "email", "phone": "tel"}.get(part, "text")
            yield Row(
                f"{name}-{part}",
                filling.words[part],
                (),
                value.get(part, ""),
                AUTOCOMPLETE[part],
                kind,
            )


def _matrix_choice(name: str, option: Option, chosen: Any, filling: Filling) -> Choice:
    return Choice(name, option.code, filling.text(option.words), option.code == chosen)
