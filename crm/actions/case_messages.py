"""What is said about a case and to its customer: notes for colleagues, messages both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import TeamMembership, User
from crm import clocks
from crm.actions import cases
from crm.actions.interactions import identity
from crm.events import InteractionChanged, InteractionRecorded, TranscriptAdded
from crm.models import (
    Case,
    CaseInteraction,
    Customer,
    Interaction,
    Leg,
    Note,
    NoteText,
    Transcript,
    Turn,
)
from crm.models.cases import StatusCategory, WatchReason
from crm.models.interactions import Channel, Direction, EndedBy, Outcome
from crm.models.notes import EDITABLE_FOR, LONGEST_NOTE, MOST_PINNED
from crm.models.transcripts import Speaker
from crm.redaction import redact
from lib import events
from lib.refusals import Forbidden, Invalid, Refused
from lib.sentences import said

SOURCE = "attune-cases"
WRITTEN_CHANNELS = (
    Channel.EMAIL,
    Channel.MESSAGING,
    Channel.SMS,
    Channel.SOCIAL,
    Channel.WEB_FORM,
)
LONGEST_MESSAGE = 20_000
WROTE_AGAIN = said("The customer wrote again.")


class Empty(Invalid):
    def __init__(self) -> None:
        super().__init__("body", _("Write something first."))


class TooLong(Invalid):
    def __init__(self, most: int) -> None:
        super().__init__("body", _("Use at most {most} characters.").format(most=f"{most:,}"))


class SentInTheFuture(Invalid):
    def __init__(self) -> None:
        super().__init__("sent_at", _("A message cannot have been sent in the future."))


class TooManyPinned(Refused):
    def __init__(self) -> None:
        super().__init__(
            _("At most {most} notes are pinned. Unpin another one first.").format(most=MOST_PINNED)
        )


class NotYourNote(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Only its author changes a note."))


class NoteIsFixed(Refused):
    def __init__(self) -> None:
        super().__init__(_("A note is changed within 24 hours. Write another one."))


def write_note(
    *,
    body: str,
    by: User | None,
    at: datetime,
    case: Case | None = None,
    customer: Customer | None = None,
    interaction: Interaction | None = None,
    mentions: Sequence[User] = (),
) -> Note:
    """Write an internal note on one case, customer or interaction; a mentioned person follows it.

    Raises Empty and TooLong.
    """
    with transaction.atomic():
        note = Note.objects.create(
            case=case,
            customer=customer,
            interaction=interaction,
            body=_text(body, LONGEST_NOTE),
            author=by,
            written_at=at,
        )
        note.mentions.set(mentions)
        for user in mentions:
            if case is not None and user.is_active:
                cases.watch_case(case=case, user=user, reason=WatchReason.MENTIONED, by=by, at=at)
        audit.record(verb="write_note", record=note, by=by, at=at, after={"length": len(note.body)})
    return note


def change_note(*, note: Note, body: str, by: User, at: datetime) -> Note:
    """Change one's own note within a day, keeping the earlier text.

    Raises NotYourNote, NoteIsFixed, Empty and TooLong.
    """
    with transaction.atomic():
        locked = Note.objects.select_for_update(of=("self",)).get(pk=note.pk)
        if locked.author_id != by.pk:
            raise NotYourNote
        if at >= locked.written_at + EDITABLE_FOR:
            raise NoteIsFixed
        NoteText.objects.create(note=locked, body=locked.body, replaced_at=at)
        locked.body, locked.edited_at = _text(body, LONGEST_NOTE), at
        locked.version += 1
        locked.save(update_fields=["body", "edited_at", "version", "updated_at"])
        audit.record(
            verb="change_note", record=locked, by=by, at=at, after={"length": len(locked.body)}
        )
    return locked


def pin_note(*, note: Note, is_pinned: bool, by: User, at: datetime) -> Note:
    """Keep a note on top, at most three of one record. Raises TooManyPinned."""
    with transaction.atomic():
        locked = Note.objects.select_for_update(of=("self",)).get(pk=note.pk)
        about = {
            "case": locked.case_id,
            "customer": locked.customer_id,
            "interaction": locked.interaction_id,
        }
        others = Note.objects.filter(is_pinned=True, **about).exclude(pk=locked.pk)
        if is_pinned and others.count() >= MOST_PINNED:
            raise TooManyPinned
        locked.is_pinned = is_pinned
        locked.save(update_fields=["is_pinned", "updated_at"])
        audit.record(verb="pin_note", record=locked, by=by, at=at, after={"is_pinned": is_pinned})
    return locked


def record_message(
    *,
    case: Case,
    speaker: str,
    body: str,
    by: User | None,
    at: datetime,
    channel: str = "",
    sent_at: datetime | None = None,
) -> Case:
    """Put a written message of the customer or of ours into the case's conversation.

    The conversation is an interaction with one turn for each message, so it is read, evaluated
    and searched as any other. A customer's message opens a waiting case, reopens one that was
    resolved less than the reopening days ago, and begins a follow-up of an older one. Returns the
    case that the message went to. Raises Empty, TooLong, SentInTheFuture, MergedCase.
    """
    sent_at = sent_at or at
    if sent_at > at:
        raise SentInTheFuture
    text = _text(body, LONGEST_MESSAGE)
    with transaction.atomic():
        if speaker == Speaker.CUSTOMER:
            case = _case_for_message(case, text, channel, by=by, at=at, sent_at=sent_at)
        locked = cases.locked_case(case)
        talk = _conversation(locked, channel, speaker, by=by, at=at, sent_at=sent_at)
        _add_turn(talk, speaker, text, by=by, sent_at=sent_at)
        clocks.follow_messages(locked, now=at)
        clocks.sum_up(locked)
        cases.save(locked)
        audit.record(
            verb="record_message",
            record=locked,
            by=by,
            at=at,
            after={"speaker": speaker, "interaction_id": talk.pk, "length": len(text)},
        )
    return locked


# --- Below the verbs ------------------------------------------------------------------------------


def _text(body: str, most: int) -> str:
    text = body.strip()
    if not text:
        raise Empty
    if len(text) > most:
        raise TooLong(most)
    return redact(text)


def _case_for_message(
    case: Case,
    text: str,
    channel: str,
    *,
    by: User | None,
    at: datetime,
    sent_at: datetime,
) -> Case:
    """The case that a customer's message belongs to, brought into category open."""
    locked = cases.locked_case(case)
    if locked.category == StatusCategory.OPEN:
        return locked
    if locked.category == StatusCategory.WAITING:
        return cases.go_on_with(locked, by=by, at=at)
    is_recent = locked.resolved_at is not None and (
        sent_at < locked.resolved_at + cases.reopen_window()
    )
    if locked.category == StatusCategory.RESOLVED and is_recent:
        return cases.reopen_case(case=locked, by=by, at=at, reason=WROTE_AGAIN)
    return cases.open_case(
        subject=locked.subject,
        kind=locked.kind,
        priority=locked.priority,
        customer=locked.customer,
        team=locked.team,
        queue=locked.queue,
        channel=channel or locked.channel,
        is_from_customer=True,
        follow_up_of=locked,
        by=by,
        at=at,
        opened_at=sent_at,
    )


