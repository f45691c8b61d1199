"""The second pair of eyes: approve a submitted evaluation, or give it back with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.redaction import redact
from lib.sentences import said
from quality.actions import release
from quality.actions.desks import locked_evaluation
from quality.actions.evaluations import LEAST_REASON, NotPossibleNow, copy_revision
from quality.models import Evaluation
from quality.models.evaluations import EvaluationState, RevisionReason
from quality.refusals import Forbidden, need_reason


class OwnWorkNotApproved(Forbidden):
    def __init__(self) -> None:
        super().__init__(said("Neither the evaluator nor the agent approves an evaluation."))


def approve_evaluation(*, evaluation: Evaluation, by: User, at: datetime) -> Evaluation:
    """Let a result pass; it is released as its version says. Raises OwnWorkNotApproved."""
    with transaction.atomic():
        locked = _waiting(evaluation, by)
        locked.state = EvaluationState.SUBMITTED
        _save(locked)
        revision = locked.current_revision
        assert revision is not None
        release.report_faults(locked, revision, by=by, at=at)
        release.apply_release_mode(locked, by=by, at=at)
        audit.record(
            verb="approve_evaluation",
            record=locked,
            by=by,
            at=at,
            before={"state": EvaluationState.IN_APPROVAL},
            after={"state": locked.state},
        )
    return locked


def return_evaluation(*, evaluation: Evaluation, reason: str, by: User, at: datetime) -> Evaluation:
    """Give the work back: the evaluator goes on in a new revision, with the reason at its head."""
    reason = need_reason(redact(reason), LEAST_REASON, most=1000)
    with transaction.atomic():
        locked = _waiting(evaluation, by)
        locked.state = EvaluationState.DRAFT
        _save(locked)
        revision = copy_revision(locked, locked.evaluator, at, RevisionReason.RESUBMIT, reason)
        audit.record(
            verb="return_evaluation",
            record=locked,
            by=by,
            at=at,
            before={"state": EvaluationState.IN_APPROVAL},
            after={"state": locked.state, "revision": revision.number},
            reason=reason,
        )
    return locked


def _waiting(evaluation: Evaluation, by: User) -> Evaluation:
    locked = locked_evaluation(evaluation, "version", "evaluator", "leg")
    if locked.state != EvaluationState.IN_APPROVAL:
        raise NotPossibleNow(locked.get_state_display().lower())
    if by.pk in (locked.evaluator_id, locked.agent_id):
        raise OwnWorkNotApproved
    return locked


def _save(evaluation: Evaluation) -> None:
    evaluation.row_version += 1
    evaluation.save(update_fields=["state", "row_version", "updated_at"])
