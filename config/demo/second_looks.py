"""Second looks in the demo center: self-assessments, gradings, references, and who may score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from accounts.models import User
from config.demo.dialogues import Conversation
from config.demo.evaluations import answer_everything
from config.demo.people import DemoPeople
from quality.actions import evaluations, references, scorecards, second_looks
from quality.content import content_of
from quality.models import (
    Answer,
    CalibrationSession,
    Criterion,
    Evaluation,
    ReferenceEvaluation,
    Scorecard,
)
from quality.models.evaluations import EvaluationState, Purpose
from training.actions import qualification

SELF_ASSESSED, GRADED, REFERENCES = 4, 3, 6


def make_second_looks(
    rng: Random,
    people: DemoPeople,
    said: Mapping[int, Conversation],
    cards: Mapping[str, Scorecard],
    now: datetime,
) -> None:
    """After the results: they are what is looked at again."""
    _assess_oneself(rng, said, _results(cards["Chat and messaging"], now))
    _grade(rng, people, _results(cards["Voice service"], now), cards["Grading evaluations"])
    session = CalibrationSession.objects.get(state="finished")
    references.keep_reference(session=session, by=people.evaluators[0], at=now)
    _refer(people, cards["Compliance check"], now - timedelta(days=20))
    _qualify(people, cards["Compliance check"], now - timedelta(days=12))


def _results(card: Scorecard, now: datetime) -> Any:
    """Released results that are old enough to be looked at again, newest first."""
    rows = Evaluation.objects.filter(
        scorecard=card,
        purpose=Purpose.STANDARD,
        state=EvaluationState.RELEASED,
        released_at__lt=now - timedelta(days=2),
    )
    return rows.select_related("leg__agent", "leg__interaction").order_by("-released_at", "pk")


def _assess_oneself(rng: Random, said: Mapping[int, Conversation], results: Any) -> None:
    """Agents score their own conversation before they acknowledge the result."""
    for number, result in enumerate(results.filter(acknowledged_at=None)[:SELF_ASSESSED]):
        leg, at = result.leg, result.released_at + timedelta(hours=2)
        own = second_looks.start_self_assessment(evaluation=result, by=leg.agent, at=at)
        answer_everything(rng, own, leg.agent, leg, said.get(leg.interaction_id))
        _submit(own, leg.agent, at + timedelta(minutes=8), 400_000 + number)


def _grade(rng: Random, people: DemoPeople, results: Any, card: Scorecard) -> None:
    """One evaluator looks at the work of the others."""
    grader = people.evaluators[-1]
    version = card.current_version
    assert version is not None
    content = content_of(version)
    rows = Criterion.objects.filter(version=version).order_by("pk")
    for number, subject in enumerate(results.exclude(evaluator=grader)[:GRADED]):
        at = subject.released_at + timedelta(days=1)
        grading = second_looks.start_grading(subject=subject, scorecard=card, by=grader, at=at)
        revision = grading.open_revision
        assert revision is not None
        Answer.objects.bulk_create(
            Answer(
                revision=revision,
                criterion=row,
                saved_by=grader,
                option_keys=[_passing(rng, content.criteria[row.key]["options"])],
            )
            for row in rows
        )
        _submit(grading, grader, at + timedelta(minutes=12), 410_000 + number)


def _passing(rng: Random, options: list[dict[str, Any]]) -> str:
    """Mostly the best answer, never a failed one."""
    good = [option["key"] for option in options if not option["is_fail"]]
    return str(good[-1] if rng.random() < 0.3 else good[0])


def _submit(evaluation: Evaluation, by: User, at: datetime, number: int) -> None:
    evaluations.submit_evaluation(
        evaluation=evaluation, by=by, at=at, key=UUID(int=number), confirmed=True
    )


def _refer(people: DemoPeople, card: Scorecard, at: datetime) -> None:
    """What two people agree on, from the answers of good results; one waits for the second."""
    version = card.current_version
    assert version is not None
    rows = Evaluation.objects.filter(scorecard=card, evaluator=people.evaluators[-1])
    for number, result in enumerate(rows.select_related("leg").order_by("pk")[:REFERENCES]):
        assert result.leg is not None
        assert result.current_revision is not None
        given = result.current_revision.answers.select_related("criterion")
        reference = references.propose_reference(
            leg=result.leg,
            version=version,
            answers={row.criterion.key: row.as_document(row.criterion.kind) for row in given},
            notes={},
            by=people.admin or people.evaluators[-1],
            at=at,
        )
        if number < REFERENCES - 1:
            references.agree_to_reference(reference=reference, by=people.evaluators[-1], at=at)


def _qualify(people: DemoPeople, card: Scorecard, at: datetime) -> None:
    """Two evaluators pass; from now on the scorecard asks for it, and the third one waits."""
    for person in people.evaluators[:2]:
        run = qualification.start_run(person=person, scorecard=card, at=at)
        for mark in run.marks.select_related("reference__version", "reference__leg"):
            reference: ReferenceEvaluation = mark.reference
            qualification.save_marks(mark=mark, answers=reference.answers, at=at)
        qualification.end_run(run=run, at=at + timedelta(hours=1))
    scorecards.bind_scorecard(
        scorecard=card,
        channels=card.channels,
        direction=card.direction,
        teams=[],
        queues=[],
        needs_qualification=True,
        by=people.admin or people.evaluators[-1],
        at=at + timedelta(days=1),
    )
