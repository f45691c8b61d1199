"""Verbs of assignments: give a course, move its dates, waive, withdraw, pause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from lib import events
from quality.refusals import Invalid
from training.actions.learning import enroll
from training.events import AssignmentCreated
from training.models import (
    Assignment,
    AssignmentRule,
    ClockPause,
    Course,
    Cycle,
    Enrollment,
    PathAssignment,
    RequirementAssignment,
)
from training.models.learning import AssignmentSource, EnrollmentState
from training.validity import shifted_due_on

MOST_PEOPLE = 500


class TooManyPeople(Invalid):
    def __init__(self) -> None:
        super().__init__("people", f"Choose at most {MOST_PEOPLE} people at a time.")


class InactivePerson(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("people", f"{name} is not active any more.")


class DatesReversed(Invalid):
    def __init__(self) -> None:
        super().__init__("access_until_on", "Access cannot end before the course is due.")


class DueInThePast(Invalid):
    def __init__(self) -> None:
        super().__init__("due_on", "Choose a due date from today on.")


class NotAnOfferedCourse(Invalid):
    def __init__(self, title: str) -> None:
        super().__init__("course", f"“{title}” has no published revision.")


@dataclass
class Given:
    """Who got the course now, and who had it already."""

    made: list[Assignment] = field(default_factory=list)
    skipped: list[User] = field(default_factory=list)


def local_today(at: datetime) -> date:
    return timezone.localtime(at).date()


def assign_course(
    *,
    course: Course,
    people: Iterable[User],
    by: User | None,
    at: datetime,
    due_on: date | None = None,
    access_until_at: datetime | None = None,
    reason: str = "",
    source: str = AssignmentSource.MANUAL,
    rule: AssignmentRule | None = None,
) -> Given:
    """Give a course to people who do not have it open already.

    Raises TooManyPeople, InactivePerson, DatesReversed, DueInThePast, NotAnOfferedCourse.
    """
    chosen = list(people)
    _check(course, chosen, due_on, access_until_at, at)
    given = Given()
    with transaction.atomic():
        open_ones = Assignment.objects.unfinished().filter(course=course, person__in=chosen)
        have = set(open_ones.values_list("person_id", flat=True))
        for person in chosen:
            made = None
            if person.pk not in have:
                made = _assign(
                    course, person, due_on, access_until_at, reason, source, rule, by, at
                )
            if made is None:
                given.skipped.append(person)
            else:
                given.made.append(made)
    return given


def _check(
    course: Course,
    people: list[User],
    due_on: date | None,
    access_until_at: datetime | None,
    at: datetime,
) -> None:
    check_people(people, due_on, at)
    if course.is_retired or course.current_revision_id is None:
        raise NotAnOfferedCourse(course.title)
    check_access(due_on, access_until_at)


def check_people(people: list[User], due_on: date | None, at: datetime) -> None:
    """Raises TooManyPeople, InactivePerson, DueInThePast."""
    if len(people) > MOST_PEOPLE:
        raise TooManyPeople
    for person in people:
        if not person.is_active:
            raise InactivePerson(person.short_name)
    if due_on is not None and due_on < local_today(at):
        raise DueInThePast


def check_access(due_on: date | None, access_until_at: datetime | None) -> None:
    """Raises DatesReversed."""
    if due_on and access_until_at and local_today(access_until_at) < due_on:
        raise DatesReversed


def _assign(
    course: Course,
    person: User,
    due_on: date | None,
    access_until_at: datetime | None,
    reason: str,
    source: str,
    rule: AssignmentRule | None,
    by: User | None,
    at: datetime,
) -> Assignment | None:
    """The new assignment with its enrollment; None if a twin of this request was first."""
    today = local_today(at)
    try:
        with transaction.atomic():
            row = Assignment.objects.create(
                person=person,
                course=course,
                source=source,
                rule=rule,
                reason=reason.strip()[:500],
                assigned_on=today,
                assigned_by=by,
                due_on=due_on,
                plan_due_on=due_on,
                access_until_at=access_until_at,
            )
    except IntegrityError:
        return None
    shift_due_date(row, list(person.learning_pauses.all()))
    enroll(person=person, course=course, assignment=row, by=by, at=at)
    after = {"person_id": person.pk, "course_id": course.pk, "source": source}
    audit.record(verb="assign_course", record=row, by=by, at=at, after=after, reason=row.reason)
    events.publish(
        AssignmentCreated(
            at=at,
            by_id=by.pk if by else None,
            assignment_id=row.pk,
            person_id=person.pk,
            course_id=course.pk,
        )
    )
    return row


def extend_due_date(
    *, assignment: Assignment, due_on: date, reason: str, by: User, at: datetime
) -> Assignment:
    """Another due date, from today on. Raises DueInThePast."""
    if due_on < local_today(at):
        raise DueInThePast
    with transaction.atomic():
        locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
        before = {"due_on": locked.due_on and locked.due_on.isoformat()}
        locked.due_on = locked.plan_due_on = due_on
        locked.shift_note = ""
        locked.save(update_fields=["due_on", "plan_due_on", "shift_note", "updated_at"])
        audit.record(
            verb="extend_due_date",
            record=locked,
            by=by,
            at=at,
            before=before,
            after={"due_on": due_on.isoformat()},
            reason=reason,
        )
    return locked


def waive_assignment(
    *, assignment: Assignment, until_on: date, reason: str, by: User, at: datetime
) -> Assignment:
    """Not asked for until a day, with the reason; it is not late meanwhile."""
    if until_on < local_today(at):
        raise DueInThePast
    with transaction.atomic():
        locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
        locked.waived_until_on, locked.waiver_reason = until_on, reason.strip()[:500]
        locked.save(update_fields=["waived_until_on", "waiver_reason", "updated_at"])
        after = {"waived_until_on": until_on.isoformat()}
        audit.record(
            verb="waive_assignment", record=locked, by=by, at=at, after=after, reason=reason
        )
    return locked


def withdraw_assignment(
    *, assignment: Assignment, reason: str, by: User | None, at: datetime
) -> Assignment:
    """Take the order back; the enrollment ends unless it is completed."""
    with transaction.atomic():
        locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
        if not locked.is_open:
            return locked
        locked.withdrawn_at = at
        locked.save(update_fields=["withdrawn_at", "updated_at"])
        Enrollment.objects.unfinished().filter(assignment=locked).update(
            state=EnrollmentState.WITHDRAWN
        )
        audit.record(verb="withdraw_assignment", record=locked, by=by, at=at, reason=reason)
    return locked


def withdraw_all_of(*, person: User, at: datetime) -> int:
    """What somebody who left was still to do."""
    rows = list(Assignment.objects.unfinished().filter(person=person))
    for row in rows:
        withdraw_assignment(assignment=row, reason="The person left.", by=None, at=at)
    with transaction.atomic():
        Enrollment.objects.unfinished().filter(person=person).update(
            state=EnrollmentState.WITHDRAWN
        )
        PathAssignment.objects.unfinished().filter(person=person).update(withdrawn_at=at)
        RequirementAssignment.objects.in_force().filter(person=person).update(withdrawn_at=at)
    return len(rows)


# --- Pauses --------------------------------------------------------------------------------------


class PauseReversed(Invalid):
    def __init__(self) -> None:
        super().__init__("ends_on", "A pause ends on or after its first day.")


def pause_clock(
    *,
    person: User,
    starts_on: date,
    ends_on: date,
    reason: str,
    by: User | None,
    at: datetime,
    source: str = "manual",
) -> ClockPause:
    """Days that do not count; open due dates of the person move. Raises PauseReversed."""
    if ends_on < starts_on:
        raise PauseReversed
    with transaction.atomic():
        pause = ClockPause.objects.create(
            person=person,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip()[:200],
            source=source,
            created_by=by,
        )
        shift_due_dates_of(person)
        after = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
        audit.record(verb="pause_clock", record=pause, by=by, at=at, after=after)
    return pause


def end_pause(*, pause: ClockPause, by: User, at: datetime) -> None:
    """Take a pause back; the due dates move with it."""
    with transaction.atomic():
        person, before = pause.person, {"starts_on": pause.starts_on.isoformat()}
        pause.delete()
        shift_due_dates_of(person)
        audit.record(verb="end_pause", record=person, by=by, at=at, before=before)


def shift_due_dates_of(person: User) -> None:
    pauses = list(person.learning_pauses.all())
    rows = Assignment.objects.unfinished().filter(person=person, plan_due_on__isnull=False)
    for row in rows.select_for_update():
        shift_due_date(row, pauses)
    cycles = Cycle.objects.open().filter(person=person).select_related("requirement")
    for cycle in cycles:
        shift_cycle(cycle, pauses)


def shift_cycle(cycle: Cycle, pauses: list[ClockPause]) -> None:
    """The due date of an open round, moved by days away if its requirement says so."""
    if not cycle.requirement.pauses_in_absence:
        return
    spans = [(one.starts_on, one.ends_on) for one in pauses]
    cycle.due_on = shifted_due_on(cycle.opened_on, cycle.plan_due_on, spans)
    cycle.save(update_fields=["due_on", "updated_at"])


def shift_due_date(row: Assignment, pauses: list[ClockPause]) -> None:
    """The planned due date moved by the pauses since the assignment."""
    if row.plan_due_on is None:
        return
    due_on = shifted_due_on(
        row.assigned_on, row.plan_due_on, [(one.starts_on, one.ends_on) for one in pauses]
    )
    if due_on == row.due_on:
        return
    days = (due_on - row.plan_due_on).days
    row.due_on = due_on
    row.shift_note = f"moved by {days} days: absence" if days else ""
    row.save(update_fields=["due_on", "shift_note", "updated_at"])
