"""Judge a whole questionnaire: the path its answers took, what is missing, and rows to store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crm.redaction import redact
from feedback import logic, topics
from feedback.answering import Answer as Given
from feedback.answering import fault_of, values_of
from feedback.models import Answer, Response
from feedback.questionnaire import Question, Questionnaire

LONG_TEXT = 40
Answers = Mapping[str, Given]


@dataclass(frozen=True)
class Judged:
    """The path, and a sentence for each answer on it that cannot be taken."""

    path: logic.Path
    faults: dict[str, str]


def judge(
    version: Questionnaire, answers: Answers, *, hidden: Mapping[str, str], language: str
) -> Judged:
    values = values_of(version, answers) | {
        name: hidden[name] for name in version.hidden if name in hidden
    }
    path = logic.path(version, values)
    faults = {}
    for code in path.sections:
        section = version.section(code)
        assert section is not None
        for question in section.questions:
            is_required = question.is_required or question.code in path.required
            fault = fault_of(
                question,
                dict(answers.get(question.code, {})),
                is_required=is_required and question.asks,
                language=language,
            )
            if fault:
                faults[question.code] = fault
    return Judged(path, faults)


def redacted(answers: Answers) -> dict[str, Given]:
    """The answers without card numbers, before anything of them is written."""
    return {
        code: {key: _clean(value) for key, value in one.items()} for code, one in answers.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _clean(part) for key, part in value.items()}
    return value


# --- Rows ----------------------------------------------------------------------------------------


def rows_of(
    response: Response, version: Questionnaire, answers: Answers, path: logic.Path
) -> list[Answer]:
    """Unsaved rows: every asked question on the path, and given answers that left it."""
    on_path = set(path.sections)
    rows: list[Answer] = []
    for section in version.sections:
        is_on = section.code in on_path
        for question in section.questions:
            given = dict(answers.get(question.code, {}))
            if not question.asks or (not is_on and not given):
                continue
            for row in _rows(question, given):
                row.response, row.is_on_path = response, is_on
                rows.append(row)
    return rows


def _rows(question: Question, given: Given) -> Iterator[Answer]:
    code, value = question.code, given.get("value")
    if given.get("na"):
        yield Answer(question=code, is_not_applicable=True)
    elif value in (None, "", [], {}):
        yield Answer(question=code, is_skipped=True)
    elif question.kind == "file":
        for number, pk in enumerate(value, 1):
            yield Answer(question=code, row_code=str(number), file_id=pk)
    elif isinstance(value, dict):
        yield from (_part(question, part, one) for part, one in value.items())
    elif isinstance(value, list):
        for one in value:
            yield Answer(question=code, option=one, text=_other(question, one, given))
    elif question.is_scale:
        yield Answer(question=code, number=Decimal(value))
    elif question.kind == "text" and question.text_kind == "number":
        yield Answer(question=code, number=Decimal(str(value).replace(",", ".")))
    elif question.kind == "text":
        yield Answer(question=code, text=value)
    elif question.kind == "date":
        yield Answer(question=code, date=date.fromisoformat(value))
    else:
        yield Answer(question=code, option=value, text=_other(question, value, given))


def _part(question: Question, part: str, one: Any) -> Answer:
    if question.kind == "ranking":
        return Answer(question=question.code, row_code=part, number=Decimal(one))
    if question.kind == "matrix":
        return Answer(question=question.code, row_code=part, option=one)
    return Answer(question=question.code, row_code=part, text=one)


def _other(question: Question, code: str, given: Given) -> str:
    option = question.option(code)
    return str(given.get("other", "")) if option and option.kind == "other" else ""


# --- What a response copies ----------------------------------------------------------------------


def copy_key_figures(
    response: Response, version: Questionnaire, answers: Answers, path: logic.Path
) -> None:
    """Put the key answer, its driver and the comment onto the response itself."""
    on_path = {
        one.code
        for section in version.sections
        if section.code in path.sections
        for one in section.questions
    }
    key, driver = version.key, version.driver
    response.metric = key.metric if key else ""
    response.value = response.is_satisfied = None
    if (
        key
        and key.code in on_path
        and (value := answers.get(key.code, {}).get("value")) is not None
    ):
        response.value, response.is_satisfied = int(value), key.is_satisfied(int(value))
    response.driver_by_customer = ""
    if driver and driver.code in on_path:
        response.driver_by_customer = answers.get(driver.code, {}).get("value") or ""
    response.comment = comment_of(version, answers, on_path)
    response.text_hash = text_hash(response.comment)


def comment_of(version: Questionnaire, answers: Answers, on_path: set[str]) -> str:
    """The first long text that was written."""
    for one in version.questions.values():
        is_long = one.kind == "text" and one.text_kind == "long"
        text = answers.get(one.code, {}).get("value")
        if is_long and one.code in on_path and text:
            return str(text)
    return ""


def text_hash(text: str) -> str:
    """What tells the same long text sent twice; short ones are the same by chance."""
    if len(text) < LONG_TEXT:
        return ""
    return hashlib.sha256(topics.plain(text).encode()).hexdigest()
