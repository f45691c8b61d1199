"""Verbs of live sessions: plan, change, cancel; take and give up a seat; note who came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from lib.faults import guard_is_on
from lib.sentences import said
from ops import mail
from quality.refusals import Invalid, Refused, need_reason
from training.actions import compliance
from training.actions.assigning import local_today
from training.actions.learning import finish_lesson
from training.models import Enrollment, LiveSession, Seat
from training.models.live import SEAT_TRANSITIONS, SeatState

ENOUGH_PERCENT = 80


class InThePast(Invalid):
    def __init__(self) -> None:
        super().__init__("starts_at", "Choose a time that has not come yet.")


class EndsFirst(Invalid):
    def __init__(self) -> None:
        super().__init__("ends_at", "It ends after it starts.")


class SeatsAreTaken(Invalid):
    def __init__(self, taken: int) -> None:
        super().__init__("seats", f"{taken} people have a seat already.")


class HasBegun(Refused):
    def __init__(self) -> None:
        super().__init__(said("This session has begun or was canceled."))


class Overlaps(Refused):
    def __init__(self, other: LiveSession) -> None:
        super().__init__(said("You have a seat in “{other}” at that time.", other=other))


class NotBegun(Refused):
    def __init__(self) -> None:
        super().__init__("Who came can be noted once the session has begun.")


def plan_live_session(*, by: User, at: datetime, **fields: object) -> LiveSession:
    """Raises InThePast, EndsFirst."""
    session = LiveSession(**fields)
    _check_times(session, at)
    with transaction.atomic():
        session.save()
        audit.record(verb="plan_live_session", record=session, by=by, at=at, after=_told(session))
    return session


def change_live_session(
    *, session: LiveSession, by: User, at: datetime, **fields: object
) -> LiveSession:
    """Another time, place or number of seats; everybody with a seat gets an update.

    Raises HasBegun, InThePast, EndsFirst, SeatsAreTaken.
    """
    with transaction.atomic():
        locked = _locked(session)
        _check_open(locked, at)
        before = _told(locked)
        for name, value in fields.items():
            setattr(locked, name, value)
        _check_times(locked, at)
        taken = locked.seat_rows.held().aggregate(most=Max("number"))["most"] or 0
        if locked.seats < taken:
            raise SeatsAreTaken(taken)
        locked.ical_sequence += 1
        locked.row_version += 1
        locked.save()
        promoted = _promote(locked, at=at)
        for seat in locked.seat_rows.filter(state=SeatState.CONFIRMED):
            if seat not in promoted:
                _tell(seat, locked)
        audit.record(
            verb="change_live_session",
            record=locked,
            by=by,
            at=at,
            before=before,
            after=_told(locked),
        )
    return locked


def cancel_live_session(
    *, session: LiveSession, reason: str, by: User, at: datetime
) -> LiveSession:
    """Everybody with a seat, or waiting for one, is told. Raises HasBegun, ReasonTooShort."""
    reason = need_reason(reason, 5)
    with transaction.atomic():
        locked = _locked(session)
        _check_open(locked, at)
        locked.canceled_at, locked.cancel_reason = at, reason[:500]
        locked.ical_sequence += 1
        locked.save()
        for seat in locked.seat_rows.filter(state__in=["confirmed", "waitlisted"]):
            _move(seat, SeatState.CANCELED)
            _tell(seat, locked)
        audit.record(verb="cancel_live_session", record=locked, by=by, at=at, reason=reason)
    return locked


# --- Seats --------------------------------------------------------------------------------------


def take_seat(*, session: LiveSession, person: User, by: User, at: datetime) -> Seat:
    """A free seat, or a place on the waitlist; who has one keeps it. Raises HasBegun, Overlaps."""
    with transaction.atomic():
        locked = _locked(session)
        _check_open(locked, at)
        known = locked.seat_rows.filter(person=person).first()
        if known is not None and known.state != SeatState.CANCELED:
            return known
        _check_overlap(locked, person)
        number = _free_number(locked)
        seat = known or Seat(session=locked, person=person)
        seat.number = number
        seat.state = SeatState.CONFIRMED if number else SeatState.WAITLISTED
        last = locked.seat_rows.aggregate(last=Max("position"))["last"] or 0
        seat.position = last + 1
        seat.save()
        if number:
            _tell(seat, locked)
        after = {"person_id": person.pk, "state": seat.state}
        audit.record(verb="take_seat", record=seat, by=by, at=at, after=after)
    return seat


def give_up_seat(*, seat: Seat, by: User | None, at: datetime) -> None:
    """The next in turn moves up. Raises HasBegun."""
    with transaction.atomic():
        session = _locked(seat.session)
        _check_open(session, at)
        fresh = Seat.objects.get(pk=seat.pk)
        if fresh.state not in (SeatState.CONFIRMED, SeatState.WAITLISTED):
            return
        was_held = fresh.is_held
        _move(fresh, SeatState.CANCELED)
        if was_held:
            _tell(fresh, session)
        audit.record(verb="give_up_seat", record=fresh, by=by, at=at)
        _promote(session, at=at)


def free_seats_of(*, person: User, at: datetime) -> int:
    """Somebody left: their coming seats go to who waits."""
    rows = Seat.objects.filter(
        person=person,
        state__in=["confirmed", "waitlisted"],
        session__starts_at__gt=at,
        session__canceled_at__isnull=True,
    )
    seats = list(rows.select_related("session"))
    for seat in seats:
        give_up_seat(seat=seat, by=None, at=at)
    return len(seats)


def note_attendance(
    *, session: LiveSession, minutes: Mapping[int, int], by: User, at: datetime
) -> int:
    """Minutes present by seat; four fifths of the session do its lesson. Returns how many came.

    Noted again, minutes change; a lesson that is done stays done, while a requirement that was met
    by having been there is not met any more. Raises NotBegun.
    """
    with transaction.atomic():
        locked = _locked(session)
        if locked.starts_at > at or locked.canceled_at is not None:
            raise NotBegun
        came = 0
        for seat in locked.seat_rows.held().select_related("person").filter(pk__in=minutes):
            present = min(max(minutes[seat.pk], 0), locked.minutes)
            enough = present * 100 >= locked.minutes * ENOUGH_PERCENT
            seat.minutes_present, was_there = present, seat.state == SeatState.ATTENDED
            _move(seat, SeatState.ATTENDED if enough else SeatState.NO_SHOW)
            came += enough
            if enough:
                _finish(locked, seat.person, at=at)
            if enough != was_there:
                _settle(locked, seat, at=at)
        after = {"came": came, "noted": len(minutes)}
        audit.record(verb="note_attendance", record=locked, by=by, at=at, after=after)
    return came


def _finish(session: LiveSession, person: User, *, at: datetime) -> None:
    """The lesson is done in whatever revision the person is in."""
    if session.lesson is None:
        return
    rows = Enrollment.objects.unfinished().filter(
        person=person, course=session.lesson.module.revision.course_id
    )
    for enrollment in rows.select_related("revision", "person"):
        twin = enrollment.revision.lessons().filter(key=session.lesson.key).first()
        if twin is not None:
            finish_lesson(enrollment=enrollment, lesson=twin, at=at)


def _settle(session: LiveSession, seat: Seat, *, at: datetime) -> None:
    """Requirements that ask for a live session of the course look at who came."""
    if session.lesson is None:
        return
    if seat.state != SeatState.ATTENDED:
        compliance.end_evidence(
            source="seat_id", pk=seat.pk, person_id=seat.person_id, on=local_today(at), at=at
        )
        return
    course_id = session.lesson.module.revision.course_id
    compliance.settle_course(person=seat.person, course_id=course_id, at=at)


# --- Below the verbs ----------------------------------------------------------------------------


def _locked(session: LiveSession) -> LiveSession:
    """The row that every change of seats goes through, one at a time."""
    rows = LiveSession.objects.select_related(None)
    if guard_is_on("training.seat_lock"):
        rows = rows.select_for_update()
    return rows.get(pk=session.pk)


def _check_times(session: LiveSession, at: datetime) -> None:
    if session.starts_at <= at:
        raise InThePast
    if session.ends_at <= session.starts_at:
        raise EndsFirst


def _check_open(session: LiveSession, at: datetime) -> None:
    if session.canceled_at is not None or session.starts_at <= at:
        raise HasBegun


def _check_overlap(session: LiveSession, person: User) -> None:
    others = LiveSession.objects.filter(
        seat_rows__person=person,
        seat_rows__state__in=["confirmed", "waitlisted"],
        canceled_at__isnull=True,
        starts_at__lt=session.ends_at,
        ends_at__gt=session.starts_at,
    )
    other = others.exclude(pk=session.pk).first()
    if other is not None:
        raise Overlaps(other)


def _free_number(session: LiveSession) -> int | None:
    """The lowest seat that nobody holds, unless people wait for it."""
    if session.seat_rows.waiting().exists():
        return None
    held = set(session.seat_rows.held().values_list("number", flat=True))
    return next((one for one in range(1, session.seats + 1) if one not in held), None)


def _promote(session: LiveSession, *, at: datetime) -> list[Seat]:
    """Give free seats to who waits longest."""
    held = set(session.seat_rows.held().values_list("number", flat=True))
    free = [one for one in range(1, session.seats + 1) if one not in held]
    promoted = []
    for number, seat in zip(free, session.seat_rows.waiting(), strict=False):
        seat.number = number
        _move(seat, SeatState.CONFIRMED)
        _tell(seat, session)
        audit.record(verb="promote_seat", record=seat, by=None, at=at)
        promoted.append(seat)
    return promoted


def _move(seat: Seat, state: SeatState) -> None:
    assert state in SEAT_TRANSITIONS[seat.state]
    seat.state = state
    if state == SeatState.CANCELED:
        seat.number = None
    seat.save(update_fields=["state", "number", "minutes_present", "updated_at"])


def _tell(seat: Seat, session: LiveSession) -> None:
    """Mail an invitation or a cancellation, once for each state and sequence."""
    key = f"{seat.pk}:{seat.position}:{session.ical_sequence}:{seat.state}"
    mail.send("training.live_seat", key=key, seat_id=seat.pk)


def _told(session: LiveSession) -> dict[str, object]:
    return {
        "title": session.title,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "place": session.place,
        "seats": session.seats,
    }