def _conversation(
    case: Case, channel: str, speaker: str, *, by: User | None, at: datetime, sent_at: datetime
) -> Interaction:
    """The interaction that holds the case's messages on one channel, made with the first one."""
    channel = channel or (case.channel if case.channel in WRITTEN_CHANNELS else Channel.EMAIL)
    external_id = f"case-{case.pk}-{channel}"
    found = Interaction.objects.filter(source=SOURCE, external_id=external_id).first()
    if found is not None:
        return found
    inbound = speaker == Speaker.CUSTOMER
    made = Interaction.objects.create(
        source=SOURCE,
        external_id=external_id,
        channel=channel,
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        customer=case.customer,
        queue=case.queue,
        subject=case.subject,
        started_at=sent_at,
        outcome=Outcome.IN_PROGRESS,
        ended_by=EndedBy.UNKNOWN,
    )
    CaseInteraction.objects.create(
        case=case, interaction=made, linked_by=by, is_opening=inbound and case.opened_at == sent_at
    )
    transcript = Transcript.objects.create(interaction=made, format="attune.transcript/1")
    _count_contact(made)
    by_id = by.pk if by else None
    events.publish(
        InteractionRecorded(
            at=at,
            by_id=by_id,
            interaction_id=made.pk,
            channel=made.channel,
            queue_id=made.queue_id,
            agent_ids=(by.pk,) if by and not inbound else (),
            started_at=made.started_at,
            ended_at=None,
            outcome=made.outcome,
        )
    )
    events.publish(
        TranscriptAdded(at=at, by_id=by_id, interaction_id=made.pk, transcript_id=transcript.pk)
    )
    return made


def _count_contact(made: Interaction) -> None:
    customer = made.customer
    if customer is None:
        return
    customer.interaction_count += 1
    seen = [made.started_at, customer.last_interaction_at or made.started_at]
    customer.last_interaction_at = max(seen)
    customer.first_interaction_at = customer.first_interaction_at or made.started_at
    customer.save(
        update_fields=["interaction_count", "first_interaction_at", "last_interaction_at"]
    )


def _add_turn(
    talk: Interaction, speaker: str, text: str, *, by: User | None, sent_at: datetime
) -> None:
    transcript = talk.transcripts.get(is_current=True)
    last = transcript.turns.aggregate(last=Max("position"))["last"]
    is_ours = speaker == Speaker.AGENT
    Turn.objects.create(
        transcript=transcript,
        position=0 if last is None else last + 1,
        speaker=speaker,
        agent=by if is_ours else None,
        sent_at=sent_at,
        text=text,
    )
    if is_ours and by is not None:
        _count_answer(talk, by, sent_at)


def _count_answer(talk: Interaction, by: User, sent_at: datetime) -> None:
    """Who answers has a leg; the first answer makes the interaction a handled one."""
    before = identity(talk)
    leg = talk.legs.filter(agent=by).first()
    if leg is None:
        held = TeamMembership.objects.agents().in_force(sent_at).filter(user=by).first()
        leg = Leg.objects.create(
            interaction=talk,
            position=talk.legs.count() + 1,
            agent=by,
            team=held.team if held else None,
            queue=talk.queue,
            answered_at=sent_at,
        )
        talk.leg_count = leg.position
    leg.ended_at = max(sent_at, leg.ended_at or sent_at)
    leg.save(update_fields=["ended_at", "updated_at"])
    talk.outcome = Outcome.HANDLED
    talk.answered_at = min(sent_at, talk.answered_at or sent_at)
    talk.ended_at = leg.ended_at
    talk.ended_by = EndedBy.AGENT
    talk.first_agent = talk.first_agent or by
    talk.last_agent = by
    talk.version += 1
    talk.save()
    after = identity(talk)
    events.publish(
        InteractionChanged(
            at=sent_at,
            by_id=by.pk,
            interaction_id=talk.pk,
            changed=("outcome", "legs"),
            **{f"old_{name}": value for name, value in before.items()},
            **after,
        )
    )
