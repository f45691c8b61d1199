"""Verbs of courses and their revisions: make, review, publish, open the next, retire."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import User
from quality.refusals import Forbidden, Invalid, Refused
from training.checklist import open_points
from training.models import Course, CourseRevision, Lesson, Module, Prerequisite, Skill
from training.models.courses import (
    EDITABLE_STATES,
    REVISION_TRANSITIONS,
    PrerequisiteKind,
    RevisionState,
)
from training.progress import loop_through

COPIED = (
    *("key", "position", "kind", "title", "is_required", "weight", "completion_rule", "minutes"),
    *("minimum_seconds", "required_percent", "must_follow_previous", "body", "url", "file_id"),
    *("captions_id", "duration_seconds", "quiz_id", "scorm_package_id"),
)


class NotPossibleNow(Refused):
    def __init__(self, revision: CourseRevision) -> None:
        state = revision.get_state_display().lower()
        super().__init__(f"Revision {revision.number} is {state}; this is not possible now.")


class RevisionIsFrozen(Refused):
    def __init__(self) -> None:
        super().__init__("A published revision never changes. Open the next revision to edit.")


class NotReady(Refused):
    def __init__(self, count: int) -> None:
        points = "one point is" if count == 1 else f"{count} points are"
        super().__init__(f"Not published: {points} still open on the checklist.")


class OwnWork(Forbidden):
    def __init__(self) -> None:
        super().__init__("Somebody other than the last editor reviews and publishes a revision.")


class InWork(Refused):
    def __init__(self, number: int) -> None:
        super().__init__(f"Revision {number} is in work already. Go on with that one.")


class CodeTaken(Invalid):
    def __init__(self, code: str) -> None:
        super().__init__("code", f"Another course has the code {code}.")


class LoopOfCourses(Invalid):
    def __init__(self, titles: list[str]) -> None:
        super().__init__("needed_course", "This would be a loop: " + " → ".join(titles) + ".")


def create_course(*, title: str, code: str = "", by: User, at: datetime, **fields: Any) -> Course:
    """A new course with an empty first revision of one module."""
    code = code or slugify(title)[:40].strip("-") or "course"
    with transaction.atomic():
        if Course.objects.filter(code=code).exists():
            raise CodeTaken(code)
        course = Course.objects.create(title=title, code=code, owner=by, **fields)
        revision = CourseRevision.objects.create(course=course, number=1, last_edited_by=by)
        Module.objects.create(revision=revision, position=0, title="Introduction")
        audit.record(verb="create_course", record=course, by=by, at=at, after={"code": code})
    return course


def change_course(*, course: Course, by: User, at: datetime, **fields: Any) -> Course:
    """Title, summary, language, category and who may take it; the lessons are a revision's."""
    with transaction.atomic():
        locked = Course.objects.select_for_update().get(pk=course.pk)
        before = {name: str(getattr(locked, name)) for name in fields}
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.row_version += 1
        locked.save(update_fields=[*fields, "row_version", "updated_at"])
        after = {name: str(value) for name, value in fields.items()}
        audit.record(verb="change_course", record=locked, by=by, at=at, before=before, after=after)
    return locked


def retire_course(*, course: Course, by: User, at: datetime) -> Course:
    """Nobody takes it up any more; who is on the way may finish."""
    with transaction.atomic():
        locked = Course.objects.select_for_update().get(pk=course.pk)
        locked.retired_at = locked.retired_at or at
        locked.save(update_fields=["retired_at", "updated_at"])
        audit.record(verb="retire_course", record=locked, by=by, at=at)
    return locked


def open_revision(*, course: Course, by: User, at: datetime) -> CourseRevision:
    """The next revision, a copy of the newest; lessons keep their keys. Raises InWork."""
    with transaction.atomic():
        locked = Course.objects.select_for_update().get(pk=course.pk)
        newest = locked.revisions.first()
        if newest is not None and newest.is_editable:
            raise InWork(newest.number)
        revision = CourseRevision.objects.create(
            course=locked,
            number=newest.number + 1 if newest else 1,
            expected_minutes=newest.expected_minutes if newest else 30,
            last_edited_by=by,
        )
        if newest is not None:
            _copy(newest, revision)
        after = {"number": revision.number}
        audit.record(verb="open_revision", record=locked, by=by, at=at, after=after)
    return revision


def _copy(source: CourseRevision, target: CourseRevision) -> None:
    for module in source.modules.prefetch_related("lessons"):
        copy = Module.objects.create(revision=target, position=module.position, title=module.title)
        Lesson.objects.bulk_create(
            Lesson(module=copy, **{name: getattr(lesson, name) for name in COPIED})
            for lesson in module.lessons.all()
        )


def change_revision(
    *, revision: CourseRevision, expected_minutes: int, by: User, at: datetime
) -> CourseRevision:
    with transaction.atomic():
        locked = locked_draft(revision, by=by)
        locked.expected_minutes = expected_minutes
        locked.save(update_fields=["expected_minutes", "updated_at"])
        after = {"expected_minutes": expected_minutes}
        audit.record(verb="change_revision", record=locked, by=by, at=at, after=after)
    return locked


