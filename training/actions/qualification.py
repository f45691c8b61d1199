"""Verbs of evaluators' qualification: begin a run, save answers, end it, end a qualification."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from lib import events
from quality import scoring
from quality.content import Content, content_of
from quality.facts import facts_of
from quality.models import Evaluation, ReferenceEvaluation, Scorecard
from quality.refusals import Invalid, Refused, need_reason
from training.actions.assigning import local_today
from training.events import EvaluatorQualificationEnded, EvaluatorQualified
from training.models import EvaluatorQualification, QualificationMark, QualificationRun
from training.qualifying import (
    LEAST_REFERENCES,
    VALID_MONTHS,
    Answered,
    Compared,
    result_of,
    words_of,
)
from training.validity import add_months

MOST_REFERENCES = 10
COMPARED_KINDS = ("single", "multi", "number", "date")


class TooFewReferences(Refused):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"{LEAST_REFERENCES} references that you have not seen are needed; there are {count}."
        )


class HasEnded(Refused):
    def __init__(self) -> None:
        super().__init__("This run has ended; its answers stay as they are.")


class NotAllAnswered(Refused):
    def __init__(self, count: int) -> None:
        super().__init__(f"{count} of the interactions {'is' if count == 1 else 'are'} not scored.")


class Unanswered(Invalid):
    def __init__(self, texts: list[str]) -> None:
        super().__init__("answers", f"Not answered: {', '.join(texts)}.")


def unseen_references(person: User, scorecard: Scorecard) -> list[ReferenceEvaluation]:
    """Agreed references of the version in force that the person has met in no way."""
    met = QualificationMark.objects.filter(run__person=person).values("reference_id")
    evaluated = Evaluation.objects.filter(evaluator=person, leg__isnull=False).values("leg_id")
    rows = ReferenceEvaluation.objects.in_use().filter(version=scorecard.current_version_id)
    rows = rows.exclude(pk__in=met).exclude(leg__in=evaluated)
    agreed = ReferenceEvaluation.objects.filter(agreed_by=person).values("pk")
    return list(rows.exclude(created_by=person).exclude(pk__in=agreed).order_by("pk"))


def start_run(*, person: User, scorecard: Scorecard, at: datetime) -> QualificationRun:
    """Begin, or go on with the run that is open. Raises TooFewReferences."""
    known = QualificationRun.objects.running().filter(person=person, scorecard=scorecard).first()
    if known is not None:
        return known
    references = unseen_references(person, scorecard)
    if len(references) < LEAST_REFERENCES or scorecard.current_version is None:
        raise TooFewReferences(len(references))
    try:
        with transaction.atomic():
            run = QualificationRun.objects.create(
                person=person,
                scorecard=scorecard,
                version=scorecard.current_version,
                started_at=at,
            )
            QualificationMark.objects.bulk_create(
                QualificationMark(run=run, reference=reference, position=position)
                for position, reference in enumerate(references[:MOST_REFERENCES])
            )
            audit.record(verb="start_qualification", record=run, by=person, at=at)
    except IntegrityError:
        return QualificationRun.objects.running().get(person=person, scorecard=scorecard)
    return run


def save_marks(
    *, mark: QualificationMark, answers: Mapping[str, Mapping[str, Any]], at: datetime
) -> QualificationMark:
    """The trainee's answers to one interaction. Raises HasEnded, Unanswered, Invalid."""
    given = {key: dict(answer) for key, answer in answers.items()}
    score = _score(mark.reference, given)
    criteria = content_of(mark.reference.version).criteria
    asked = [key for key in score.missing if criteria[key]["kind"] in COMPARED_KINDS]
    missing = [criteria[key]["text"] for key in asked if criteria[key]["is_required"]]
    if missing:
        raise Unanswered(missing)
    with transaction.atomic():
        run = QualificationRun.objects.select_for_update().get(pk=mark.run_id)
        if not run.is_open:
            raise HasEnded
        mark.answers, mark.saved_at = given, at
        mark.save(update_fields=["answers", "saved_at", "updated_at"])
    return mark


