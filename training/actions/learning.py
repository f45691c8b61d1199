"""Verbs of learners: take up a course, spend time in a lesson, finish it, hand work in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Avg, Q
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from lib import events
from lib.sentences import said
from ops.models import StoredFile
from quality.refusals import Forbidden, Invalid, Refused
from training import player, progress
from training.events import EnrollmentCompleted
from training.models import (
    Assignment,
    Attempt,
    Course,
    Enrollment,
    Lesson,
    LessonProgress,
    Submission,
)
from training.models.learning import ENROLLMENT_TRANSITIONS, EnrollmentState

LONGEST_BEAT_SECONDS = 20
FASTEST_PLAYBACK = 2


class NotOffered(Refused):
    def __init__(self) -> None:
        super().__init__(gettext("This course cannot be taken up now."))


class Locked(Forbidden):
    """The lesson does not open yet; the text says what opens it."""


class AccessEnded(Forbidden):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


class TooEarly(Refused):
    def __init__(self, seconds: int) -> None:
        stay = gettext("Stay {seconds} more seconds with this lesson before it counts as done.")
        super().__init__(stay.format(seconds=seconds))


class DoneOtherwise(Refused):
    def __init__(self) -> None:
        super().__init__(gettext("This lesson is not done by saying so."))


class NothingHandedIn(Invalid):
    def __init__(self) -> None:
        super().__init__("text", gettext("Write something or choose a file."))


class AlreadyGraded(Refused):
    def __init__(self) -> None:
        super().__init__(said("This work is graded already; open it again to see by whom."))


def enroll(
    *,
    person: User,
    course: Course,
    by: User | None,
    at: datetime,
    assignment: Assignment | None = None,
) -> Enrollment:
    """Let a person begin the newest revision; who is on the way already goes on.

    Raises NotOffered.
    """
    with transaction.atomic():
        running = Enrollment.objects.filter(person=person, course=course).unfinished().first()
        if running is None:
            running = _new_enrollment(person, course, assignment, by=by, at=at)
        elif assignment is not None and running.assignment_id is None:
            running.assignment = assignment
            running.save(update_fields=["assignment", "updated_at"])
    return running


def _new_enrollment(
    person: User, course: Course, assignment: Assignment | None, *, by: User | None, at: datetime
) -> Enrollment:
    if course.is_retired or course.current_revision_id is None:
        raise NotOffered
    before = Enrollment.objects.filter(person=person, course=course).count()
    try:
        with transaction.atomic():
            enrollment = Enrollment.objects.create(
                person=person,
                course=course,
                revision_id=course.current_revision_id,
                assignment=assignment,
                attempt_no=before + 1,
            )
    except IntegrityError:  # Another request was first.
        return Enrollment.objects.unfinished().get(person=person, course=course)
    after = {"course_id": course.pk, "person_id": person.pk}
    audit.record(verb="enroll", record=enrollment, by=by, at=at, after=after)
    return enrollment


def check_open(enrollment: Enrollment, at: datetime) -> None:
    """Raises AccessEnded, with since when and whom to ask."""
    owner = enrollment.course.owner.short_name
    if ended_at := enrollment.access_ended_at(at):
        ended = gettext("Access ended on {when} UTC. Ask {owner}.")
        raise AccessEnded(ended.format(when=f"{ended_at:%Y-%m-%d %H:%M}", owner=owner))
    if enrollment.state in ("withdrawn", "access_ended"):
        when = f"{enrollment.updated_at:%Y-%m-%d}"
        withdrawn = gettext("This course was withdrawn on {when}. Ask {owner}.")
        raise AccessEnded(withdrawn.format(when=when, owner=owner))


def opened_progress(enrollment: Enrollment, lesson: Lesson, at: datetime) -> LessonProgress:
    """The person's row of a lesson, made if the lesson is open to them. Raises Locked.

    A lesson that was begun once stays open.
    """
    found = LessonProgress.objects.filter(enrollment=enrollment, lesson=lesson).first()
    if found is not None:
        return found
    check_open(enrollment, at)
    place = next((one for one in player.places_of(enrollment) if one.lesson.pk == lesson.pk), None)
    if place is None or place.is_locked:
        raise Locked(place.lock if place else gettext("This lesson is not part of the course."))
    row, _ = LessonProgress.objects.get_or_create(enrollment=enrollment, lesson=lesson)
    if enrollment.state == EnrollmentState.ASSIGNED:
        Enrollment.objects.filter(pk=enrollment.pk, state=EnrollmentState.ASSIGNED).update(
            state=EnrollmentState.IN_PROGRESS, started_at=at
        )
        enrollment.state, enrollment.started_at = EnrollmentState.IN_PROGRESS, at
    return row


def beat(
    *,
    enrollment: Enrollment,
    lesson: Lesson,
    at: datetime,
    played: tuple[int, int] | None = None,
) -> LessonProgress:
    """A sign that the page is open in front of somebody; the first one counts as viewed.

    Time runs by our own clock: at most 20 s for each sign, and once for two tabs. `played` are the
    seconds of a video just watched, no more than can have passed. Raises Locked, AccessEnded.
    """
    with transaction.atomic():
        row = opened_progress(enrollment, lesson, at)
        if row.is_done:
            return row
        gained = 0
        if row.last_beat_at is not None:
            passed = int((at - row.last_beat_at).total_seconds())
            gained = min(max(passed, 0), LONGEST_BEAT_SECONDS)
        watched, place = row.watched, row.place
        if played is not None and lesson.kind == "video":
            watched, place = _watched(row, lesson, played, gained)
        counted = LessonProgress.objects.filter(pk=row.pk, last_beat_at=row.last_beat_at).update(
            seconds_spent=row.seconds_spent + gained,
            last_beat_at=at,
            watched=watched,
            place=place,
        )
        if counted:
            row.seconds_spent += gained
            row.last_beat_at, row.watched, row.place = at, watched, place
        if player.is_met_by_time(lesson, row):
            finish_lesson(enrollment=enrollment, lesson=lesson, at=at)
            row.done_at = at
    return row


def _watched(
    row: LessonProgress, lesson: Lesson, played: tuple[int, int], gained: int
) -> tuple[list[list[int]], int]:
    """The union of watched seconds and the place; what is too long to be true is cut."""
    start = min(max(played[0], 0), lesson.duration_seconds)
    longest = (gained or LONGEST_BEAT_SECONDS) * FASTEST_PLAYBACK
    end = min(max(played[1], start), lesson.duration_seconds, start + longest)
    spans = progress.joined([*[(a, b) for a, b in row.watched], (start, end)])
    return [list(span) for span in spans], end


def mark_done(*, enrollment: Enrollment, lesson: Lesson, at: datetime) -> None:
    """The learner's word that a lesson is done, where the rule takes it.

    Raises Locked, TooEarly, DoneOtherwise.
    """
    with transaction.atomic():
        row = opened_progress(enrollment, lesson, at)
        if row.is_done:
            return
        if lesson.completion_rule == "minimum_time":
            if not player.is_met_by_time(lesson, row):
                raise TooEarly(lesson.minimum_seconds - row.seconds_spent)
        elif lesson.completion_rule == "viewed" and lesson.kind in ("video", "live_session"):
            if not player.is_met_by_time(lesson, row):
                raise DoneOtherwise
        elif lesson.completion_rule not in ("viewed", "marked_done"):
            raise DoneOtherwise
        finish_lesson(enrollment=enrollment, lesson=lesson, at=at)


def finish_lesson(
    *, enrollment: Enrollment, lesson: Lesson, at: datetime, percent: Decimal | None = None
) -> None:
    """Note a lesson as done, once and for ever, and take the course on."""
    row, _ = LessonProgress.objects.get_or_create(enrollment=enrollment, lesson=lesson)
    if percent is not None:
        row.percent = percent
    row.done_at = row.done_at or at
    row.save(update_fields=["percent", "done_at", "updated_at"])
    take_on(enrollment, at=at)


def take_on(enrollment: Enrollment, *, at: datetime) -> None:
    """Recompute the progress; complete the enrollment when every required lesson is done."""
    required = list(enrollment.revision.lessons().filter(is_required=True))
    done = set(
        enrollment.progress.filter(done_at__isnull=False).values_list("lesson_id", flat=True)
    )
    percent = progress.course_percent((lesson.weight, lesson.pk in done) for lesson in required)
    Enrollment.objects.filter(pk=enrollment.pk, state__in=["assigned", "in_progress"]).update(
        progress_percent=percent, last_active_at=at
    )
    enrollment.progress_percent = Decimal(percent)
    if percent == 100:
        _complete(enrollment, at=at)


def _complete(enrollment: Enrollment, *, at: datetime) -> None:
    """Exactly once: the state is claimed before anybody is told."""
    from_states = [state for state, to in ENROLLMENT_TRANSITIONS.items() if "completed" in to]
    claimed = Enrollment.objects.filter(pk=enrollment.pk, state__in=from_states).update(
        state=EnrollmentState.COMPLETED,
        completed_at=at,
        started_at=enrollment.started_at or at,
    )
    if not claimed:
        return
    enrollment.state, enrollment.completed_at = EnrollmentState.COMPLETED, at
    mine = Q(person=enrollment.person_id, course=enrollment.course_id)
    Assignment.objects.unfinished().filter(mine).update(completed_at=at)
    person = enrollment.person
    audit.record(verb="complete_enrollment", record=enrollment, by=person, at=at)
    mean = enrollment.progress.aggregate(mean=Avg("percent"))["mean"]
    events.publish(
        EnrollmentCompleted(
            at=at,
            by_id=person.pk,
            enrollment_id=enrollment.pk,
            person_id=person.pk,
            course_id=enrollment.course_id,
            revision_id=enrollment.revision_id,
            percent=None if mean is None else f"{mean:.2f}",
        )
    )


def remember_place(*, enrollment: Enrollment, lesson: Lesson, at: datetime) -> None:
    """Where to resume, on any device."""
    Enrollment.objects.filter(pk=enrollment.pk).update(last_lesson=lesson, last_active_at=at)


def move_to_newest(*, enrollment: Enrollment, by: User, at: datetime) -> Enrollment:
    """Go on in the newest revision; lessons whose key still exists stay done. Raises NotOffered."""
    with transaction.atomic():
        locked = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
        newest = locked.course.current_revision
        if newest is None or not locked.is_open or newest.pk == locked.revision_id:
            raise NotOffered
        twins = {lesson.key: lesson for lesson in newest.lessons()}
        for row in locked.progress.select_related("lesson"):
            twin = twins.get(row.lesson.key)
            if twin is not None:
                row.lesson = twin
                row.save(update_fields=["lesson", "updated_at"])
        before = {"revision_id": locked.revision_id}
        locked.revision = newest
        locked.last_lesson = None
        locked.save(update_fields=["revision", "last_lesson", "updated_at"])
        take_on(locked, at=at)
        audit.record(
            verb="move_to_newest",
            record=locked,
            by=by,
            at=at,
            before=before,
            after={"revision_id": newest.pk},
        )
    return locked


# --- Exercises -----------------------------------------------------------------------------------


def hand_in(
    *,
    enrollment: Enrollment,
    lesson: Lesson,
    text: str,
    file: StoredFile | None,
    by: User,
    at: datetime,
) -> Submission:
    """Hand work in; again and again until one is graded. Raises NothingHandedIn, AlreadyGraded."""
    if not text.strip() and file is None:
        raise NothingHandedIn
    with transaction.atomic():
        list(Enrollment.objects.select_for_update().filter(pk=enrollment.pk))
        opened_progress(enrollment, lesson, at)
        rows = enrollment.submissions.filter(lesson=lesson)
        latest = rows.first()
        if latest is not None and _is_good_enough(latest, lesson):
            raise AlreadyGraded
        work = Submission.objects.create(
            enrollment=enrollment,
            lesson=lesson,
            number=latest.number + 1 if latest else 1,
            text=text,
            file=file,
            submitted_at=at,
        )
        audit.record(verb="hand_in", record=work, by=by, at=at, after={"lesson_id": lesson.pk})
        if lesson.completion_rule == "submitted":
            finish_lesson(enrollment=enrollment, lesson=lesson, at=at)
    return work


def grade_submission(
    *, submission: Submission, percent: Decimal, comment: str, seen: int, by: User, at: datetime
) -> Submission:
    """A trainer's mark; a second one over an older view is refused with AlreadyGraded."""
    with transaction.atomic():
        locked = Submission.objects.select_for_update().get(pk=submission.pk)
        if locked.row_version != seen:
            raise AlreadyGraded
        locked.percent, locked.comment = percent, comment.strip()
        locked.graded_by, locked.graded_at = by, at
        locked.row_version += 1
        locked.save()
        after = {"percent": str(percent)}
        audit.record(verb="grade_submission", record=locked, by=by, at=at, after=after)
        lesson = locked.lesson
        if _is_good_enough(locked, lesson):
            finish_lesson(enrollment=locked.enrollment, lesson=lesson, at=at, percent=percent)
    return locked


