"""Everything that was said and done about a case, in one order, for its page and its sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_lazy, pgettext

from accounts.models import AuditEntry, User
from crm.actions.case_messages import SOURCE, WROTE_AGAIN
from crm.models import Case, Interaction, Turn
from crm.models.cases import status_words
from crm.models.interactions import Direction
from crm.models.transcripts import Speaker
from lib.speaking import spoken

SHOWN_ACTS = {
    "move_case": gettext_lazy("Status"),
    "merge_cases": gettext_lazy("Merged"),
    "split_case": gettext_lazy("Split"),
    "excuse_breach": gettext_lazy("Breach excused"),
    "run_macro": gettext_lazy("Macro"),
}


@dataclass(frozen=True)
class Entry:
    """One line of a thread; `kind` is message, note, interaction or act."""

    at: datetime
    kind: str
    who: str
    title: str
    text: str = ""
    icon: str = "circle"
    tone: str = ""
    side: str = ""
    url: str = ""
    pk: int | None = None
    is_pinned: bool = False
    edited_at: datetime | None = None


def thread_of(case: Case, user: User) -> list[Entry]:
    """The thread, oldest first; interactions that the reader may not see are left out.

    Five queries.
    """
    found = [*_notes(case), *_acts(case)]
    visible = Interaction.objects.visible_to(user).values("pk")
    links = case.links.select_related("interaction")
    own = [link.interaction for link in links if link.interaction.source == SOURCE]
    others = case.links.filter(interaction__in=visible).exclude(interaction__source=SOURCE)
    found += _messages(own)
    found += [_interaction(link.interaction) for link in others.select_related("interaction")]
    return sorted(found, key=lambda entry: entry.at)


def _notes(case: Case) -> Iterator[Entry]:
    for note in case.notes.select_related("author"):
        yield Entry(
            at=note.written_at,
            kind="note",
            who=note.author.short_name if note.author else "Attune",
            title=gettext("Internal note"),
            text=note.body,
            icon="lock",
            tone="warn",
            pk=note.pk,
            is_pinned=note.is_pinned,
            edited_at=note.edited_at,
        )


def _messages(talks: list[Interaction]) -> Iterator[Entry]:
    rows = Turn.objects.filter(
        transcript__interaction__in=talks, transcript__is_current=True, sent_at__isnull=False
    ).select_related("agent", "transcript__interaction__customer")
    for turn in rows:
        talk = turn.transcript.interaction
        is_ours = turn.speaker == Speaker.AGENT
        yield Entry(
            at=turn.sent_at or talk.started_at,
            kind="message",
            who=_name_of(turn, talk),
            title=pgettext("noun", "Answer") if is_ours else gettext("Message"),
            text=turn.text,
            icon="send" if is_ours else "mail",
            tone="accent" if is_ours else "",
            side="ours" if is_ours else "theirs",
            url=talk.get_absolute_url(),
        )


def _name_of(turn: Turn, talk: Interaction) -> str:
    if turn.speaker == Speaker.AGENT:
        return turn.agent.short_name if turn.agent else "Attune"
    return str(talk.customer) if talk.customer else gettext("Customer")


def _interaction(row: Interaction) -> Entry:
    words = f"{row.get_channel_display()}, {row.get_direction_display().lower()}"
    is_out = row.direction == Direction.OUTBOUND
    return Entry(
        at=row.started_at,
        kind="interaction",
        who="",
        title=words,
        text=row.get_outcome_display(),
        icon="phone-outgoing" if is_out else "phone-incoming",
        url=row.get_absolute_url(),
        pk=row.pk,
    )


def _told(reason: str) -> str:
    """A reason as it was given; one that Attune gave itself in the reader's language."""
    return spoken(reason) if reason == WROTE_AGAIN else reason


def _acts(case: Case) -> Iterator[Entry]:
    rows = AuditEntry.objects.filter(
        object_type=case._meta.label_lower, object_id=str(case.pk), verb__in=SHOWN_ACTS
    ).select_related("actor", "payload")
    for row in rows:
        payload = getattr(row, "payload", None)
        after = payload.after if payload else {}
        title = str(SHOWN_ACTS[row.verb])
        if row.verb == "move_case" and "status" in after:
            before = payload.before.get("status", "")  # type: ignore[union-attr]
            title = f"{status_words(before)} → {status_words(after['status'])}"
        yield Entry(
            at=row.at,
            kind="act",
            who=row.actor.short_name if row.actor else "Attune",
            title=title,
            text=_told(payload.reason) if payload else "",
            icon="history",
        )
