"""Responses as rows of a table: one a response, or one an answer; streamed from the database."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts.models import User
from accounts.permissions import has
from feedback import indices
from feedback.models import Answer, Response, StateChange, Survey
from feedback.models.survey_responses import ResponseQuerySet
from feedback.questionnaire import Question, in_language
from feedback.redaction import mask_text
from feedback.survey_access import may_view_identity
from lib.tabular.cells import CellValue, cell_text
from lib.tabular.writing import write_xlsx

ROWS_AT_ONCE = 500
COLUMNS = (
    *("response", "submitted_on", "survey", "version", "state", "origin", "channel", "language"),
    *("queue", "team", "interaction", "metric", "value", "is_satisfied", "driver"),
)
LONG_COLUMNS = (
    *("response", "submitted_on", "version", "question", "series", "row", "option", "label"),
    *("number", "text", "date", "is_skipped", "is_not_applicable", "is_on_path"),
)
NOT_APPLICABLE = "NA"
Line = tuple[CellValue, ...]


def lines(survey: Survey, rows: ResponseQuerySet, reader: User, *, is_long: bool) -> Iterator[Line]:
    """Header, then the rows, then one that says how many they are."""
    found = rows.for_list().prefetch_related("answers").order_by("submitted_on", "pk")
    masks, count = not has(reader, "feedback.view_identity"), 0
    codes = _codes(survey)
    yield LONG_COLUMNS if is_long else (*COLUMNS, *codes)
    for row in found.iterator(chunk_size=ROWS_AT_ONCE):
        count += 1
        if is_long:
            yield from _long(row, masks)
        else:
            yield (*_head(row, reader), *_wide(row, codes, masks))
    yield ("rows", count)


def _codes(survey: Survey) -> list[str]:
    """Question codes of every version, in order of the newest."""
    found: dict[str, None] = {}
    for version in survey.versions.order_by("-number"):
        found |= {one.code: None for one in version.questionnaire.questions.values() if one.asks}
    return list(found)


def _head(row: Response, reader: User) -> Line:
    invitation = row.invitation
    interaction = invitation.interaction if invitation and may_view_identity(reader, row) else None
    return (
        *(str(row.pk), row.submitted_on, row.survey.code, row.version.number, row.state),
        *(row.origin, row.channel, row.language, str(row.queue or ""), str(row.team or "")),
        *(interaction.reference if interaction else "", row.metric, row.value),
        *(row.is_satisfied, row.driver),
    )


def _wide(row: Response, codes: Iterable[str], masks: bool) -> Iterator[CellValue]:
    by_code: dict[str, list[Answer]] = {}
    for answer in row.answers.all():
        if answer.is_on_path:
            by_code.setdefault(answer.question, []).append(answer)
    for code in codes:
        yield _cell(by_code.get(code, []), masks)


def _cell(answers: list[Answer], masks: bool) -> CellValue:
    """0 stays 0, skipped is empty, not applicable is NA; several values are joined."""
    if not answers or answers[0].is_skipped:
        return None
    if answers[0].is_not_applicable:
        return NOT_APPLICABLE
    if len(answers) == 1 and not answers[0].row_code:
        return _value(answers[0], masks)
    return "; ".join(
        f"{one.row_code}={_value(one, masks)}" if one.row_code else str(_value(one, masks))
        for one in answers
    )


def _value(answer: Answer, masks: bool) -> CellValue:
    if answer.number is not None:
        whole = answer.number == answer.number.to_integral_value()
        return int(answer.number) if whole else answer.number.normalize()
    if answer.date:
        return answer.date
    if answer.file_id:
        return "file"
    text = mask_text(answer.text) if masks else answer.text
    return f"{answer.option}: {text}" if answer.option and text else answer.option or text


def _long(row: Response, masks: bool) -> Iterator[Line]:
    questions = row.version.questionnaire.questions
    for answer in row.answers.all():
        question = questions.get(answer.question)
        option = question.option(answer.option) if question else None
        label = in_language(option.words, row.survey.default_language) if option else ""
        yield (
            *(str(row.pk), row.submitted_on, row.version.number, answer.question),
            *(question.series if question else None, answer.row_code, answer.option, label),
            *(answer.number, mask_text(answer.text) if masks else answer.text, answer.date),
            *(answer.is_skipped, answer.is_not_applicable, answer.is_on_path),
        )


# --- Files ---------------------------------------------------------------------------------------


def as_json(rows: Iterator[Line]) -> Iterator[bytes]:
    """A list of objects; the last one says how many they are."""
    header = [str(name) for name in next(rows)]
    yield b"["
    for number, line in enumerate(rows):
        names = ("rows", "count") if line[0] == "rows" else header
        values = line if line[0] != "rows" else ("total", line[1])
        one = {name: _plain(value) for name, value in zip(names, values, strict=False)}
        yield (b",\n" if number else b"\n") + json.dumps(one, ensure_ascii=False).encode()
    yield b"\n]\n"


def _plain(value: CellValue) -> Any:
    if value is None or isinstance(value, str | int | bool):
        return value
    return cell_text(value)


def as_xlsx(rows: Iterator[Line]) -> bytes:
    stream = io.BytesIO()
    header = [str(name) for name in next(rows)]
    write_xlsx(stream, header, rows, sheet="Responses")
    return stream.getvalue()


# --- For pages -----------------------------------------------------------------------------------


def shown_answers(
    row: Response, questions: Mapping[str, Question], *, masks: bool
) -> list[dict[str, Any]]:
    """Question and answer in words, in order of the survey; off the path is said."""
    by_code: dict[str, list[Answer]] = {}
    for answer in row.answers.all():
        by_code.setdefault(answer.question, []).append(answer)
    language = row.language
    return [
        {
            "question": in_language(questions[code].words, language),
            "values": [_words(one, questions[code], language, masks) for one in by_code[code]],
            "is_on_path": by_code[code][0].is_on_path,
            "files": [one.file_id for one in by_code[code] if one.file_id],
        }
        for code in questions
        if code in by_code
    ]


def _words(answer: Answer, question: Question, language: str, masks: bool) -> str:
    if answer.is_skipped:
        return "skipped"
    if answer.is_not_applicable:
        return "does not apply"
    option = question.option(answer.option)
    label = in_language(option.words, language) if option else answer.option
    text = mask_text(answer.text) if masks else answer.text
    if answer.number is not None:
        label = f"{answer.number.normalize():f}"
    parts = [answer.row_code, label, text, str(answer.date or "")]
    return ": ".join(part for part in parts if part)


def false_alarms(rows: ResponseQuerySet) -> dict[str, Any]:
    """Of what was held back and decided, how much was a person's after all."""
    decided = StateChange.objects.filter(
        response__in=rows.values("pk"), from_state="suspect", by__isnull=False
    )
    released = decided.filter(to_state="accepted").count()
    rejected = decided.filter(to_state="rejected").count()
    found = indices.share(released, released + rejected)
    return {
        "n": released + rejected,
        "released": released,
        "text": indices.shown(None if found.value is None else 100 * found.value),
        "low": None if found.low is None else indices.shown(100 * found.low),
        "high": None if found.high is None else indices.shown(100 * found.high),
    }