def locked_draft(revision: CourseRevision, *, by: User) -> CourseRevision:
    """The revision for an edit by `by`, which takes it back from review. Raises RevisionIsFrozen.

    Holds the row until the transaction ends.
    """
    locked = CourseRevision.objects.select_for_update().get(pk=revision.pk)
    if locked.state not in EDITABLE_STATES:
        raise RevisionIsFrozen
    locked.last_edited_by = by
    locked.state = RevisionState.DRAFT
    locked.row_version += 1
    locked.save(update_fields=["last_edited_by", "state", "row_version", "updated_at"])
    return locked


def submit_revision(
    *, revision: CourseRevision, change_note: str, by: User, at: datetime
) -> CourseRevision:
    """Hand a complete draft to a second pair of eyes. Raises NotReady."""
    with transaction.atomic():
        locked = _moved(revision, RevisionState.IN_REVIEW)
        if points := open_points(locked):
            raise NotReady(len(points))
        locked.change_note = change_note.strip()[:500]
        locked.save(update_fields=["state", "change_note", "updated_at"])
        audit.record(verb="submit_revision", record=locked, by=by, at=at, reason=locked.change_note)
    return locked


def return_revision(
    *, revision: CourseRevision, reason: str, by: User, at: datetime
) -> CourseRevision:
    """Back to the authors, with what is missing."""
    with transaction.atomic():
        locked = _moved(revision, RevisionState.DRAFT)
        locked.save(update_fields=["state", "updated_at"])
        audit.record(verb="return_revision", record=locked, by=by, at=at, reason=reason)
    return locked


def publish_revision(*, revision: CourseRevision, by: User, at: datetime) -> CourseRevision:
    """Freeze the revision and let everybody who begins from now take it.

    Raises NotPossibleNow, NotReady, OwnWork. The revision before is retired; who takes it stays.
    """
    with transaction.atomic():
        locked = _moved(revision, RevisionState.PUBLISHED)
        if locked.last_edited_by_id == by.pk:
            raise OwnWork
        if points := open_points(locked):
            raise NotReady(len(points))
        CourseRevision.objects.filter(
            course=locked.course_id, state=RevisionState.PUBLISHED
        ).update(state=RevisionState.RETIRED)
        locked.published_at, locked.published_by = at, by
        locked.save(update_fields=["state", "published_at", "published_by", "updated_at"])
        Course.objects.filter(pk=locked.course_id).update(current_revision=locked)
        after = {"number": locked.number}
        audit.record(
            verb="publish_revision",
            record=locked,
            by=by,
            at=at,
            after=after,
            reason=locked.change_note,
        )
    return locked


def _moved(revision: CourseRevision, state: str) -> CourseRevision:
    locked = CourseRevision.objects.select_for_update().get(pk=revision.pk)
    if state not in REVISION_TRANSITIONS[locked.state]:
        raise NotPossibleNow(locked)
    locked.state = state
    return locked


def add_prerequisite(
    *,
    course: Course,
    needed_course: Course,
    value: Decimal | None,
    by: User,
    at: datetime,
    is_certificate: bool = False,
) -> Prerequisite:
    """Ask for another course first: whole, up to a percent, or its valid certificate.

    Raises LoopOfCourses.
    """
    with transaction.atomic():
        list(Course.objects.select_for_update().filter(pk__in=[course.pk, needed_course.pk]))
        needs: dict[int, list[int]] = {course.pk: [needed_course.pk]}
        rows = Prerequisite.objects.exclude(needed_course=None)
        for one, needed in rows.values_list("course_id", "needed_course_id"):
            needs.setdefault(one, []).append(needed)
        if loop := loop_through(course.pk, needs):
            titles = dict(Course.objects.filter(pk__in=loop).values_list("pk", "title"))
            raise LoopOfCourses([titles[pk] for pk in loop])
        kind = PrerequisiteKind.COURSE_COMPLETED
        if is_certificate:
            kind, value = PrerequisiteKind.CERTIFICATE, None
        elif value is not None:
            kind = PrerequisiteKind.COURSE_PERCENT
        row, _ = Prerequisite.objects.update_or_create(
            course=course, needed_course=needed_course, defaults={"kind": kind, "value": value}
        )
        after = {"needed_course_id": needed_course.pk, "kind": kind.value}
        after |= {"value": value and str(value)}
        audit.record(verb="add_prerequisite", record=course, by=by, at=at, after=after)
    return row


def ask_for_skill(
    *, course: Course, skill: Skill, level: int, by: User, at: datetime
) -> Prerequisite:
    """Ask for a level of a skill first; another level of the same skill takes its place."""
    with transaction.atomic():
        row, _ = Prerequisite.objects.update_or_create(
            course=course,
            needed_skill=skill,
            defaults={"kind": PrerequisiteKind.SKILL_LEVEL, "value": level},
        )
        after = {"needed_skill_id": skill.pk, "value": level}
        audit.record(verb="add_prerequisite", record=course, by=by, at=at, after=after)
    return row


def remove_prerequisite(*, prerequisite: Prerequisite, by: User, at: datetime) -> None:
    with transaction.atomic():
        before = {"asked": str(prerequisite)}
        course = prerequisite.course
        prerequisite.delete()
        audit.record(verb="remove_prerequisite", record=course, by=by, at=at, before=before)
