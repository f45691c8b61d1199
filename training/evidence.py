"""What a line of an agenda rests on, as its reader may see it, and what a session offers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Interaction
from feedback.models import Kudos, Response
from feedback.redaction import mask_text
from lib.templatetags.look import duration
from training.customer_answers import answers_for_talk
from training.models import AgendaItem, CoachingSession, EvidenceLink

OFFERED_DAYS = timedelta(days=90)
MOST_OFFERED = 8
PARTS = ("evaluation", "interaction", "response", "kudos__giver")


@dataclass(frozen=True)
class Shown:
    """One link: where it leads, "" for nowhere, and the words that the reader may read here."""

    icon: str
    label: str
    url: str = ""
    words: str = ""
    who: str = ""


@dataclass(frozen=True)
class Reader:
    """Who reads a session, and which of its evidence they may open."""

    is_agent: bool
    sees: set[tuple[type, Any]]

    def may(self, row: Model) -> bool:
        return (type(row), row.pk) in self.sees


def agenda_of(session: CoachingSession) -> list[AgendaItem]:
    """Its lines with all that their evidence shows. Six queries."""
    parts = [f"evidence__{part}" for part in PARTS]
    return list(session.agenda.prefetch_related("evidence", *parts))


def shown_to(
    user: User, session: CoachingSession, agenda: Sequence[AgendaItem]
) -> dict[int, list[Shown]]:
    """By line. One query for each kind of interactions, answers and thanks among the evidence."""
    links = [link for item in agenda for link in item.evidence.all()]
    reader = Reader(
        is_agent=user.pk == session.agent_id,
        sees=_visible(Interaction.objects.visible_to(user), [one.interaction_id for one in links])
        | _visible(Response.objects.visible_to(user), [one.response_id for one in links])
        | _visible(Kudos.objects.visible_to(user), [one.kudos_id for one in links]),
    )
    return {
        item.pk: [_shown(link, item.criterion_key, reader) for link in item.evidence.all()]
        for item in agenda
    }


def label_of(link: EvidenceLink) -> str:
    """What it is, in a few words and without anybody's."""
    if link.evaluation is not None:
        return link.evaluation.public_ref
    if link.interaction is not None:
        if link.second is not None:
            told = _("{reference} at {time}")
            return told.format(reference=link.interaction.reference, time=duration(link.second))
        if link.turn_position is not None:
            return _("{reference}, a turn").format(reference=link.interaction.reference)
        return link.interaction.reference
    if link.response is not None:
        return _("A customer’s answer, {day}").format(day=_day(link.response.submitted_on))
    if link.kudos is not None:
        return _("Thanks, {day}").format(day=_day(_on(link.kudos)))
    return _("Quiz attempt")


def _on(kudos: Kudos) -> date:
    return timezone.localtime(kudos.posted_at).date()


def _day(on: date) -> str:
    return formats.date_format(on, "j M Y")


def _visible(rows: QuerySet[Any], ids: Sequence[Any]) -> set[tuple[type, Any]]:
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return set()
    return {(rows.model, pk) for pk in rows.filter(pk__in=wanted).values_list("pk", flat=True)}


def _shown(link: EvidenceLink, criterion: str, reader: Reader) -> Shown:
    label = label_of(link)
    if link.evaluation is not None:
        anchor = f"#a-{criterion}" if criterion else ""
        url = reverse("quality:evaluation_detail", args=[link.evaluation.pk])
        return Shown("clipboard-check", label, f"{url}{anchor}")
    if link.interaction is not None:
        url = link.interaction.get_absolute_url() + _anchor(link)
        return Shown("messages-square", label, url if reader.may(link.interaction) else "")
    if link.response is not None:
        return _answer(link.response, label, reader)
    if link.kudos is not None:
        return _thanks(link.kudos, label, reader)
    return Shown("list-checks", label, reverse("training:attempt_detail", args=[link.attempt_id]))


def _anchor(link: EvidenceLink) -> str:
    if link.second is not None:
        return f"#t={link.second}"
    return "" if link.turn_position is None else f"#turn-{link.turn_position}"


def _answer(response: Response, label: str, reader: Reader) -> Shown:
    """The agent reads the words here, because the page of an answer is for who leads."""
    if response.state != "accepted":
        return Shown("message-square", _("{label}, which counts no more").format(label=label))
    may_open = reader.may(response)
    if not (may_open or reader.is_agent):
        return Shown("message-square", label)
    is_satisfied = response.is_satisfied
    who = _("A satisfied customer") if is_satisfied else _("A customer who was not satisfied")
    url = reverse("feedback:response_detail", args=[response.pk]) if may_open else ""
    return Shown("message-square", label, url, mask_text(response.comment), who)


def _thanks(kudos: Kudos, label: str, reader: Reader) -> Shown:
    if kudos.state != "posted":
        return Shown("heart", _("{label}, taken back").format(label=label))
    if not reader.may(kudos):
        return Shown("heart", label)
    url = reverse("feedback:kudos_detail", args=[kudos.pk])
    return Shown("heart", label, url, kudos.message, kudos.giver_name)


# --- What a session offers -----------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """An answer or a thank-you that may come onto the agenda with one press."""

    pk: Any
    text: str
    words: str
    on: date


def answers_offered(
    session: CoachingSession, reader: User, at: datetime, known: Sequence[AgendaItem]
) -> list[Offer]:
    """What customers said of the agent in 90 days, the latest first. One query."""
    used = [link.response_id for item in known for link in item.evidence.all()]
    rows = answers_for_talk(session.agent, reader, at).filter(submitted_at__gte=at - OFFERED_DAYS)
    rows = rows.exclude(pk__in=[pk for pk in used if pk])
    return [
        Offer(
            row.pk,
            _("A customer was satisfied")
            if row.is_satisfied
            else _("A customer was not satisfied"),
            mask_text(row.comment),
            row.submitted_on,
        )
        for row in rows.order_by("-submitted_at")[:MOST_OFFERED]
    ]


def kudos_offered(
    session: CoachingSession, reader: User, at: datetime, known: Sequence[AgendaItem]
) -> list[Offer]:
    """Thanks to the agent in 90 days that the reader may read, the latest first. One query."""
    used = [link.kudos_id for item in known for link in item.evidence.all()]
    rows = Kudos.objects.visible_to(reader).filter(
        recipients__agent=session.agent, posted_at__gte=at - OFFERED_DAYS
    )
    rows = rows.exclude(pk__in=[pk for pk in used if pk]).select_related("giver")
    return [
        Offer(row.pk, _("Thanks from {name}").format(name=row.giver_name), row.message, _on(row))
        for row in rows[:MOST_OFFERED]
    ]
