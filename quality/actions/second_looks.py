"""Verbs that begin another look at work: the agent's own, and the evaluation of an evaluation."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from lib.sentences import said
from quality.actions import gates
from quality.actions.desks import NotYours, locked_evaluation
from quality.actions.evaluations import NoVersionInForce, OwnWork, open_first_revision
from quality.models import Evaluation, Scorecard
from quality.models.evaluations import (
    SCORED_STATES,
    SHOWN_TO_AGENT_STATES,
    Purpose,
    Selection,
)
from quality.models.scorecards import ScorecardKind, SelfAssessment
from quality.refusals import Invalid, Refused


class NotOffered(Refused):
    def __init__(self) -> None:
        super().__init__(said("A self-assessment is not offered for this result."))


class NotAnEvaluatorScorecard(Invalid):
    def __init__(self) -> None:
        super().__init__("scorecard", "Choose a scorecard that is made for evaluations.")


class NotASubject(Refused):
    def __init__(self) -> None:
        super().__init__("Only a submitted standard evaluation of an interaction is evaluated.")


class AlreadyGraded(Refused):
    def __init__(self) -> None:
        super().__init__("This evaluation was already evaluated with this scorecard.")


def start_self_assessment(*, evaluation: Evaluation, by: User, at: datetime) -> Evaluation:
    """A blank scorecard of the same version for the agent, or the one that was begun.

    Raises NotYours, NotOffered.
    """
    with transaction.atomic():
        result = locked_evaluation(evaluation, "version", "leg")
        if result.agent_id != by.pk or result.purpose != Purpose.STANDARD:
            raise NotYours
        begun = own_assessment(result)
        if begun is not None:
            return begun
        is_shown = result.state in SHOWN_TO_AGENT_STATES and result.acknowledged_at is None
        if not is_shown or result.version.self_assessment == SelfAssessment.OFF:
            raise NotOffered
        assessment = Evaluation.objects.create(
            leg=result.leg,
            scorecard_id=result.scorecard_id,
            version=result.version,
            agent=by,
            team_id=result.team_id,
            evaluator=by,
            handled_at=result.handled_at,
            purpose=Purpose.SELF,
            selection=Selection.MANUAL,
            selection_reason="Self-assessment",
        )
        open_first_revision(assessment, by, at)
        audit.record(
            verb="start_self_assessment",
            record=assessment,
            by=by,
            at=at,
            after={"evaluation_id": result.pk},
        )
    return assessment


def own_assessment(result: Evaluation) -> Evaluation | None:
    """The agent's own scoring of the same work on the same version."""
    rows = Evaluation.objects.filter(
        leg=result.leg_id,
        version=result.version_id,
        agent=result.agent_id,
        purpose=Purpose.SELF,
    )
    return rows.exclude(state="void").select_related("current_revision", "version").first()


def start_grading(
    *, subject: Evaluation, scorecard: Scorecard, by: User, at: datetime
) -> Evaluation:
    """Evaluate an evaluation: its evaluator is the one who is judged.

    Raises NotASubject, NotAnEvaluatorScorecard, OwnWork, NoVersionInForce, AlreadyGraded.
    """
    if scorecard.kind != ScorecardKind.EVALUATOR:
        raise NotAnEvaluatorScorecard
    if scorecard.current_version is None or scorecard.archived_at:
        raise NoVersionInForce(scorecard.name)
    gates.must_be_qualified(scorecard=scorecard, by=by, at=at)
    try:
        with transaction.atomic():
            graded = locked_evaluation(subject)
            is_standard = graded.purpose == Purpose.STANDARD and graded.leg_id is not None
            if not is_standard or graded.state not in SCORED_STATES:
                raise NotASubject
            if by.pk in (graded.evaluator_id, graded.agent_id):
                raise OwnWork
            grading = Evaluation.objects.create(
                subject_evaluation=graded,
                scorecard=scorecard,
                version=scorecard.current_version,
                agent_id=graded.evaluator_id,
                team_id=graded.team_id,
                evaluator=by,
                handled_at=graded.first_submitted_at or at,
                selection=Selection.MANUAL,
                selection_reason="Evaluation of an evaluation",
            )
            open_first_revision(grading, by, at)
            audit.record(
                verb="start_grading",
                record=grading,
                by=by,
                at=at,
                after={"subject_id": graded.pk, "scorecard_id": scorecard.pk},
            )
    except IntegrityError:
        raise AlreadyGraded from None
    return grading
