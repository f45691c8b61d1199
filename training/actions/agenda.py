"""Verbs of a session's agenda: its lines, what they rest on, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from crm.models import Interaction, Turn
from feedback.models import Kudos, Response
from lib.sentences import said
from quality.models import Evaluation
from quality.refusals import Invalid
from training import customer_answers
from training.actions.coaching import Closed, check_writable, led_by
from training.actions.lessons import next_position
from training.models import AgendaItem, CoachingSession, EvidenceLink


class ForeignEvidence(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "evidence",
            said(
                "This is not the agent's own work, or not for you to read. Choose from what this "
                "page offers."
            ),
        )


class NotTheAgents(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "place", said("No interaction of this agent that you may read has this reference.")
        )


class NoSuchTurn(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "place", said("The transcript has no such turn. Copy the address of its time.")
        )


class PastTheEnd(Invalid):
    def __init__(self, seconds: int) -> None:
        super().__init__(
            "place", said("The recording ends after {seconds} seconds.", seconds=seconds)
        )


def add_agenda_item(
    *,
    session: CoachingSession,
    text: str,
    by: User,
    at: datetime,
    criterion_key: str = "",
    evaluation_ids: Iterable[int] = (),
    response_ids: Iterable[UUID] = (),
    kudos_ids: Iterable[int] = (),
) -> AgendaItem:
    """A line of the agenda with its evidence. Raises ForeignEvidence, Closed, NotYours."""
    with transaction.atomic():
        locked = led_by(session, by)
        check_writable(locked)
        item = AgendaItem.objects.create(
            session=locked,
            position=next_position(locked.agenda),
            text=text.strip()[:500],
            criterion_key=criterion_key,
        )
        for evaluation in _own_evaluations(locked.agent, evaluation_ids):
            EvidenceLink.objects.create(agenda_item=item, evaluation=evaluation)
        for response in _own_answers(locked.agent, response_ids, by, at):
            EvidenceLink.objects.create(agenda_item=item, response=response)
        for kudos in _own_kudos(locked.agent, kudos_ids, by):
            EvidenceLink.objects.create(agenda_item=item, kudos=kudos)
        after = {"position": item.position, "criterion_key": criterion_key}
        audit.record(verb="add_agenda_item", record=locked, by=by, at=at, after=after)
    return item


def add_moment(
    *,
    item: AgendaItem,
    interaction_id: int,
    turn: int | None,
    second: int | None,
    by: User,
    at: datetime,
) -> EvidenceLink:
    """Let a line rest on an interaction of the agent, at a turn or at a recording's second.

    Raises NotTheAgents, NoSuchTurn, PastTheEnd, Closed, NotYours.
    """
    with transaction.atomic():
        session = led_by(item.session, by)
        check_writable(session)
        own = Interaction.objects.visible_to(by).handled_by(session.agent)
        interaction = own.filter(pk=interaction_id).first()
        if interaction is None:
            raise NotTheAgents
        _check_place(interaction, turn, second)
        link, is_new = item.evidence.get_or_create(
            interaction=interaction, turn_position=turn, second=second
        )
        if is_new:
            after = {"position": item.position, "interaction_id": interaction.pk}
            audit.record(verb="add_evidence", record=session, by=by, at=at, after=after)
    return link


def set_outcome(*, item: AgendaItem, outcome: str, by: User, at: datetime) -> AgendaItem:
    """What came of it; written while or after talking."""
    with transaction.atomic():
        check_writable(led_by(item.session, by))
        item.outcome = outcome.strip()[:2000]
        item.save(update_fields=["outcome", "updated_at"])
        after = {"position": item.position}
        audit.record(verb="set_outcome", record=item.session, by=by, at=at, after=after)
    return item


def remove_agenda_item(*, item: AgendaItem, by: User, at: datetime) -> None:
    """Take a line off; one that an action rests on stays."""
    with transaction.atomic():
        session = led_by(item.session, by)
        check_writable(session)
        if item.actions.exists():
            raise Closed
        before = {"position": item.position}
        item.evidence.all().delete()
        item.delete()
        audit.record(verb="remove_agenda_item", record=session, by=by, at=at, before=before)


# --- Below the verbs -----------------------------------------------------------------------------


def _own_evaluations(agent: User, ids: Iterable[int]) -> list[Evaluation]:
    wanted = set(ids)
    found = list(Evaluation.objects.released().filter(pk__in=wanted, agent=agent))
    _check_found(found, wanted)
    return found


def _own_answers(agent: User, ids: Iterable[UUID], by: User, at: datetime) -> list[Response]:
    wanted = set(ids)
    found = list(customer_answers.answers_for_talk(agent, by, at).filter(pk__in=wanted))
    _check_found(found, wanted)
    return found


def _own_kudos(agent: User, ids: Iterable[int], by: User) -> list[Kudos]:
    wanted = set(ids)
    thanks = Kudos.objects.visible_to(by).filter(recipients__agent=agent)
    found = list(thanks.filter(pk__in=wanted))
    _check_found(found, wanted)
    return found


def _check_found(found: Sized, wanted: Sized) -> None:
    if len(found) != len(wanted):
        raise ForeignEvidence


def _check_place(interaction: Interaction, turn: int | None, second: int | None) -> None:
    if turn is not None:
        turns = Turn.objects.filter(
            transcript__interaction=interaction, transcript__is_current=True, position=turn
        )
        if not turns.exists():
            raise NoSuchTurn
    if second is not None:
        longest = interaction.recordings.aggregate(Max("duration_seconds"))["duration_seconds__max"]
        if longest is not None and second > longest:
            raise PastTheEnd(longest)
