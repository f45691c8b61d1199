"""Moments of a case's interactions: when the customer wrote or called, and when we answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from crm.models import Case, CaseInteraction, Interaction, Turn
from crm.models.interactions import Channel, Direction, Outcome
from crm.models.transcripts import Speaker

# In these the customer is there while we answer.
LIVE_CHANNELS = frozenset({Channel.VOICE, Channel.VIDEO, Channel.CHAT, Channel.IN_PERSON})


@dataclass
class Moments:
    contacts: list[datetime] = field(default_factory=list)
    replies: list[datetime] = field(default_factory=list)


def moments_of(case: Case) -> Moments:
    """What the linked interactions tell; two queries.

    Only what was still going on at the opening or came after it counts, and nothing counts as
    earlier than the opening. What the case was opened from counts always.
    """
    found = Moments()
    links = list(case.links.select_related("interaction"))
    turns = _dated_turns(link.interaction_id for link in links)
    for link in links:
        row = link.interaction
        if not link.is_opening and (row.ended_at or row.started_at) < case.opened_at:
            continue
        written = turns.get(row.pk)
        one = _of_turns(written) if written else _of_interaction(row)
        if not link.is_opening:
            found.contacts += [at for at in one.contacts if at >= case.opened_at]
        found.replies += [max(at, case.opened_at) for at in one.replies]
    return found


def was_answered_live(link: CaseInteraction) -> bool:
    """Whether somebody spoke with the customer in the interaction itself."""
    row = link.interaction
    return row.channel in LIVE_CHANNELS and row.answered_at is not None


def _dated_turns(interaction_ids: Iterable[int]) -> dict[int, list[Turn]]:
    """Turns with a moment of their own, by interaction; messages have one, speech has none."""
    rows = (
        Turn.objects.filter(
            transcript__interaction__in=list(interaction_ids),
            transcript__is_current=True,
            sent_at__isnull=False,
            is_internal=False,
            speaker__in=[Speaker.AGENT, Speaker.CUSTOMER],
        )
        .select_related("transcript")
        .order_by("sent_at", "pk")
    )
    found: dict[int, list[Turn]] = {}
    for turn in rows:
        found.setdefault(turn.transcript.interaction_id, []).append(turn)
    return found


def _of_turns(turns: Iterable[Turn]) -> Moments:
    found = Moments()
    for turn in turns:
        assert turn.sent_at is not None
        side = found.replies if turn.speaker == Speaker.AGENT else found.contacts
        side.append(turn.sent_at)
    return found


def _of_interaction(row: Interaction) -> Moments:
    """An inbound one is a contact, and answered if it was handled; an outbound one is an answer."""
    if row.direction == Direction.OUTBOUND:
        is_answer = row.outcome in (Outcome.HANDLED, Outcome.VOICEMAIL)
        return Moments(replies=[row.answered_at or row.started_at] if is_answer else [])
    if row.direction != Direction.INBOUND:
        return Moments()
    if row.answered_at is None:
        return Moments(contacts=[row.started_at])
    if row.channel in LIVE_CHANNELS:
        return Moments(replies=[row.answered_at])
    return Moments(contacts=[row.started_at], replies=[row.ended_at or row.answered_at])