def end_run(*, run: QualificationRun, at: datetime) -> QualificationRun:
    """Compare and decide, once. Raises NotAllAnswered, HasEnded."""
    with transaction.atomic():
        locked = QualificationRun.objects.select_for_update().get(pk=run.pk)
        if not locked.is_open:
            raise HasEnded
        rows = locked.marks.select_related(
            "reference__version", "reference__leg__interaction__queue", "reference__leg__queue"
        )
        marks = list(rows)
        waiting = sum(mark.saved_at is None for mark in marks)
        if waiting:
            raise NotAllAnswered(waiting)
        locked.result = result_of([_compared(mark) for mark in marks])
        locked.is_passed, locked.ended_at = locked.result["is_passed"], at
        locked.save(update_fields=["result", "is_passed", "ended_at", "updated_at"])
        after = {"is_passed": locked.is_passed, "exact": locked.result["exact"]}
        audit.record(
            verb="end_qualification_run", record=locked, by=locked.person, at=at, after=after
        )
        if locked.is_passed:
            _qualify(locked, at=at)
    return locked


def _qualify(run: QualificationRun, *, at: datetime) -> None:
    """The new qualification takes the place of one that is still open."""
    today = local_today(at)
    rows = EvaluatorQualification.objects.open()
    rows.filter(person=run.person, scorecard=run.scorecard).update(
        ended_at=at, ended_reason="Renewed."
    )
    made = EvaluatorQualification.objects.create(
        person=run.person,
        scorecard=run.scorecard,
        run=run,
        passed_on=today,
        valid_until_on=add_months(today, VALID_MONTHS),
    )
    audit.record(verb="qualify_evaluator", record=made, by=None, at=at)
    events.publish(
        EvaluatorQualified(
            at=at,
            by_id=None,
            person_id=run.person_id,
            scorecard_id=run.scorecard_id,
            valid_until_on=made.valid_until_on,
        )
    )


def end_qualification(
    *, qualification: EvaluatorQualification, reason: str, by: User | None, at: datetime
) -> bool:
    """Before its time, or as it expired; False if it had ended. Raises ReasonTooShort."""
    reason = need_reason(reason, 5)
    with transaction.atomic():
        rows = EvaluatorQualification.objects.open().filter(pk=qualification.pk)
        if not rows.update(ended_at=at, ended_reason=reason[:500]):
            return False
        audit.record(verb="end_qualification", record=qualification, by=by, at=at, reason=reason)
        events.publish(
            EvaluatorQualificationEnded(
                at=at,
                by_id=by.pk if by else None,
                person_id=qualification.person_id,
                scorecard_id=qualification.scorecard_id,
                valid_until_on=qualification.valid_until_on,
            )
        )
    return True


def end_expired(*, at: datetime) -> int:
    """The daily round: what was valid until yesterday."""
    rows = EvaluatorQualification.objects.open().filter(valid_until_on__lt=local_today(at))
    return sum(
        end_qualification(qualification=one, reason="Expired.", by=None, at=at)
        for one in rows.order_by("pk")
    )


def end_all_of(*, person: User, at: datetime) -> None:
    """Somebody left."""
    for one in EvaluatorQualification.objects.open().filter(person=person):
        end_qualification(qualification=one, reason="The person left.", by=None, at=at)


def trainings_of(user: User) -> Collection[int]:
    """Scorecards whose references the person must not see now, as they are in a run."""
    rows = QualificationRun.objects.running().filter(person=user)
    return list(rows.values_list("scorecard_id", flat=True))


# --- Comparing ----------------------------------------------------------------------------------


def _score(reference: ReferenceEvaluation, answers: dict[str, dict[str, Any]]) -> scoring.Score:
    card = content_of(reference.version).card
    try:
        return scoring.score(card, answers, facts_of(reference.leg, card.facts_named))
    except scoring.InvalidRequest as error:
        raise Invalid("answers", error.problems[0].message) from None


def _compared(mark: QualificationMark) -> Compared:
    reference = mark.reference
    content = content_of(reference.version)
    agreed, given = _score(reference, reference.answers), _score(reference, mark.answers)
    return Compared(
        answers=[
            Answered(
                key=key,
                agreed=words_of(reference.answers.get(key)),
                given=words_of(mark.answers.get(key)),
                is_critical=key in _critical(content),
                agreed_fails=_fails(agreed, key),
                given_fails=_fails(given, key),
            )
            for key, criterion in content.criteria.items()
            if criterion["kind"] in COMPARED_KINDS and reference.answers.get(key)
        ],
        agreed_percent=_percent(agreed),
        given_percent=_percent(given),
    )


def _critical(content: Content) -> set[str]:
    return {
        key
        for key, one in content.criteria.items()
        if one.get("critical_family") or one.get("fail_trigger", "none") != "none"
    }


def _fails(score: scoring.Score, key: str) -> bool:
    found = score.criteria.get(key)
    return found is not None and found.is_failed


def _percent(score: scoring.Score) -> float | None:
    return None if score.score_percent is None else float(score.score_percent)
