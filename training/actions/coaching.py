"""Verbs of a coaching session: plan, prepare, hold, share, and the agent's answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from lib import events
from lib.sentences import said
from quality.refusals import Forbidden, Invalid, Refused, need_reason
from training import measuring
from training.actions.assigning import local_today
from training.actions.lessons import next_position
from training.events import CoachingAcknowledged, CoachingSessionHeld
from training.models import AgendaItem, CoachingNote, CoachingSession
from training.models.coaching import SESSION_TRANSITIONS, SessionState
from training.validity import shifted_due_on

WORKING_DAYS_TO_ANSWER = 5
MISSED_AFTER_WORKING_DAYS = 2
MOST_IN_GROUP = 30
SATURDAY = 5


class NotPossibleNow(Refused):
    def __init__(self, session: CoachingSession, state: str) -> None:
        now = session.get_state_display().lower()
        wanted = SessionState(state).label.lower()
        told = _("This session is “{now}”; from there it cannot become “{wanted}”.")
        super().__init__(told.format(now=now, wanted=wanted))


class NotYours(Forbidden):
    def __init__(self) -> None:
        super().__init__(said("Only who leads this session does that."))


class OnlyTheAgent(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Only the agent of this session answers it."))


class OwnCoach(Invalid):
    def __init__(self) -> None:
        super().__init__("agents", "Nobody coaches themselves.")


class TooManyAgents(Invalid):
    def __init__(self) -> None:
        super().__init__("agents", f"Choose 1 to {MOST_IN_GROUP} agents.")


class NoWords(Invalid):
    def __init__(self) -> None:
        super().__init__("comment", _("Say what you contest."))


class NoteChanged(Refused):
    def __init__(self, theirs: str) -> None:
        super().__init__(said("Someone changed this note after you opened it."))
        self.theirs = theirs


class Closed(Refused):
    def __init__(self) -> None:
        super().__init__(said("The agent has this session already; its agenda and notes stay."))


# --- Plan ----------------------------------------------------------------------------------------


def plan_sessions(
    *,
    agents: Sequence[User],
    kind: str,
    starts_at: datetime,
    minutes: int,
    by: User,
    at: datetime,
    co_coaches: Iterable[User] = (),
    text: str = "",
    lines: Iterable[str] = (),
    **links: Any,
) -> list[CoachingSession]:
    """One session for each agent; several share a key that only their coach can read.

    `text` and `lines` are what their agenda begins with.

    Raises TooManyAgents, OwnCoach.
    """
    if not 1 <= len(agents) <= MOST_IN_GROUP:
        raise TooManyAgents
    helpers = list(co_coaches)
    if by in agents or set(helpers) & set(agents):
        raise OwnCoach
    group = uuid.uuid4() if len(agents) > 1 else None
    agenda = [line for one in (text, *lines) if (line := one.strip()[:500])]
    with transaction.atomic():
        return [
            _plan(agent, kind, starts_at, minutes, by, at, helpers, agenda, group, links)
            for agent in agents
        ]


def _plan(
    agent: User,
    kind: str,
    starts_at: datetime,
    minutes: int,
    by: User,
    at: datetime,
    helpers: list[User],
    agenda: list[str],
    group: uuid.UUID | None,
    links: dict[str, Any],
) -> CoachingSession:
    earlier = CoachingSession.objects.filter(agent=agent, coach=by).exclude(state="canceled")
    session = CoachingSession.objects.create(
        agent=agent,
        coach=by,
        kind=kind,
        starts_at=starts_at,
        minutes=minutes,
        group_key=group,
        previous_session=earlier.order_by("-starts_at").first(),
        **links,
    )
    session.co_coaches.set(helpers)
    for place, line in enumerate(agenda):
        AgendaItem.objects.create(session=session, position=place, text=line)
    carry_open_actions(session, local_today(at))
    after = {"agent_id": agent.pk, "starts_at": starts_at.isoformat()}
    audit.record(verb="plan_session", record=session, by=by, at=at, after=after)
    return session


def carry_open_actions(session: CoachingSession, today: date) -> None:
    """What was agreed in the session before and is not reached yet comes back on the agenda."""
    if session.previous_session is None:
        return
    for item in session.previous_session.actions.running().select_related("agent"):
        standing = measuring.standing_on(item, today)
        if standing.status in ("met", "on_target"):
            continue
        AgendaItem.objects.create(
            session=session,
            position=next_position(session.agenda),
            text=f"Follow up: {item.text}"[:500],
            criterion_key=item.criterion_key,
            carried_from=item,
        )


# --- Prepare -------------------------------------------------------------------------------------


def write_note(
    *, session: CoachingSession, body: str, is_private: bool, seen: int, by: User, at: datetime
) -> CoachingNote:
    """The shared note, or one's own private one, over version `seen` (0 for none yet).

    A private note's words stay out of the audit trail. Raises NoteChanged, Closed, NotYours.
    """
    with transaction.atomic():
        locked = led_by(session, by)
        if not is_private:
            check_writable(locked)
        rows = locked.notes.select_for_update().filter(is_private=is_private)
        note = rows.filter(author=by).first() if is_private else rows.first()
        if note is None:
            note = CoachingNote(session=locked, author=by, is_private=is_private, row_version=0)
        if note.row_version != seen:
            raise NoteChanged(note.body)
        note.body, note.author = body.strip()[:10_000], by
        note.row_version += 1
        note.save()
        after = {"is_private": is_private, "version": note.row_version}
        audit.record(verb="write_note", record=locked, by=by, at=at, after=after)
    return note


def open_to(*, session: CoachingSession, person: User, reason: str, by: User, at: datetime) -> None:
    """Let one more person read the session; the agent sees who and why."""
    reason = need_reason(reason, 5)
    with transaction.atomic():
        locked = led_by(session, by)
        locked.viewers.add(person)
        after = {"person_id": person.pk}
        audit.record(
            verb="open_session_to", record=locked, by=by, at=at, after=after, reason=reason
        )


# --- Move ----------------------------------------------------------------------------------------


def hold_session(*, session: CoachingSession, by: User, at: datetime) -> CoachingSession:
    """It took place: the agent's figures of today are kept with it and never move."""
    with transaction.atomic():
        locked = _moved(led_by(session, by), SessionState.HELD)
        keys = list(locked.agenda.exclude(criterion_key="").values_list("criterion_key", flat=True))
        locked.metrics_snapshot = measuring.snapshot_of(locked.agent, keys, local_today(at))
        locked.held_at = at
        _keep(locked, "held_at", "metrics_snapshot", verb="hold_session", by=by, at=at)
        events.publish(
            CoachingSessionHeld(at=at, by_id=by.pk, session_id=locked.pk, person_id=locked.agent_id)
        )
    return locked


