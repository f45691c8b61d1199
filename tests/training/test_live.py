"""Live sessions: seats in turn, moves, calendar files, and who came."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ops.models import JobRun
from tests.factories.accounts import UserFactory
from tests.factories.training import (
    LiveSessionFactory,
    ProofFactory,
    RequirementFactory,
    SeatFactory,
)
from tests.races import drop_constraint, together
from tests.training.worlds import AT, LearningWorld, member
from training import letters
from training.actions import courses, learning
from training.actions import live as actions
from training.icalendar import Meeting, folded, invitation
from training.models import Course, Cycle, LiveSession, Seat

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def take(session, person=None, at=AT):
    person = person or UserFactory()
    return actions.take_seat(session=session, person=person, by=person, at=at)


def test_seats_are_given_in_turn_then_the_waitlist():
    session = LiveSessionFactory(seats=2)
    states = [take(session).state for _ in range(4)]

    assert states == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    first = Seat.objects.get(position=1)
    assert take(session, first.person) == first


def test_giving_up_moves_the_next_up():
    session = LiveSessionFactory(seats=1)
    first, second, third = (take(session) for _ in range(3))
    actions.give_up_seat(seat=first, by=first.person, at=AT)

    states = dict(Seat.objects.values_list("pk", "state"))
    assert states == {first.pk: "canceled", second.pk: "confirmed", third.pk: "waitlisted"}
    again = take(session, first.person)
    assert (again.pk, again.state, again.position) == (first.pk, "waitlisted", 4)


def test_more_seats_move_people_up_and_fewer_than_taken_are_refused():
    session = LiveSessionFactory(seats=1)
    seats = [take(session) for _ in range(3)]
    change = {"session": session, "by": session.trainer, "at": AT}
    actions.change_live_session(seats=2, **change)
    assert Seat.objects.held().count() == 2
    with pytest.raises(actions.SeatsAreTaken):
        actions.change_live_session(seats=1, **change)

    assert LiveSession.objects.get().ical_sequence == 1
    assert Seat.objects.get(pk=seats[2].pk).state == "waitlisted"


def test_what_is_refused():
    session = LiveSessionFactory()
    person = UserFactory()
    take(session, person)
    other = LiveSessionFactory(starts_at=session.ends_at - HOUR, ends_at=session.ends_at + HOUR)

    with pytest.raises(actions.Overlaps):
        take(other, person)
    with pytest.raises(actions.HasBegun):
        take(session, at=session.starts_at)
    given = {"title": "x", "trainer": person, "seats": 1, "by": person, "at": AT}
    with pytest.raises(actions.InThePast):
        actions.plan_live_session(starts_at=AT, ends_at=AT + HOUR, **given)
    with pytest.raises(actions.EndsFirst):
        actions.plan_live_session(starts_at=AT + HOUR, ends_at=AT + HOUR, **given)


def test_somebody_who_leaves_frees_the_seat():
    session = LiveSessionFactory(seats=1)
    first, second = take(session), take(session)

    assert actions.free_seats_of(person=first.person, at=AT) == 1
    assert Seat.objects.get(pk=second.pk).state == "confirmed"


def test_changes_and_cancellations_are_mailed_once_each():
    session = LiveSessionFactory(seats=1)
    seat, waiting = take(session), take(session)
    by = {"by": session.trainer, "at": AT}
    actions.change_live_session(session=session, place="Room 2", **by)
    actions.cancel_live_session(session=session, reason="The trainer is ill.", **by)

    mails = [run.args for run in JobRun.objects.filter(job="ops.send_mail").order_by("pk")]
    assert [mail["seat_id"] for mail in mails].count(seat.pk) == 3
    message = letters.live_seat(seat_id=seat.pk)
    assert "does not take place: The trainer is ill." in message.body
    name, content, kind = message.attachments[0]
    assert (name, kind) == ("session.ics", "text/calendar; method=CANCEL")
    assert "SEQUENCE:2" in content
    assert Seat.objects.get(pk=waiting.pk).state == "canceled"


# --- Attendance ---------------------------------------------------------------------------------


class LiveWorld(LearningWorld):
    """A course whose second lesson is a live session."""

    def __init__(self):
        super().__init__()
        self.live = self.add("live_session", "Meet", must_follow_previous=False)
        self.published()
        self.session = LiveSessionFactory(lesson=self.live, trainer=self.trainer)
        self.enrollment = self.enrolled()
        self.seat = take(self.session, self.learner)

    def note(self, minutes):
        return actions.note_attendance(
            session=self.session,
            minutes={self.seat.pk: minutes},
            by=self.trainer,
            at=self.session.ends_at,
        )

    def is_done(self):
        return self.enrollment.progress.filter(lesson=self.live, done_at__isnull=False).exists()


def test_four_fifths_of_the_minutes_do_the_lesson():
    world = LiveWorld()
    assert world.note(95) == 0
    assert (Seat.objects.get().state, world.is_done()) == ("no_show", False)
    assert world.note(96) == 1
    assert (Seat.objects.get().state, world.is_done()) == ("attended", True)
    world.note(0)
    assert world.is_done()


def test_the_lesson_is_not_done_by_saying_so_or_by_looking():
    world = LiveWorld()

    with pytest.raises(learning.DoneOtherwise):
        learning.mark_done(enrollment=world.enrollment, lesson=world.live, at=AT)
    learning.beat(enrollment=world.enrollment, lesson=world.live, at=AT)
    assert not world.is_done()


def test_attendance_counts_in_a_newer_revision_too():
    world = LiveWorld()
    revision = courses.open_revision(course=world.course, **world.by)
    courses.submit_revision(revision=revision, change_note="x", **world.by)
    courses.publish_revision(revision=revision, by=world.second, at=AT)
    fresh = Course.objects.get(pk=world.course.pk)
    learner = member("agent", world.team)
    enrollment = learning.enroll(person=learner, course=fresh, by=learner, at=AT)
    seat = take(world.session, learner)
    actions.note_attendance(
        session=world.session, minutes={seat.pk: 120}, by=world.trainer, at=world.session.ends_at
    )

    assert enrollment.progress.get(done_at__isnull=False).lesson.key == world.live.key


def test_attendance_meets_a_requirement_until_it_is_taken_back():
    world = LiveWorld()
    requirement = RequirementFactory(role="agent", validity_months=12)
    ProofFactory(requirement=requirement, kind="live_session", course=world.course)
    world.note(95)
    assert not Cycle.objects.exists()

    world.note(96)
    world.note(100)
    cycle = Cycle.objects.get()
    day = timezone.localtime(world.session.ends_at).date()
    assert (cycle.satisfied_on, cycle.ended_on) == (day, None)
    assert [one["seat_id"] for one in cycle.evidence] == [world.seat.pk]
    world.note(10)
    cycle.refresh_from_db()
    assert cycle.ended_on == day


def test_nobody_is_noted_before_it_begins():
    world = LiveWorld()

    with pytest.raises(actions.NotBegun):
        actions.note_attendance(session=world.session, minutes={}, by=world.trainer, at=AT)


# --- Calendar files -----------------------------------------------------------------------------

MEETING = Meeting(
    uid="7@attune",
    sequence=3,
    title="Übung; Teil 1, mit sehr vielen Wörtern und noch mehr Wörtern\nund einer Zeile",
    starts_at=datetime(2026, 5, 11, 10, tzinfo=UTC),
    ends_at=datetime(2026, 5, 11, 12, tzinfo=UTC),
    place="Raum 2",
    url="https://meet.example/1",
    organizer=('Tina "T" Trainer', "tina@example.org"),
    attendee=("Ada\r\nX-EVIL:1", "ada@example.org"),
    changed_at=datetime(2026, 5, 4, 10, tzinfo=UTC),
)


def test_an_invitation_has_short_lines_and_no_line_of_a_stranger():
    content = invitation(MEETING)
    lines = content.split(b"\r\n")
    whole = content.replace(b"\r\n ", b"").decode()

    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert "SUMMARY:Übung\\; Teil 1\\, mit" in whole
    assert "\r\nX-EVIL" not in whole
    assert "METHOD:REQUEST" in whole
    assert "DTSTART:20260511T100000Z" in whole
    assert "STATUS:CANCELLED" in invitation(MEETING, is_canceled=True).decode()


@pytest.mark.parametrize("count", [1, 73, 74, 75, 76, 149, 400])
def test_folding_keeps_every_character(count):
    line = "ü" * count
    parts = folded(line).decode().removesuffix("\r\n").split("\r\n ")

    assert "".join(parts) == line
    assert all(len(part.encode()) <= 75 for part in parts)


# --- Pages --------------------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def coming(**fields):
    start = timezone.now() + 3 * DAY
    return LiveSessionFactory(starts_at=start, ends_at=start + HOUR, **fields)


def test_a_learner_takes_a_seat_gets_the_file_and_gives_it_up(client):
    session = coming(seats=1)
    learner = UserFactory(roles=["agent"])
    client.force_login(learner)
    assert "1 of 1 seats are left" in client.get(url("live_detail", session.pk)).content.decode()
    client.post(url("seat_take", session.pk))
    page = client.get(url("live_detail", session.pk)).content.decode()
    assert "You have a seat." in page
    file = client.get(url("seat_calendar", session.pk))
    assert file["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in file.content

    other = UserFactory(roles=["agent"])
    client.force_login(other)
    full = client.get(url("live_detail", session.pk)).content.decode()
    assert "Join the waitlist, place 1" in full
    assert learner.short_name not in full
    client.post(url("seat_take", session.pk))
    assert "waitlist, place 1" in client.get(url("live_list")).content.decode()
    assert client.get(url("seat_calendar", session.pk)).status_code == 404

    client.force_login(learner)
    client.post(url("seat_give_up", session.pk))
    assert Seat.objects.get(person=other).state == "confirmed"


def test_trainers_plan_change_note_and_cancel(client):
    trainer = UserFactory(roles=["trainer"])
    client.force_login(trainer)
    form = {"title": "Practice", "starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T11:00"}
    late = client.post(url("live_create"), form | {"seats": 3})
    assert (late.status_code, "has not come yet" in late.content.decode()) == (422, True)
    start = timezone.localtime(timezone.now() + 2 * DAY)
    form |= {
        "starts_at": f"{start:%Y-%m-%dT10:00}", "ends_at": f"{start:%Y-%m-%dT12:00}", "seats": 3,
    }  # fmt: skip
    client.post(url("live_create"), form)
    session = LiveSession.objects.get()
    client.post(url("live_edit", session.pk), form | {"seats": 5})
    session.refresh_from_db()
    assert (session.seats, session.ical_sequence) == (5, 1)
    assert client.post(url("attendance_note", session.pk), {}).status_code == 409
    client.post(url("live_cancel", session.pk), {"reason": "Nobody has time."})
    assert "Nobody has time." in client.get(url("live_detail", session.pk)).content.decode()


def test_attendance_is_noted_on_the_page(client):
    world = LiveWorld()
    past = timezone.now() - DAY
    LiveSession.objects.update(starts_at=past, ends_at=past + HOUR)
    client.force_login(world.trainer)
    assert (
        f"minutes-{world.seat.pk}"
        in client.get(url("live_detail", world.session.pk)).content.decode()
    )
    client.post(url("attendance_note", world.session.pk), {f"minutes-{world.seat.pk}": "60"})

    assert world.is_done()
    client.force_login(world.learner)
    lesson = client.get(url("lesson_detail", world.enrollment.pk, world.live.pk))
    assert "Attended" in lesson.content.decode()


def test_the_list_costs_the_same_for_many(client):
    client.force_login(UserFactory(roles=["agent"]))
    counts = []
    for more in (1, 12):
        for _ in range(more):
            session = coming()
            SeatFactory(session=session)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url("live_list")).status_code == 200
        counts.append(len(caught))

    assert counts[0] == counts[1]


# --- Races --------------------------------------------------------------------------------------


def last_seat_at_once(count=50):
    session = LiveSessionFactory(seats=1)
    people = [UserFactory() for _ in range(count)]
    together(lambda number: take(session, people[number]), count)
    return Seat.objects.filter(session=session)


@pytest.mark.race
def test_many_ask_for_the_last_seat_and_one_gets_it(race_database):
    seats = last_seat_at_once()

    assert seats.held().count() == 1
    positions = [seat.position for seat in seats.waiting()]
    assert positions == list(range(2, 51))


@pytest.mark.race
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our guard",
)
def test_twin_without_its_lock_gives_the_seat_twice(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "training.seat_lock")
    drop_constraint(Seat, "training_seat_is_held_by_one_person")
    drop_constraint(Seat, "training_seat_one_turn_each")

    assert last_seat_at_once(16).held().count() > 1
