"""Verbs of learning paths: build, give, take a step further."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from lib.sentences import said
from quality.refusals import Forbidden, Invalid, Refused
from training.actions.assigning import (
    assign_course,
    check_access,
    check_people,
    local_today,
)
from training.actions.learning import enroll
from training.models import (
    Course,
    ElectiveCourse,
    Enrollment,
    LearningPath,
    PathAssignment,
    PathStep,
)
from training.models.learning import AssignmentSource
from training.path_progress import Way, way_of


class StandsAlready(Invalid):
    def __init__(self, title: str) -> None:
        super().__init__("courses", f"“{title}” is part of this path already.")


class NotThatMany(Invalid):
    def __init__(self, members: int) -> None:
        super().__init__("required_count", f"Ask for 1 to {members} of the {members} courses.")


class NoCourse(Invalid):
    def __init__(self) -> None:
        super().__init__("courses", "Choose at least one course.")


class IsEmpty(Refused):
    def __init__(self) -> None:
        super().__init__("This path has no step yet, so nobody can take it.")


class NotOpenYet(Forbidden):
    def __init__(self) -> None:
        super().__init__(said("This course is not open on your path yet."))


def save_path(
    *, path: LearningPath | None, by: User, at: datetime, **fields: object
) -> LearningPath:
    with transaction.atomic():
        row = path or LearningPath()
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
        after = {name: str(value) for name, value in fields.items()}
        audit.record(verb="save_path", record=row, by=by, at=at, after=after)
    return row


def add_step(
    *,
    path: LearningPath,
    courses: Sequence[Course],
    required_count: int | None,
    weight: Decimal,
    by: User,
    at: datetime,
) -> PathStep:
    """One course, or a group of which `required_count` count.

    Raises NoCourse, NotThatMany, StandsAlready.
    """
    if not courses:
        raise NoCourse
    if len(courses) > 1 and not 1 <= (required_count or 0) <= len(courses):
        raise NotThatMany(len(courses))
    with transaction.atomic():
        locked = LearningPath.objects.select_for_update().get(pk=path.pk)
        known = _courses_of(locked)
        for course in courses:
            if course.pk in known:
                raise StandsAlready(course.title)
        last = locked.steps.order_by("-position").first()
        alone = len(courses) == 1
        step = PathStep.objects.create(
            path=locked,
            position=last.position + 1 if last else 0,
            weight=weight,
            course=courses[0] if alone else None,
            required_count=None if alone else required_count,
        )
        if not alone:
            ElectiveCourse.objects.bulk_create(
                ElectiveCourse(step=step, course=course) for course in courses
            )
        after = {"courses": ", ".join(course.code for course in courses), "k": step.k}
        audit.record(verb="add_path_step", record=locked, by=by, at=at, after=after)
    return step


def _courses_of(path: LearningPath) -> set[int]:
    electives = ElectiveCourse.objects.filter(step__path=path).values_list("course_id", flat=True)
    return {*path.steps.values_list("course_id", flat=True), *electives}


def remove_step(*, step: PathStep, by: User, at: datetime) -> None:
    """Take a step out; who had its course keeps it."""
    with transaction.atomic():
        before = {"step": str(step)}
        audit.record(verb="remove_path_step", record=step.path, by=by, at=at, before=before)
        step.delete()


def move_step(*, step: PathStep, is_up: bool, by: User, at: datetime) -> None:
    """Change places with the neighbor; at the end nothing happens."""
    with transaction.atomic():
        LearningPath.objects.select_for_update().get(pk=step.path_id)
        rows = PathStep.objects.filter(path=step.path_id)
        here = rows.get(pk=step.pk).position
        near = (
            rows.filter(position__lt=here).order_by("-position")
            if is_up
            else rows.filter(position__gt=here).order_by("position")
        ).first()
        if near is None:
            return
        there, free = near.position, rows.order_by("-position")[0].position + 1
        rows.filter(pk=near.pk).update(position=free)
        rows.filter(pk=step.pk).update(position=there)
        rows.filter(pk=near.pk).update(position=here)
        audit.record(verb="move_path_step", record=step.path, by=by, at=at)


def retire_path(*, path: LearningPath, by: User, at: datetime) -> None:
    """Nobody gets it any more; who is on the way goes on."""
    with transaction.atomic():
        if LearningPath.objects.filter(pk=path.pk, retired_at__isnull=True).update(retired_at=at):
            audit.record(verb="retire_path", record=path, by=by, at=at)


# --- On the way ---------------------------------------------------------------------------------


def assign_path(
    *,
    path: LearningPath,
    people: Iterable[User],
    by: User | None,
    at: datetime,
    due_on: date | None = None,
    access_until_at: datetime | None = None,
    reason: str = "",
    source: str = AssignmentSource.MANUAL,
) -> list[PathAssignment]:
    """Give a path to people who are not on it; returns the new ones.

    Raises TooManyPeople, InactivePerson, DueInThePast, DatesReversed, IsEmpty.
    """
    chosen = list(people)
    check_people(chosen, due_on, at)
    check_access(due_on, access_until_at)
    if not path.steps.exists():
        raise IsEmpty
    with transaction.atomic():
        made = [
            _assign(path, person, due_on, access_until_at, reason, source, by, at)
            for person in chosen
        ]
    return [row for row in made if row is not None]


def _assign(
    path: LearningPath,
    person: User,
    due_on: date | None,
    access_until_at: datetime | None,
    reason: str,
    source: str,
    by: User | None,
    at: datetime,
) -> PathAssignment | None:
    """None if the person is on the path already."""
    try:
        with transaction.atomic():
            row = PathAssignment.objects.create(
                person=person,
                path=path,
                source=source,
                reason=reason.strip()[:500],
                assigned_on=local_today(at),
                assigned_by=by,
                due_on=due_on,
                access_until_at=access_until_at,
            )
            after = {"person_id": person.pk, "path_id": path.pk}
            audit.record(verb="assign_path", record=row, by=by, at=at, after=after)
            move_on(assignment=row, at=at)
    except IntegrityError:
        return None
    return row


def move_on(*, assignment: PathAssignment, at: datetime) -> Way:
    """Give the courses that are open now, and end the path when all of it is complete.

    Run twice it changes nothing. Courses to choose from wait for the learner.
    """
    way = way_of(assignment.person, assignment.path, since=assignment.counts_from)
    if way.is_complete:
        claimed = PathAssignment.objects.filter(
            pk=assignment.pk, completed_at__isnull=True, withdrawn_at__isnull=True
        ).update(completed_at=at)
        if claimed:
            assignment.completed_at = at
            audit.record(verb="complete_path", record=assignment, by=None, at=at)
        return way
    today = local_today(at)
    due_on = assignment.due_on if assignment.due_on and assignment.due_on >= today else None
    for course in way.due_courses:
        assign_course(
            course=course,
            people=[assignment.person],
            by=assignment.assigned_by,
            at=at,
            due_on=due_on,
            access_until_at=assignment.access_until_at,
            reason=f"It is part of the path “{assignment.path}”",
            source=assignment.source,
        )
    return way


def move_on_after(*, person_id: int, course_id: int, at: datetime) -> None:
    """A course was completed: paths that hold it go on."""
    holds = Q(path__steps__course=course_id) | Q(path__steps__electives__course=course_id)
    rows = PathAssignment.objects.unfinished().filter(holds, person=person_id).distinct()
    for row in rows.select_related("person", "path", "assigned_by"):
        with transaction.atomic():
            move_on(assignment=row, at=at)


def choose_course(*, assignment: PathAssignment, course: Course, at: datetime) -> Enrollment:
    """The learner takes one of the courses to choose from. Raises NotOpenYet."""
    way = way_of(assignment.person, assignment.path, since=assignment.counts_from)
    if course.pk not in {one.pk for one in way.choices}:
        raise NotOpenYet
    return enroll(person=assignment.person, course=course, by=assignment.person, at=at)


def withdraw_path(
    *, assignment: PathAssignment, reason: str, by: User | None, at: datetime
) -> None:
    """Take the path back; courses that were given stay."""
    with transaction.atomic():
        rows = PathAssignment.objects.unfinished().filter(pk=assignment.pk)
        if rows.update(withdrawn_at=at):
            audit.record(verb="withdraw_path", record=assignment, by=by, at=at, reason=reason)
