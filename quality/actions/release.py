"""Verbs that bring a submitted result to its agent: approve, return, release."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from lib import events
from lib.sentences import said
from ops import mail
from quality.actions.desks import locked_evaluation
from quality.desk import Desk, answers_by_key
from quality.events import EvaluationChanged, EvaluationFinalized, FaultReported
from quality.models import Evaluation, EvaluationRevision
from quality.models.base import as_text
from quality.models.evaluations import EVALUATION_TRANSITIONS, EvaluationState, Purpose
from quality.models.scorecards import ReleaseMode
from quality.refusals import Invalid, Refused

LONGEST_WAIT = timedelta(days=45)


class NotReleasable(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(
            said("Only a submitted evaluation can be released; this one is {state}.", state=state)
        )


class NotForAgents(Refused):
    """Second scorings, calibrations and self-assessments are no results."""

    def __init__(self, purpose: str) -> None:
        super().__init__(
            said(
                "This is never released: {purpose}. Only a standard evaluation is.",
                purpose=purpose,
            )
        )


class ReleaseMomentOutOfRange(Invalid):
    def __init__(self) -> None:
        super().__init__("release_at", said("Choose a moment from now on, at most 45 days ahead."))


def after_submit(desk: Desk, *, by: User, at: datetime) -> None:
    """Put the sealed revision in force and take the evaluation as far as the version says."""
    evaluation, revision = desk.evaluation, desk.revision
    was_released = evaluation.released_at is not None
    evaluation.current_revision = revision
    evaluation.first_submitted_at = evaluation.first_submitted_at or at
    if evaluation.state == EvaluationState.DRAFT:
        waits = evaluation.purpose == Purpose.STANDARD and needs_approval(evaluation)
        evaluation.state = EvaluationState.IN_APPROVAL if waits else EvaluationState.SUBMITTED
    _save(evaluation, "current_revision", "first_submitted_at", "state")
    if was_released:
        publish_change(evaluation, revision, by=by, at=at)
    elif evaluation.state == EvaluationState.SUBMITTED:
        report_faults(evaluation, revision, by=by, at=at)
        apply_release_mode(evaluation, by=by, at=at)


def needs_approval(evaluation: Evaluation) -> bool:
    """Whether the hash of the public reference falls into the version's share."""
    share = Fraction(evaluation.version.approval_percent) / 100
    return falls_into(f"approval:{evaluation.version_id}", evaluation.public_ref, share)


def falls_into(salt: str, name: str, share: Fraction) -> bool:
    """A fair and repeatable coin: the first 8 bytes of a hash, read as a fraction of 1."""
    digest = sha256(f"{salt}:{name}".encode()).digest()
    return Fraction(int.from_bytes(digest[:8], "big"), 2**64) < share


def apply_release_mode(evaluation: Evaluation, *, by: User, at: datetime) -> None:
    """Release at once, set the moment, or leave it to a person."""
    if evaluation.purpose != Purpose.STANDARD:
        return
    version = evaluation.version
    if version.release_mode == ReleaseMode.ON_SUBMIT:
        _release(evaluation, by=by, at=at)
    elif version.release_mode == ReleaseMode.DELAYED:
        evaluation.release_at = at + timedelta(hours=version.release_delay_hours)
        _save(evaluation, "release_at")


def release_due(*, at: datetime, most: int = 500) -> int:
    """Release whatever has reached its moment, each by itself; returns how many were released."""
    due = Evaluation.objects.filter(
        state=EvaluationState.SUBMITTED, release_at__isnull=False, release_at__lte=at
    )
    released = 0
    for pk in list(due.order_by("release_at").values_list("pk", flat=True)[:most]):
        try:
            release_evaluation(evaluation=Evaluation(pk=pk), by=None, at=at)
            released += 1
        except NotReleasable:
            continue  # Somebody released or voided it meanwhile.
    return released


def release_evaluation(*, evaluation: Evaluation, by: User | None, at: datetime) -> Evaluation:
    """Show a submitted result to its agent; exactly once. `by` is None for the clock."""
    with transaction.atomic():
        locked = locked_evaluation(evaluation, "version")
        _refuse_unless_standard(locked)
        if EvaluationState.RELEASED not in EVALUATION_TRANSITIONS[locked.state] or (
            locked.released_at is not None
        ):
            raise NotReleasable(locked.get_state_display().lower())
        _release(locked, by=by, at=at)
        audit.record(
            verb="release_evaluation",
            record=locked,
            by=by,
            at=at,
            before={"state": EvaluationState.SUBMITTED},
            after={"state": locked.state},
        )
    return locked


