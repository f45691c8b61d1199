"""What a decision does: another revision with other answers, or the move to another agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import User
from crm.models import Leg
from crm.redaction import redact
from lib.sentences import said
from quality import scoring
from quality.actions import release
from quality.actions.discarding import drop_open_revision
from quality.actions.evaluations import copy_revision, seal_revision
from quality.actions.texts import clean_text
from quality.desk import Desk, desk_of
from quality.disputing import NOT_APPLICABLE, Proposal
from quality.models import Dispute, DisputeItem, Evaluation, EvaluationRevision
from quality.models.disputes import DisputeKind, DisputeOutcome
from quality.models.evaluations import EvaluationState, RevisionReason
from quality.refusals import Invalid, Refused

LONGEST_NOTE = 4000


class NoNote(Invalid):
    def __init__(self) -> None:
        super().__init__("note", said("Write a note that tells the agent why."))


class Undecided(Invalid):
    def __init__(self, count: int) -> None:
        one = said("1 answer is not decided yet.")
        more = said("{count} answers are not decided yet.", count=count)
        super().__init__("items", one if count == 1 else more)


class WouldLower(Refused):
    """The decision takes something from the agent; the version does not allow that."""

    def __init__(self, sentence: str) -> None:
        super().__init__(
            said(
                "{sentence} A dispute may not lower a result here. Write a further finding "
                "into the private note.",
                sentence=sentence,
            )
        )


class NotInThisInteraction(Invalid):
    def __init__(self) -> None:
        super().__init__("leg", said("Choose another agent's part of the same interaction."))


class LegTaken(Refused):
    def __init__(self) -> None:
        super().__init__(
            said("That part of the interaction was already evaluated with this scorecard.")
        )


@dataclass(frozen=True)
class ItemDecision:
    """One item: kept, accepted, partial or other; the last two with an option of their own."""

    outcome: str
    note: str
    option: str = ""


@dataclass(frozen=True)
class Decision:
    """`items` by criterion key; for a wrong agent `leg` is whose work it was, None keeps it."""

    note: str
    items: Mapping[str, ItemDecision] = field(default_factory=dict)
    private_note: str = ""
    leg: Leg | None = None


def carry_out(
    dispute: Dispute, evaluation: Evaluation, decision: Decision, *, by: User, at: datetime
) -> list[str]:
    """Write the decision; returns the outcomes in the order of the items."""
    _check_notes(decision)
    if dispute.kind == DisputeKind.WRONG_AGENT:
        return [_move(dispute, evaluation, decision, by=by, at=at)]
    items = list(dispute.items.select_related("criterion"))
    missing = [item for item in items if item.criterion.key not in decision.items]
    if missing:
        raise Undecided(len(missing))
    changes = {
        item.criterion.key: change
        for item in items
        if (change := _decide_item(item, decision.items[item.criterion.key]))
    }
    DisputeItem.objects.bulk_update(items, ["outcome", "decided_option", "note"])
    evaluation.state = EvaluationState.RELEASED
    if changes:
        dispute.decided_revision = _rescore(evaluation, changes, decision, by=by, at=at)
    _save(evaluation, "state", "current_revision")
    if dispute.decided_revision:
        release.publish_change(evaluation, dispute.decided_revision, by=by, at=at)
    return [item.outcome for item in items]


def preview(evaluation: Evaluation, changes: Mapping[str, str]) -> scoring.Score:
    """The score with other options in place, nothing stored. Raises scoring.InvalidRequest."""
    assert evaluation.current_revision is not None
    desk = desk_of(evaluation, evaluation.current_revision)
    given: dict[str, Any] = {**desk.answer_documents()}
    for key, option in changes.items():
        given[key] = Proposal(key, option).answer
    return scoring.score(desk.content.card, given, desk.facts)


def lowering(before: EvaluationRevision, after: scoring.Score) -> str:
    """What the agent would lose, as a sentence; empty if nothing."""
    old, new = before.score_percent, after.score_percent
    if old is not None and new is not None and new < old:
        told = gettext("This would lower the score from {old} to {new} %.")
        return told.format(old=f"{old:f}", new=f"{new:f}")
    if before.outcome == "passed" and after.outcome == "failed":
        return gettext("This would turn a passed result into a failed one.")
    fired = {(effect["key"], effect["scope"]) for effect in before.critical_fired}
    if any((effect.key, effect.scope) not in fired for effect in after.critical_fired):
        return gettext("This would fire a new critical error.")
    return ""


# --- Below ------------------------------------------------------------------------------------


def _check_notes(decision: Decision) -> None:
    notes = [decision.note, *(item.note for item in decision.items.values())]
    if not all(note.strip() for note in notes):
        raise NoNote
    for note in [*notes, decision.private_note]:
        clean_text("note", note, LONGEST_NOTE)


def _decide_item(item: DisputeItem, decided: ItemDecision) -> str:
    """Write the outcome onto the item; returns the option that replaces the answer, or empty."""
    if decided.outcome not in DisputeOutcome.values:
        raise Invalid("items", said("Decide each answer as kept, accepted, partial or other."))
    item.outcome, item.note = decided.outcome, clean_text("note", decided.note, 2000)
    if decided.outcome == DisputeOutcome.KEPT:
        item.decided_option = ""
    elif decided.outcome == DisputeOutcome.ACCEPTED:
        item.decided_option = item.proposed_option
    elif not decided.option:
        raise Invalid("items", said("Choose the answer that it becomes."))
    else:
        item.decided_option = decided.option
    return item.decided_option


def _rescore(
    evaluation: Evaluation,
    changes: Mapping[str, str],
    decision: Decision,
    *,
    by: User,
    at: datetime,
) -> EvaluationRevision:
    """The next revision with the changed answers, sealed and in force."""
    before = evaluation.current_revision
    assert before is not None
    revision = _next_revision(evaluation, RevisionReason.DISPUTE, decision.note, by, at)
    desk = desk_of(evaluation, revision)
    desk.facts = before.facts
    for key, option in changes.items():
        _put(desk, key, option)
    try:
        score = desk.score()
    except scoring.InvalidRequest as error:
        raise Invalid("items", error.problems[0].message) from None
    sentence = lowering(before, score)
    if sentence and not evaluation.version.dispute_may_lower:
        raise WouldLower(sentence)
    for key in changes:
        desk.answers[key].save()
    seal_revision(desk, score, at=at)
    evaluation.current_revision = revision
    return revision


def _next_revision(
    evaluation: Evaluation, reason: str, note: str, by: User, at: datetime
) -> EvaluationRevision:
    """A copy of the current revision; a scoring that was begun again meanwhile is dropped."""
    drop_open_revision(evaluation)
    return copy_revision(evaluation, by, at, reason, redact(note.strip())[:1000])


def _put(desk: Desk, key: str, option: str) -> None:
    """Replace one answer; it was a person who decided so."""
    answer = desk.answers[key]
    is_na = option == NOT_APPLICABLE
    if is_na and not desk.content.criteria[key]["allow_na"]:
        raise Invalid("items", said("“Not applicable” is switched off here."))
    answer.option_keys = [] if is_na else [option]
    answer.is_na, answer.na_source = is_na, "person" if is_na else ""
    answer.fault_owner, answer.root_cause, answer.origin = None, "", "manual"


def _move(
    dispute: Dispute, evaluation: Evaluation, decision: Decision, *, by: User, at: datetime
) -> str:
    """Give the evaluation to whose work it was; a new window opens for that person."""
    evaluation.state = EvaluationState.RELEASED
    leg = decision.leg
    if leg is None:
        _save(evaluation, "state")
        return str(DisputeOutcome.KEPT)
    old = evaluation.leg
    if (
        old is None
        or leg.interaction_id != old.interaction_id
        or leg.agent_id
        in (
            None,
            evaluation.agent_id,
            evaluation.evaluator_id,
        )
    ):
        raise NotInThisInteraction
    revision = _next_revision(evaluation, RevisionReason.MOVED, decision.note, by, at)
    evaluation.leg, evaluation.agent_id, evaluation.team_id = leg, leg.agent_id, leg.team_id
    evaluation.handled_at = leg.answered_at or leg.interaction.started_at
    evaluation.released_at, evaluation.released_by = at, by
    evaluation.acknowledged_at, evaluation.acknowledge_comment = None, ""
    desk = desk_of(evaluation, revision)
    seal_revision(desk, desk.score(), at=at)
    evaluation.current_revision = revision
    try:
        with transaction.atomic():
            evaluation.row_version += 1
            evaluation.save()
    except IntegrityError:
        raise LegTaken from None
    dispute.moved_to_leg, dispute.decided_revision = leg, revision
    release.publish_change(evaluation, revision, by=by, at=at)
    return str(DisputeOutcome.ACCEPTED)


def _save(evaluation: Evaluation, *names: str) -> None:
    evaluation.row_version += 1
    evaluation.save(update_fields=[*names, "row_version", "updated_at"])