def _is_good_enough(work: Submission, lesson: Lesson) -> bool:
    if work.percent is None:
        return False
    needed = lesson.required_percent if lesson.completion_rule == "score_at_least" else None
    return work.percent >= (needed if needed is not None else Decimal(50))


# --- After a quiz --------------------------------------------------------------------------------


def after_attempt(
    *, attempt: Attempt, grade: Decimal | None, has_attempt_left: bool, at: datetime
) -> None:
    """What an ended attempt means for its lesson: done, still open, or the course failed."""
    enrollment, lesson = attempt.enrollment, attempt.lesson
    rule = lesson.completion_rule
    passed = grade is not None and grade >= attempt.quiz.pass_percent
    reached = lesson.required_percent is not None and (grade or 0) >= lesson.required_percent
    met = {
        "submitted": True,
        "passed": passed,
        "score_at_least": grade is not None and reached,
        "attempts_exhausted": passed or not has_attempt_left,
    }[rule]
    if met:
        finish_lesson(enrollment=enrollment, lesson=lesson, at=at, percent=grade)
    elif not has_attempt_left and lesson.is_required and attempt.state != "awaiting_grading":
        Enrollment.objects.filter(pk=enrollment.pk, state=EnrollmentState.IN_PROGRESS).update(
            state=EnrollmentState.FAILED
        )
