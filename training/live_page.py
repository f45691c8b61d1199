"""Live sessions as a person sees them: seats left, one's own place, the calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from training.icalendar import Meeting, invitation
from training.models import LiveSession, Seat


@dataclass(frozen=True)
class Offer:
    """One session with how full it is, and the reader's own seat."""

    session: LiveSession
    held: int
    waiting: int
    seat: Seat | None
    turn: int | None = None

    @property
    def left(self) -> int:
        return max(0, self.session.seats - self.held)

    @property
    def has_seat(self) -> bool:
        return self.seat is not None and self.seat.is_held

    @property
    def is_waiting(self) -> bool:
        return self.seat is not None and self.seat.state == "waitlisted"

    @property
    def next_turn(self) -> int:
        """The place on the waitlist that somebody who joins now gets; 0 if a seat is free."""
        return self.waiting + 1 if self.waiting or not self.left else 0


def coming_for(user: User, at: datetime, lesson_key: UUID | None = None) -> list[Offer]:
    """Sessions that are not over, the next first. Two queries."""
    rows = LiveSession.objects.coming(at)
    if lesson_key is not None:
        rows = rows.filter(lesson__key=lesson_key)
    return offers(rows, user)


def offers(rows: QuerySet[LiveSession], user: User) -> list[Offer]:
    """Two queries."""
    held = Count("seat_rows", filter=Q(seat_rows__state__in=["confirmed", "attended", "no_show"]))
    waiting = Count("seat_rows", filter=Q(seat_rows__state="waitlisted"))
    sessions = list(rows.select_related("trainer").annotate(held=held, waiting=waiting)[:100])
    waits = Seat.objects.filter(session__in=sessions, state="waitlisted").order_by("position")
    own = {seat.session_id: seat for seat in Seat.objects.filter(person=user, session__in=sessions)}
    turns: dict[int, list[int]] = {}
    for session, person in waits.values_list("session_id", "person_id"):
        turns.setdefault(session, []).append(person)
    return [
        Offer(
            session=one,
            held=one.held,
            waiting=one.waiting,
            seat=own.get(one.pk),
            turn=_turn(turns.get(one.pk, []), user.pk),
        )
        for one in sessions
    ]


def _turn(people: list[int], person: int) -> int | None:
    return people.index(person) + 1 if person in people else None


def live_invitation(seat: Seat) -> bytes:
    """The calendar file of one seat; its session, trainer and person are loaded."""
    session = seat.session
    meeting = Meeting(
        uid=f"{session.uid}@attune",
        sequence=session.ical_sequence,
        title=session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        place=session.place,
        url=session.url,
        organizer=(session.trainer.full_name, session.trainer.email),
        attendee=(seat.person.full_name, seat.person.email),
        changed_at=session.updated_at,
    )
    return invitation(meeting, is_canceled=seat.state == "canceled")
