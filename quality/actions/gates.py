"""Verbs of the evaluators' gate: who may score with a scorecard that asks for a qualification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from quality.models import EvaluatorGate, Scorecard
from quality.refusals import Forbidden


class NotQualified(Forbidden):
    def __init__(self, scorecard: Scorecard) -> None:
        super().__init__(
            f"“{scorecard.name}” asks for a valid qualification, and you have none. "
            "The evaluators' training gives it."
        )


def must_be_qualified(*, scorecard: Scorecard, by: User, at: datetime) -> None:
    """Raises NotQualified, and says so in the audit trail, where the gate is shut for somebody.

    Call it outside of a transaction that the refusal would take back.
    """
    if not scorecard.needs_qualification or is_qualified(by, scorecard, at):
        return
    refusal = NotQualified(scorecard)
    audit.record(verb="refuse_scoring", record=scorecard, by=by, at=at, reason=str(refusal))
    raise refusal


def is_qualified(user: User, scorecard: Scorecard, at: datetime) -> bool:
    return user.pk in qualified_among([user.pk], scorecard, at)


def qualified_among(people: Iterable[int], scorecard: Scorecard, at: datetime) -> set[int]:
    """Those of the people whose qualification holds that day; all where none is asked for."""
    named = set(people)
    if not scorecard.needs_qualification:
        return named
    today = timezone.localtime(at).date()
    rows = EvaluatorGate.objects.filter(
        scorecard=scorecard, evaluator__in=named, qualified_until_on__gte=today
    )
    return set(rows.values_list("evaluator", flat=True))


def note_qualification(
    *,
    evaluator_id: int,
    scorecard_id: int,
    qualified_until_on: date | None,
    at: datetime,
    by: User | None = None,
) -> EvaluatorGate | None:
    """Keep what training tells: until when, or None that it ended.

    A fact that is older than what is known changes nothing; None is returned then.
    """
    with transaction.atomic():
        gate, is_new = EvaluatorGate.objects.select_for_update().get_or_create(
            evaluator_id=evaluator_id,
            scorecard_id=scorecard_id,
            defaults={"qualified_until_on": qualified_until_on, "told_at": at},
        )
        if not is_new and gate.told_at >= at:
            return None
        before = {} if is_new else {"qualified_until_on": _text(gate.qualified_until_on)}
        gate.qualified_until_on, gate.told_at = qualified_until_on, at
        gate.save(update_fields=["qualified_until_on", "told_at", "updated_at"])
        audit.record(
            verb="note_qualification",
            record=gate,
            by=by,
            at=at,
            before=before,
            after={"qualified_until_on": _text(qualified_until_on)},
        )
    return gate


def _text(on: date | None) -> str | None:
    return on.isoformat() if on else None
