"""What customers wrote about people: kept as a draft, released by a supervisor, taken back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import TeamMembership, User
from feedback.actions import kudos as kudos_verbs
from feedback.actions import postings
from feedback.models import Budget, Kudos, PraiseDraft, RecognitionPolicy
from feedback.models.kudos import (
    MOST_MESSAGE,
    KudosSource,
    KudosState,
    PraiseState,
    Visibility,
)
from feedback.models.points import TransactionKind
from feedback.redaction import mask_text
from lib.refusals import Invalid, Refused, need_reason

LEAST_COMMENT = 10
VERBS = {
    PraiseState.DRAFT: "draft_praise",
    PraiseState.RELEASED: "release_praise",
    PraiseState.DISCARDED: "discard_praise",
}
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")


class PraiseDecided(Refused):
    def __init__(self, draft: PraiseDraft) -> None:
        super().__init__(f"This was {draft.get_state_display().lower()} before.")


def draft_praise(
    *, response_id: str, comment: str, agents: Sequence[User], at: datetime
) -> PraiseDraft | None:
    """Keep a customer's words about people until a supervisor looks; once for a response.

    A draft that was dropped since its answer did not count waits again.
    """
    text = mask_text(comment.strip())
    if len(text) < LEAST_COMMENT or not agents:
        return None
    span = TeamMembership.objects.in_force(at).agents().filter(user=agents[0]).first()
    with transaction.atomic():
        draft, is_new = PraiseDraft.objects.get_or_create(
            response_id=response_id,
            defaults={"redacted_text": text[:4000], "team_id": span.team_id if span else None},
        )
        if is_new:
            draft.agents.set(agents)
        elif draft.state == PraiseState.DISCARDED and draft.decided_by_id is None:
            _decide(draft, PraiseState.DRAFT, None, at, "")
    return draft


def release_praise(*, draft: PraiseDraft, text: str, by: User, at: datetime) -> Kudos:
    """Show a customer's words to the team; they may be shortened by whole sentences only."""
    with transaction.atomic():
        locked = _locked(draft)
        message = text.strip()
        if not is_shortened(message, locked.redacted_text):
            raise Invalid(
                "text", "Leave out whole sentences if you must, but change no word of the rest."
            )
        if not LEAST_COMMENT <= len(message) <= MOST_MESSAGE:
            raise Invalid("text", "Show 10 to 500 characters; leave out sentences.")
        agents = list(locked.agents.filter(is_active=True))
        points = RecognitionPolicy.current().praise_points
        kudos = Kudos.objects.create(
            giver=None,
            message=message,
            points_each=points,
            visibility=Visibility.TEAM,
            source=KudosSource.CUSTOMER,
            posted_at=at,
            idempotency_key=f"praise:{locked.pk}",
        )
        kudos_verbs.address(kudos, agents, at)
        if points and agents:
            account = postings.account_of(_budget_of(locked, at))
            entries = [(account, -points * len(agents))]
            kudos_verbs.pay(kudos, entries, agents, by, at, kind=TransactionKind.PRAISE)
        kudos_verbs.posted(kudos, agents, by, at)
        locked.kudos = kudos
        _decide(locked, PraiseState.RELEASED, by, at, "")
    return kudos


def discard_praise(
    *, draft: PraiseDraft, reason: str, by: User | None, at: datetime
) -> PraiseDraft:
    reason = need_reason(reason, 10)
    with transaction.atomic():
        locked = _locked(draft)
        _decide(locked, PraiseState.DISCARDED, by, at, reason)
    return locked


def drop_draft(*, response_id: str, reason: str, at: datetime) -> None:
    """Discard what still waits; what a supervisor released stays."""
    waiting = PraiseDraft.objects.waiting().filter(response_id=response_id).first()
    if waiting is not None:
        discard_praise(draft=waiting, reason=reason, by=None, at=at)


def retract_praise(*, response_id: str, at: datetime) -> bool:
    """The answer behind it is gone: drop the draft, or take the kudos and its points back."""
    reason = "The customer's answer no longer counts."
    draft = PraiseDraft.objects.select_related("kudos").filter(response_id=response_id).first()
    if draft is None:
        return False
    if draft.state == PraiseState.DRAFT:
        discard_praise(draft=draft, reason=reason, by=None, at=at)
    elif draft.kudos is not None and draft.kudos.state == KudosState.POSTED:
        kudos_verbs.remove_kudos(kudos=draft.kudos, reason=reason, by=None, at=at)
    return True


def sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]


def is_shortened(short: str, full: str) -> bool:
    """Whether `short` is made of whole sentences of `full`, in their order."""
    rest = iter(sentences(full))
    return bool(short) and all(part in rest for part in sentences(short))


# --- Below ------------------------------------------------------------------------------------


def _locked(draft: PraiseDraft) -> PraiseDraft:
    locked = PraiseDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if locked.state != PraiseState.DRAFT:
        raise PraiseDecided(locked)
    return locked


def _budget_of(draft: PraiseDraft, at: datetime) -> Budget:
    budget = Budget.objects.filter(team=draft.team, closed_at=None).on(at.date()).first()
    if budget is None:
        raise Invalid("text", "The team has no budget for the points of praise. Ask for one.")
    return budget


def _decide(
    draft: PraiseDraft, state: PraiseState, by: User | None, at: datetime, reason: str
) -> None:
    is_waiting = state == PraiseState.DRAFT
    draft.state, draft.reason = state, reason
    draft.decided_at, draft.decided_by = (None, None) if is_waiting else (at, by)
    draft.save(update_fields=["state", "decided_at", "decided_by", "reason", "kudos", "updated_at"])
    audit.record(
        verb=VERBS[state], record=draft, by=by, at=at, after={"state": state}, reason=reason
    )
