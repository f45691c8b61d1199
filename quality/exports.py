"""Evaluations and their answers as rows of a table, streamed from the database."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import User
from lib.tabular.cells import CellValue
from quality import access
from quality.models import Answer, Evaluation
from quality.models.evaluations import EvaluationQuerySet

ROWS_AT_ONCE = 1000
EVALUATION_COLUMNS = (
    *("evaluation", "interaction", "channel", "handled_at", "agent", "team", "evaluator"),
    *("scorecard", "version", "selection", "purpose", "state", "submitted_at", "released_at"),
    *("acknowledged_at", "score_percent", "raw_percent", "interaction_percent", "outcome", "band"),
)
ANSWER_COLUMNS = (
    *("evaluation", "handled_at", "agent", "team", "scorecard", "version", "criterion_key"),
    *("criterion", "critical_family", "state", "options", "number", "text", "date"),
    *("earned", "possible", "is_failed", "fault_owner", "root_cause", "comment"),
)


def evaluation_lines(rows: EvaluationQuerySet, reader: User) -> Iterator[tuple[CellValue, ...]]:
    """The header, then one line for each evaluation; masks the evaluator where `reader` must."""
    yield EVALUATION_COLUMNS
    for evaluation in rows.for_reading().iterator(chunk_size=ROWS_AT_ONCE):
        yield _evaluation_line(evaluation, reader)


def answer_lines(rows: EvaluationQuerySet) -> Iterator[tuple[CellValue, ...]]:
    """The header, then one line for each answer of a current revision; no private comment."""
    yield ANSWER_COLUMNS
    current = rows.order_by().values("current_revision")
    answers = Answer.objects.filter(revision__in=current).select_related(
        "criterion",
        "revision__evaluation__agent",
        "revision__evaluation__team",
        "revision__evaluation__scorecard",
        "revision__evaluation__version",
    )
    for answer in answers.order_by("revision", "id").iterator(chunk_size=ROWS_AT_ONCE):
        yield _answer_line(answer)


def _evaluation_line(evaluation: Evaluation, reader: User) -> tuple[CellValue, ...]:
    leg, revision = evaluation.leg, evaluation.current_revision
    is_named = access.may_view_evaluator(reader, evaluation)
    work = (leg.interaction.reference, leg.interaction.channel) if leg else ("", "")
    figures: tuple[CellValue, ...] = (None, None, None, "", "")
    if revision:
        figures = (
            *(revision.score_percent, revision.raw_percent, revision.interaction_percent),
            *(revision.outcome, revision.band),
        )
    return (
        *(evaluation.public_ref, *work, evaluation.handled_at, evaluation.agent.short_name),
        *(str(evaluation.team or ""), evaluation.evaluator.short_name if is_named else ""),
        *(evaluation.scorecard.name, evaluation.version.number, evaluation.selection),
        *(evaluation.purpose, evaluation.state, evaluation.first_submitted_at),
        *(evaluation.released_at, evaluation.acknowledged_at),
        *figures,
    )


def _answer_line(answer: Answer) -> tuple[CellValue, ...]:
    evaluation, criterion = answer.revision.evaluation, answer.criterion
    return (
        *(evaluation.public_ref, evaluation.handled_at, evaluation.agent.short_name),
        *(str(evaluation.team or ""), evaluation.scorecard.name, evaluation.version.number),
        *(criterion.key, criterion.text, criterion.critical_family or "", answer.state),
        *(", ".join(answer.option_keys), answer.number, answer.text, answer.date),
        *(answer.earned, answer.possible, answer.is_failed, answer.fault_owner or ""),
        *(answer.root_cause, answer.comment_public),
    )
