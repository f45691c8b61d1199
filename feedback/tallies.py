"""Running counts of answers and of what became of invitations, kept with every change of state.

Figures read these rows alone, so that a page costs the same at a thousand and a million answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from django.db import connection

from feedback.models import Answer, Invitation, Response, Tally
from feedback.questionnaire import Question, Questionnaire

MARK = "~"  # Before keys that are no answers.
REACHED, ANSWERED, SKIPPED, NOT_APPLICABLE = "~reached", "~answered", "~skipped", "~na"
DRIVER, FIELD = "~driver", "~field"
LONGEST_KEY = 90
ROWS_AT_ONCE = 600  # Even a hundred questions are one statement.
COLUMNS = (
    *("survey_id", "on_date", "question", "series", "origin"),
    *("queue_key", "channel", "team_key", "key"),
)


class Cell(NamedTuple):
    """What one tally row counts."""

    survey_id: int
    on_date: date
    question: str
    series: int
    origin: str
    queue_key: int
    channel: str
    team_key: int
    key: str


def add(changes: Mapping[Cell, int]) -> None:
    """Add the changes to the stored counts, in a fixed order so that writers never deadlock."""
    rows = sorted((cell, change) for cell, change in changes.items() if change)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            _upsert(cursor, rows[start : start + ROWS_AT_ONCE])


def _upsert(cursor: object, rows: list[tuple[Cell, int]]) -> None:
    table, columns = Tally._meta.db_table, ", ".join(COLUMNS)
    places = ", ".join(["%s"] * (len(COLUMNS) + 1))
    values = ", ".join([f"({places})"] * len(rows))
    statement = (
        f"INSERT INTO {table} ({columns}, count) VALUES {values} "  # noqa: S608 - Own names only.
        f"ON CONFLICT ({columns}) DO UPDATE SET count = {table}.count + excluded.count"
    )
    parameters: list[object] = []
    for cell, change in rows:
        day = cell.on_date if connection.vendor != "sqlite" else cell.on_date.isoformat()
        parameters += [cell.survey_id, day, *cell[2:], change]
    cursor.execute(statement, parameters)  # type: ignore[attr-defined]


# --- Responses -----------------------------------------------------------------------------------


def count_response(
    response: Response, version: Questionnaire, answers: Iterable[Answer], *, sign: int = 1
) -> None:
    """Add the response to the counts, or take it out with sign -1."""
    add({cell: sign * n for cell, n in cells_of(response, version, answers).items()})


def cells_of(
    response: Response, version: Questionnaire, answers: Iterable[Answer]
) -> Counter[Cell]:
    """Everything that a response counts in."""
    by_question: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.is_on_path:
            by_question.setdefault(answer.question, []).append(answer)
    found: Counter[Cell] = Counter()
    for code, rows in by_question.items():
        if question := version.questions.get(code):
            for key in _keys(question, rows):
                found[_cell(response, code, question.series, key)] += 1
    found[driver_cell(response)] += 1
    return found


def driver_cell(response: Response) -> Cell:
    """Effective driver and whether the customer was satisfied."""
    satisfied = {True: "yes", False: "no", None: "none"}[response.is_satisfied]
    return _cell(response, DRIVER, 1, f"{response.driver or 'none'}.{satisfied}")


def _keys(question: Question, rows: list[Answer]) -> Iterator[str]:
    yield REACHED
    if any(row.is_skipped for row in rows):
        yield SKIPPED
    elif any(row.is_not_applicable for row in rows):
        yield NOT_APPLICABLE
    else:
        yield ANSWERED
        if (
            question.kind not in ("text", "date", "contact", "file")
            or question.text_kind == "number"
        ):
            yield from (_key(row) for row in rows)


def _key(row: Answer) -> str:
    value = row.option if row.number is None else f"{row.number.normalize():f}"
    return f"{row.row_code}.{value}"[:LONGEST_KEY] if row.row_code else value[:LONGEST_KEY]


def _cell(response: Response, question: str, series: int, key: str) -> Cell:
    return Cell(
        response.survey_id,
        response.submitted_on,
        question,
        series,
        response.origin,
        response.queue_id or 0,
        response.interaction_channel,
        response.team_id or 0,
        key,
    )


# --- Invitations ---------------------------------------------------------------------------------


def move_disposition(invitation: Invitation, on: date, before: str, after: str) -> None:
    """One invitation sent on that day went from one disposition to another; "" is none."""
    add(moved_disposition(invitation, on, before, after))


def moved_disposition(invitation: Invitation, on: date, before: str, after: str) -> Counter[Cell]:
    """What that move changes, to be added with other changes."""
    if before == after:
        return Counter()
    return Counter(
        {field_cell(invitation, on, key): n for key, n in ((before, -1), (after, 1)) if key}
    )


def field_cell(invitation: Invitation, on: date, key: str) -> Cell:
    return Cell(
        invitation.survey_id,
        on,
        FIELD,
        1,
        invitation.origin,
        invitation.queue_id or 0,
        invitation.interaction_channel,
        invitation.team_id or 0,
        key,
    )
