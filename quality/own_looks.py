"""An agent's self-assessment beside the result of the same work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quality.actions.second_looks import own_assessment
from quality.desk import desk_of
from quality.models import Evaluation
from quality.models.evaluations import SCORED_STATES, Purpose
from quality.models.scorecards import SelfAssessment
from quality.questions import Part, Question, parts_of


@dataclass(frozen=True)
class Pair:
    """One criterion as the agent and as the evaluator answered it."""

    text: str
    own: str
    given: str

    @property
    def differs(self) -> bool:
        return self.own != self.given


def side_by_side(evaluation: Evaluation, parts: Iterable[Part]) -> list[Pair]:
    """Both answers of every criterion with one; empty without a submitted self-assessment."""
    is_asked = evaluation.version.self_assessment != SelfAssessment.OFF
    if evaluation.purpose != Purpose.STANDARD or evaluation.leg_id is None or not is_asked:
        return []
    own = own_assessment(evaluation)
    if own is None or own.state not in SCORED_STATES or own.current_revision is None:
        return []
    desk = desk_of(own, own.current_revision)
    answers = {
        question.key: answer_in_words(question)
        for part in parts_of(desk, desk.score())
        for question in part.questions
    }
    return [
        Pair(
            str(question.criterion["text"]),
            answers.get(question.key, "–"),
            answer_in_words(question),
        )
        for part in parts
        for question in part.questions
        if question.criterion["kind"] in ("single", "multi", "number")
    ]


def answer_in_words(question: Question) -> str:
    if question.answer is None or question.is_hidden:
        return "–"
    if question.answer.is_na:
        return "N/A"
    return ", ".join(question.picked_labels) or question.number_text or "–"
