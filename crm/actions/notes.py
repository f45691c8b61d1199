"""Notes on customers and interactions: written, changed for a day, pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from crm import timeline
from crm.actions import tasks
from crm.actions.customers import locked
from crm.models import Customer, Interaction, Note, NoteText
from crm.models.notes import EDITABLE_FOR, LONGEST_NOTE, MOST_PINNED
from crm.models.work import TaskKind
from crm.redaction import redact
from lib.refusals import Forbidden, Invalid, Refused
from lib.sentences import said

MENTION = re.compile(r"@([\w.+-]+@[\w.-]+|[\w.+-]+)")
SHOWN = 280
MOST_MENTIONS = 20


class TooManyPinned(Refused):
    def __init__(self) -> None:
        super().__init__(
            said("At most {most} notes are pinned. Unpin one first.", most=MOST_PINNED)
        )


READ_WITHIN = timedelta(days=1)
LONGEST_TITLE = 200


class NotYourNote(Forbidden):
    def __init__(self) -> None:
        hours = int(EDITABLE_FOR.total_seconds() // 3600)
        super().__init__(said("Only its author may change a note, for {hours} hours.", hours=hours))


def write_note(
    *,
    body: str,
    customer: Customer | None = None,
    interaction: Interaction | None = None,
    by: User,
    at: datetime,
) -> Note:
    """Write a note on exactly one record; card numbers are removed from its text.

    A customer's note stands on the timeline. Raises Invalid, NotActive, Restricted.
    """
    body = _readable(body)
    with transaction.atomic():
        if customer is not None:
            customer = locked(customer)
        note = Note.objects.create(
            customer=customer, interaction=interaction, body=body, author=by, written_at=at
        )
        _tell_mentioned(note, mentioned(body), by, at)
        audit.record(verb="write_note", record=note, by=by, at=at)
        if customer is not None:
            _tell(note)
    return note


def change_note(*, note: Note, body: str, by: User, at: datetime) -> Note:
    """Change one's own note within a day; what it said before is kept. Raises NotYourNote."""
    body = _readable(body)
    with transaction.atomic():
        note = Note.objects.select_for_update(of=("self",)).get(pk=note.pk)
        if not note.is_editable(by, at):
            raise NotYourNote
        if note.customer_id:
            locked(note.customer)  # type: ignore[arg-type]
        if body == note.body:
            return note
        NoteText.objects.create(note=note, body=note.body, replaced_at=at)
        note.body, note.edited_at = body, at
        note.version += 1
        note.save()
        _tell_mentioned(note, mentioned(body), by, at)
        audit.record(verb="change_note", record=note, by=by, at=at)
        if note.customer_id:
            timeline.remove("note", target=note)
            _tell(note)
    return note


def pin_note(*, note: Note, is_pinned: bool, by: User, at: datetime) -> Note:
    """Keep a note above the others, or let it go; raises TooManyPinned."""
    with transaction.atomic():
        if note.customer_id:
            locked(note.customer)  # type: ignore[arg-type]
        note = Note.objects.select_for_update(of=("self",)).get(pk=note.pk)
        same = Note.objects.filter(
            customer=note.customer_id, interaction=note.interaction_id, is_pinned=True
        )
        if is_pinned and same.exclude(pk=note.pk).count() >= MOST_PINNED:
            raise TooManyPinned
        note.is_pinned = is_pinned
        note.version += 1
        note.save(update_fields=["is_pinned", "version", "updated_at"])
        audit.record(verb="pin_note" if is_pinned else "unpin_note", record=note, by=by, at=at)
    return note


def _tell_mentioned(note: Note, people: list[User], by: User, at: datetime) -> None:
    """Whoever is named for the first time gets a task to read the note."""
    known = {user.pk for user in note.mentions.all()} | {by.pk}
    note.mentions.set(people)
    for user in people:
        if user.pk not in known:
            tasks.create_task(
                title=f"{by.short_name} names you in a note on {note.record}"[:LONGEST_TITLE],
                kind=TaskKind.REVIEW,
                due_at=at + READ_WITHIN,
                assignee=user,
                customer=note.customer,
                interaction=note.interaction,
                by=by,
                at=at,
            )


def mentioned(body: str) -> list[User]:
    """The people whom a text names as @name or @name@house.example, by their sign-in e-mail."""
    names = {name.lower().rstrip(".") for name in MENTION.findall(body)}
    if not names:
        return []
    called = Q()
    for name in sorted(names)[:MOST_MENTIONS]:
        called |= Q(email__iexact=name) | Q(email__istartswith=f"{name}@")
    return list(User.objects.active().filter(called))


def facts_of_notes() -> Iterator[timeline.Fact]:
    """Every note on a customer, for making the timeline anew."""
    for note in Note.objects.filter(customer__isnull=False).iterator():
        yield _fact(note)


def _fact(note: Note) -> timeline.Fact:
    assert note.customer_id is not None
    return timeline.Fact(
        customer_id=note.customer_id,
        at=note.written_at,
        title="Note",
        summary=note.body[:SHOWN],
        actor_id=note.author_id,
        target=timeline.target_of(note),
    )


def _tell(note: Note) -> None:
    timeline.write("note", [_fact(note)])


def _readable(body: str) -> str:
    body = body.strip().replace("\x00", "")
    if not body:
        raise Invalid("body", said("Write something first."))
    if len(body) > LONGEST_NOTE:
        raise Invalid("body", said("A note has at most {most:,} characters.", most=LONGEST_NOTE))
    return redact(body)
