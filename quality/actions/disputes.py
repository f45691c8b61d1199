"""Verbs of a dispute: file, withdraw, take, decide, and close what nobody carries further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from crm.redaction import redact
from lib import events, faults
from lib.sentences import said
from ops import mail
from quality import disputing
from quality.actions.desks import locked_evaluation
from quality.actions.dispute_results import LONGEST_NOTE, Decision, carry_out
from quality.actions.evaluations import NotPossibleNow, check_transition
from quality.actions.texts import clean_text
from quality.desk import WITH_FACTS, desk_of
from quality.disputing import Proposal
from quality.events import DisputeDecided, EvaluationDisputed
from quality.models import Criterion, Dispute, DisputeItem, Evaluation
from quality.models.disputes import DISPUTE_TRANSITIONS, DisputeKind, DisputeState
from quality.models.evaluations import EvaluationState, Purpose
from quality.refusals import Forbidden, Invalid, Refused, need_reason

LEAST_REASON = 20
LEAST_ITEM_REASON = 10
HOURS_TO_DECIDE = 72


class NotYourResult(Forbidden):
    def __init__(self) -> None:
        super().__init__(gettext("Only the person whom a result is about disputes it."))


class WindowClosed(Refused):
    def __init__(self, closed_at: datetime) -> None:
        told = gettext("The window closed on {when} UTC.")
        super().__init__(told.format(when=f"{closed_at:%Y-%m-%d %H:%M}"))


class NoRoundLeft(Refused):
    def __init__(self, rounds: int) -> None:
        told = gettext("A result of this scorecard cannot be disputed.")
        if rounds:
            told = gettext("A result of this scorecard has at most {rounds} rounds.")
        super().__init__(told.format(rounds=rounds))


class NotDisputable(Invalid):
    """`sentence` says what is wrong with one proposal."""

    def __init__(self, sentence: str) -> None:
        super().__init__("items", sentence)


class NothingDisputed(Invalid):
    def __init__(self) -> None:
        super().__init__("items", gettext("Choose at least one answer and propose another one."))


class NotYoursToDecide(Forbidden):
    def __init__(self) -> None:
        super().__init__(said("This dispute is decided by somebody else."))


class AlreadyTaken(Refused):
    def __init__(self, dispute: Dispute) -> None:
        who, at = dispute.decider, dispute.taken_at
        if at:
            super().__init__(said("Taken by {who} at {time} UTC.", who=who, time=f"{at:%H:%M}"))
        else:
            super().__init__(said("Taken by {who}.", who=who))


@dataclass(frozen=True)
class Filed:
    """One disputed answer as the agent writes it; `option` may be "n/a"."""

    key: str
    option: str
    reason: str


def file_dispute(
    *,
    evaluation: Evaluation,
    reason: str,
    by: User,
    at: datetime,
    items: Sequence[Filed] = (),
    kind: str = DisputeKind.CRITERIA,
) -> Dispute:
    """Object to single answers, or say that the work was somebody else's.

    Raises WindowClosed, NoRoundLeft, NotDisputable, NothingDisputed, NotYourResult, NotPossibleNow.
    """
    reason = need_reason(redact(reason), LEAST_REASON, most=4000)
    with transaction.atomic():
        locked = locked_evaluation(evaluation, *WITH_FACTS, "evaluator", "current_revision")
        if locked.agent_id != by.pk or locked.purpose != Purpose.STANDARD:
            raise NotYourResult
        check_transition(locked, EvaluationState.DISPUTED)
        revision = locked.current_revision
        assert revision is not None
        round_number = _next_round(locked, by, at)
        desk = desk_of(locked, revision)
        proposals = [Proposal(item.key, item.option) for item in items]
        _check_proposals(kind, desk, proposals)
        decider = disputing.decider_of(locked, round_number, at)
        dispute = Dispute.objects.create(
            evaluation=locked,
            revision=revision,
            round=round_number,
            kind=kind,
            reason=reason,
            filed_by=by,
            filed_at=at,
            decider=decider,
            decided_by_pool=decider is None,
            due_at=at + timedelta(hours=HOURS_TO_DECIDE),
        )
        _write_items(dispute, items, locked)
        locked.state = EvaluationState.DISPUTED
        _save_state(locked)
        audit.record(
            verb="file_dispute",
            record=dispute,
            by=by,
            at=at,
            after={"evaluation_id": locked.pk, "round": round_number, "kind": kind},
            reason=reason,
        )
        events.publish(
            EvaluationDisputed(
                at=at,
                by_id=by.pk,
                dispute_id=dispute.pk,
                evaluation_id=locked.pk,
                round=round_number,
            )
        )
        _tell(dispute, "filed", [decider] if decider else disputing.arbitrators(locked, at))
    return dispute


def withdraw_dispute(*, dispute: Dispute, by: User, at: datetime) -> Dispute:
    """Take an objection back while nobody has begun to look at it."""
    with transaction.atomic():
        locked, evaluation = _locked(dispute)
        if locked.filed_by_id != by.pk:
            raise NotYourResult
        _check(locked, DisputeState.WITHDRAWN)
        locked.state = DisputeState.WITHDRAWN
        _save(locked, "state")
        evaluation.state = EvaluationState.RELEASED
        _save_state(evaluation)
        audit.record(verb="withdraw_dispute", record=locked, by=by, at=at)
    return locked


def take_dispute(*, dispute: Dispute, by: User, at: datetime) -> Dispute:
    """Begin to look at it; of the pool the first one gets it. Raises AlreadyTaken."""
    with transaction.atomic():
        locked, evaluation = _locked(dispute)
        if locked.state == DisputeState.IN_REVIEW and locked.decider_id != by.pk:
            raise AlreadyTaken(locked)
        if not disputing.may_decide(by, locked, evaluation):
            raise NotYoursToDecide
        if locked.state == DisputeState.IN_REVIEW:
            return locked
        _check(locked, DisputeState.IN_REVIEW)
        locked.state, locked.decider, locked.taken_at = DisputeState.IN_REVIEW, by, at
        _save(locked, "state", "decider", "taken_at")
        audit.record(verb="take_dispute", record=locked, by=by, at=at)
        _tell(locked, "taken", [locked.filed_by])
    return locked


def decide_dispute(
    *,
    dispute: Dispute,
    decision: Decision,
    by: User,
    at: datetime,
) -> Dispute:
    """Decide every item; what changes becomes a new revision at once.

    Raises NotYoursToDecide, WouldLower, NoNote, Undecided, NotPossibleNow, and Invalid.
    """
    with transaction.atomic():
        locked, evaluation = _locked(dispute)
        if locked.decider_id != by.pk or not disputing.may_decide(by, locked, evaluation):
            raise NotYoursToDecide
        _check(locked, DisputeState.DECIDED)
        outcomes = carry_out(locked, evaluation, decision, by=by, at=at)
        locked.state, locked.decided_at = DisputeState.DECIDED, at
        locked.decision_note = clean_text("note", decision.note, LONGEST_NOTE)
        locked.private_note = clean_text("private_note", decision.private_note, LONGEST_NOTE)
        if locked.round >= evaluation.version.dispute_rounds:
            locked.state = DisputeState.CLOSED
        locked.save()
        audit.record(
            verb="decide_dispute",
            record=locked,
            by=by,
            at=at,
            after={"outcomes": outcomes, "state": locked.state},
            reason=locked.decision_note,
        )
        events.publish(
            DisputeDecided(
                at=at,
                by_id=by.pk,
                dispute_id=locked.pk,
                evaluation_id=evaluation.pk,
                round=locked.round,
                outcomes=outcomes,
            )
        )
        _tell(locked, "decided", [locked.filed_by, evaluation.evaluator])
    return locked


def close_disputes(*, at: datetime) -> int:
    """Close decided disputes that nobody carried further in time; returns how many."""
    closed = 0
    rows = Dispute.objects.filter(state=DisputeState.DECIDED).select_related("evaluation__version")
    for dispute in rows:
        window = timedelta(hours=dispute.evaluation.version.dispute_window_hours)
        if dispute.decided_at and at >= dispute.decided_at + window:
            closed += Dispute.objects.filter(pk=dispute.pk, state=DisputeState.DECIDED).update(
                state=DisputeState.CLOSED
            )
    return closed


# --- Below the verbs --------------------------------------------------------------------------


def _tell(dispute: Dispute, news: str, readers: Sequence[User]) -> None:
    """Mail the news to everybody concerned but the decider, who made it."""
    for reader in readers:
        if news == "filed" or reader.pk != dispute.decider_id:
            mail.send(
                "quality.dispute_moved",
                key=f"{dispute.pk}-{news}-{reader.pk}",
                dispute_id=dispute.pk,
                reader_id=reader.pk,
                news=news,
            )


def _locked(dispute: Dispute) -> tuple[Dispute, Evaluation]:
    """The evaluation first, as every other verb takes it, then the dispute."""
    evaluation = locked_evaluation(
        Evaluation(pk=dispute.evaluation_id), *WITH_FACTS, "evaluator", "current_revision"
    )
    rows = Dispute.objects.select_related("decider", "filed_by")
    if faults.guard_is_on("quality.dispute_lock"):
        rows = rows.select_for_update(of=("self",))
    locked = rows.get(pk=dispute.pk)
    locked.evaluation = evaluation
    return locked, evaluation


def _check(dispute: Dispute, state: str) -> None:
    if state not in DISPUTE_TRANSITIONS[dispute.state]:
        raise NotPossibleNow(f"in a dispute that is {dispute.get_state_display().lower()}")


def _next_round(evaluation: Evaluation, by: User, at: datetime) -> int:
    """The number of the round that may be opened now; raises NoRoundLeft or WindowClosed."""
    version = evaluation.version
    earlier = disputing.rounds_of(evaluation, by)
    number = len(earlier) + 1
    if number > version.dispute_rounds:
        raise NoRoundLeft(version.dispute_rounds)
    closes_at = disputing.window_closes_at(evaluation, earlier)
    if at >= closes_at:
        raise WindowClosed(closes_at)
    for before in earlier:
        if before.state == DisputeState.DECIDED:
            Dispute.objects.filter(pk=before.pk).update(state=DisputeState.CLOSED)
    return number


def _check_proposals(kind: str, desk: disputing.Desk, proposals: Sequence[Proposal]) -> None:
    if kind == DisputeKind.WRONG_AGENT:
        return
    if not proposals:
        raise NothingDisputed
    for proposal in proposals:
        sentence = disputing.why_not(desk, proposal)
        if sentence:
            raise NotDisputable(sentence)


def _write_items(dispute: Dispute, items: Sequence[Filed], evaluation: Evaluation) -> None:
    if dispute.kind == DisputeKind.WRONG_AGENT:
        return
    keys = {item.key for item in items}
    rows = Criterion.objects.filter(version=evaluation.version_id, key__in=keys)
    criteria = {row.key: row for row in rows}
    try:
        with transaction.atomic():
            DisputeItem.objects.bulk_create(
                DisputeItem(
                    dispute=dispute,
                    criterion=criteria[item.key],
                    proposed_option=item.option,
                    reason=_item_reason(item.reason),
                )
                for item in items
            )
    except IntegrityError:
        raise NotDisputable("Each answer can be disputed once in a round.") from None


def _item_reason(text: str) -> str:
    reason = redact(text.strip())
    if "\x00" in reason or not LEAST_ITEM_REASON <= len(reason) <= 2000:
        told = gettext("Say why in {least} to 2000 characters per answer.")
        raise Invalid("items", told.format(least=LEAST_ITEM_REASON))
    return reason


def _save(dispute: Dispute, *names: str) -> None:
    dispute.row_version += 1
    dispute.save(update_fields=[*names, "row_version", "updated_at"])


def _save_state(evaluation: Evaluation) -> None:
    evaluation.row_version += 1
    evaluation.save(update_fields=["state", "row_version", "updated_at"])