def schedule_release(
    *, evaluation: Evaluation, release_at: datetime, by: User, at: datetime
) -> Evaluation:
    """Choose the moment of release by hand, at most 45 days ahead."""
    if not at <= release_at <= at + LONGEST_WAIT:
        raise ReleaseMomentOutOfRange
    with transaction.atomic():
        locked = locked_evaluation(evaluation)
        _refuse_unless_standard(locked)
        if locked.state != EvaluationState.SUBMITTED:
            raise NotReleasable(locked.get_state_display().lower())
        locked.release_at = release_at
        _save(locked, "release_at")
        audit.record(
            verb="schedule_release",
            record=locked,
            by=by,
            at=at,
            after={"release_at": release_at.isoformat()},
        )
    return locked


def publish_change(
    evaluation: Evaluation, revision: EvaluationRevision, *, by: User, at: datetime
) -> None:
    """Tell everyone that a released evaluation reads differently now."""
    if events.is_heard(EvaluationChanged):
        facts = finalized_facts(evaluation, revision)
        events.publish(
            EvaluationChanged(
                at=at, by_id=by.pk, revision=revision.number, cause=revision.reason, **facts
            )
        )


def finalized_facts(evaluation: Evaluation, revision: EvaluationRevision) -> dict[str, Any]:
    """The fields that EvaluationFinalized and EvaluationChanged share."""
    leg = evaluation.leg
    return {
        "evaluation_id": evaluation.pk,
        "interaction_id": leg.interaction_id if leg else None,
        "leg_id": evaluation.leg_id,
        "agent_id": evaluation.agent_id,
        "team_id": evaluation.team_id,
        "evaluator_id": evaluation.evaluator_id,
        "scorecard_id": evaluation.scorecard_id,
        "version_id": evaluation.version_id,
        "selection": evaluation.selection,
        "finalized_at": evaluation.released_at,
        "score_percent": as_text(revision.score_percent),
        "outcome": revision.outcome,
        "criteria": _criteria(revision),
    }


def _refuse_unless_standard(evaluation: Evaluation) -> None:
    if evaluation.purpose != Purpose.STANDARD:
        raise NotForAgents(evaluation.get_purpose_display().lower())


def _release(evaluation: Evaluation, *, by: User | None, at: datetime) -> None:
    evaluation.state = EvaluationState.RELEASED
    evaluation.released_at, evaluation.released_by = at, by
    evaluation.release_at = None
    _save(evaluation, "state", "released_at", "released_by", "release_at")
    mail.send("quality.result_released", key=str(evaluation.pk), evaluation_id=evaluation.pk)
    revision = evaluation.current_revision
    if revision is not None and events.is_heard(EvaluationFinalized):
        facts = finalized_facts(evaluation, revision)
        events.publish(EvaluationFinalized(at=at, by_id=by.pk if by else None, **facts))


def _criteria(revision: EvaluationRevision) -> list[dict[str, Any]]:
    rows = revision.answers.select_related("criterion").order_by("pk")
    return [
        {
            "key": row.criterion.key,
            "state": row.state,
            "failed": bool(row.is_failed),
            "fault_owner": row.fault_owner,
            "critical": bool(row.criterion.critical_family or row.criterion.fail_trigger != "none"),
        }
        for row in rows
    ]


def report_faults(
    evaluation: Evaluation, revision: EvaluationRevision, *, by: User, at: datetime
) -> None:
    if evaluation.purpose != Purpose.STANDARD or not events.is_heard(FaultReported):
        return
    for key, answer in answers_by_key(revision).items():
        if answer.fault_owner not in (None, "agent"):
            events.publish(
                FaultReported(
                    at=at,
                    by_id=by.pk,
                    evaluation_id=evaluation.pk,
                    criterion=key,
                    fault_owner=answer.fault_owner,
                )
            )


def _save(evaluation: Evaluation, *names: str) -> None:
    evaluation.row_version += 1
    evaluation.save(update_fields=[*names, "row_version", "updated_at"])