def share_session(*, session: CoachingSession, by: User, at: datetime) -> CoachingSession:
    """Show agenda, shared note and actions to the agent, who has five working days to answer."""
    with transaction.atomic():
        locked = _moved(led_by(session, by), SessionState.SHARED)
        locked.shared_at = at
        locked.acknowledgement_due_at = answer_due_at(locked.agent, at)
        _keep(locked, "shared_at", "acknowledgement_due_at", verb="share_session", by=by, at=at)
    return locked


def answer_due_at(agent: User, at: datetime) -> datetime:
    """Five working days on; days of absence do not count."""
    due = add_working_days(local_today(at), WORKING_DAYS_TO_ANSWER)
    pauses = [(one.starts_on, one.ends_on) for one in agent.learning_pauses.all()]
    shifted = shifted_due_on(local_today(at), due, pauses)
    return at + timedelta(days=(shifted - local_today(at)).days)


def next_morning(at: datetime) -> datetime:
    """Ten o'clock of the next working day, local time."""
    day = add_working_days(local_today(at), 1)
    return timezone.make_aware(datetime.combine(day, time(10)))


def add_working_days(day: date, count: int) -> date:
    """So many days from Monday to Friday later."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def answer_session(
    *,
    session: CoachingSession,
    is_contested: bool,
    comment: str,
    rating: int | None,
    by: User,
    at: datetime,
) -> CoachingSession:
    """The agent acknowledges or contests, with words and a rating of 1 to 5 if they like.

    Raises OnlyTheAgent, NoWords, NotPossibleNow.
    """
    if session.agent_id != by.pk:
        raise OnlyTheAgent
    if is_contested and not comment.strip():
        raise NoWords
    state = SessionState.CONTESTED if is_contested else SessionState.ACKNOWLEDGED
    with transaction.atomic():
        locked = _moved(_locked(session), state)
        locked.agent_comment = comment.strip()[:4000]
        locked.agent_rating = rating
        locked.acknowledged_at = None if is_contested else at
        verb = "contest_session" if is_contested else "acknowledge_session"
        names = ("agent_comment", "agent_rating", "acknowledged_at")
        _keep(locked, *names, verb=verb, by=by, at=at)
        if not is_contested:
            events.publish(
                CoachingAcknowledged(at=at, by_id=by.pk, session_id=locked.pk, person_id=by.pk)
            )
    return locked


def close_session(
    *, session: CoachingSession, decision: str, by: User, at: datetime
) -> CoachingSession:
    """The end; after a contest with a decision, which somebody other than the coach writes."""
    with transaction.atomic():
        locked = _locked(session)
        if locked.state == SessionState.CONTESTED:
            need_reason(decision, 10, most=4000)
            if by.pk in (locked.coach_id, locked.agent_id):
                raise NotYours
        elif by.pk != locked.coach_id:
            raise NotYours
        _moved(locked, SessionState.CLOSED)
        locked.decision = decision.strip()[:4000]
        _keep(locked, "decision", verb="close_session", by=by, at=at)
    return locked


def cancel_session(
    *, session: CoachingSession, reason: str, by: User, at: datetime
) -> CoachingSession:
    reason = need_reason(reason, 5)
    with transaction.atomic():
        locked = _moved(led_by(session, by), SessionState.CANCELED)
        locked.cancel_reason = reason[:500]
        _keep(locked, "cancel_reason", verb="cancel_session", by=by, at=at)
    return locked


def replan_session(
    *, session: CoachingSession, starts_at: datetime, by: User, at: datetime
) -> CoachingSession:
    """Another moment, for a planned or a missed session."""
    with transaction.atomic():
        locked = led_by(session, by)
        if locked.state != SessionState.PLANNED:
            _moved(locked, SessionState.PLANNED)
        locked.starts_at = starts_at
        _keep(locked, "starts_at", verb="replan_session", by=by, at=at)
    return locked


def mark_missed_sessions(*, at: datetime) -> int:
    """Planned ones that nobody held two working days after their day."""
    missed = 0
    rows = CoachingSession.objects.filter(state=SessionState.PLANNED, starts_at__lt=at)
    for row in rows[:1000]:
        last = add_working_days(timezone.localtime(row.starts_at).date(), MISSED_AFTER_WORKING_DAYS)
        if local_today(at) > last:
            with transaction.atomic():
                _keep(
                    _moved(_locked(row), SessionState.MISSED), verb="miss_session", by=None, at=at
                )
                missed += 1
    return missed


# --- Below the verbs -----------------------------------------------------------------------------


def _locked(session: CoachingSession) -> CoachingSession:
    rows = CoachingSession.objects.select_for_update(of=("self",))
    return rows.select_related("agent", "coach").get(pk=session.pk)


def led_by(session: CoachingSession, by: User) -> CoachingSession:
    """The locked session, for its coach or a co-coach. Raises NotYours."""
    locked = _locked(session)
    if locked.coach_id != by.pk and not locked.co_coaches.filter(pk=by.pk).exists():
        raise NotYours
    return locked


def _moved(session: CoachingSession, state: str) -> CoachingSession:
    if state not in SESSION_TRANSITIONS[session.state]:
        raise NotPossibleNow(session, state)
    session.state = state
    return session


def check_writable(session: CoachingSession) -> None:
    if not session.is_open_to_write:
        raise Closed


def _keep(session: CoachingSession, *names: str, verb: str, by: User | None, at: datetime) -> None:
    session.save(update_fields=["state", *names, "updated_at"])
    after = {"state": session.state}
    audit.record(verb=verb, record=session, by=by, at=at, after=after)
