"""Where somebody stands in a course: every lesson with its state, and what keeps it locked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max

from training.models import Enrollment, Lesson, LessonProgress, Prerequisite
from training.progress import is_watched


@dataclass(frozen=True)
class Place:
    """One lesson of the tree. `lock` says what opens it, empty if open; `opener` leads there."""

    lesson: Lesson
    progress: LessonProgress | None
    lock: str = ""
    opener: Lesson | None = None

    @property
    def state(self) -> str:
        if self.progress is not None and self.progress.is_done:
            return "done"
        if self.lock:
            return "locked"
        return "open" if self.progress is None else "started"

    @property
    def is_locked(self) -> bool:
        return self.state == "locked"

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def seconds_left(self) -> int:
        spent = self.progress.seconds_spent if self.progress else 0
        return max(0, self.lesson.minimum_seconds - spent)


@dataclass(frozen=True)
class Missing:
    """A prerequisite that is not met yet."""

    prerequisite: Prerequisite
    percent: Decimal

    @property
    def sentence(self) -> str:
        needed = self.prerequisite.needed_course
        if self.prerequisite.value is None:
            return f"Complete “{needed}” first."
        share = f"{self.prerequisite.value.normalize():f}"
        return f"Reach {share} % of “{needed}” first; you are at {self.percent:.0f} %."


def missing_for(person_id: int, course_id: int) -> list[Missing]:
    """What the course asks for and the person has not shown. Two queries, one without any."""
    needed = list(Prerequisite.objects.filter(course=course_id).select_related("needed_course"))
    if not needed:
        return []
    rows = Enrollment.objects.filter(
        person=person_id, course__in=[one.needed_course_id for one in needed]
    )
    best = rows.values_list("course_id").annotate(best=Max("progress_percent"))
    completed = set(rows.filter(state="completed").values_list("course_id", flat=True))
    percents = dict(best)
    found = []
    for one in needed:
        reached = percents.get(one.needed_course_id, Decimal(0))
        enough = one.value is not None and reached >= one.value
        if one.needed_course_id not in completed and not enough:
            found.append(Missing(one, reached))
    return found


def places_of(enrollment: Enrollment) -> list[Place]:
    """Every lesson in order with its state. Three or four queries, whatever the course holds."""
    progress = {row.lesson_id: row for row in enrollment.progress.all()}
    missing = [] if progress else missing_for(enrollment.person_id, enrollment.course_id)
    lock = " ".join(one.sentence for one in missing)
    found: list[Place] = []
    before: Place | None = None
    for lesson in enrollment.revision.lessons():
        waits = (
            lesson.must_follow_previous
            and before is not None
            and before.lesson.is_required
            and not before.is_done
        )
        opener = before.lesson if waits and before is not None else None
        reason = lock or (f"Finish “{opener}” first." if opener else "")
        place = Place(lesson, progress.get(lesson.pk), reason, opener if not lock else None)
        found.append(place)
        before = place
    return found


def next_place(places: list[Place]) -> Place | None:
    """The first lesson to go on with: begun or open, required before optional."""
    waiting = [place for place in places if place.state in ("open", "started")]
    return next((place for place in waiting if place.lesson.is_required), None) or next(
        iter(waiting), None
    )


def is_met_by_time(lesson: Lesson, progress: LessonProgress) -> bool:
    """Whether reading or watching alone has completed the lesson."""
    if lesson.completion_rule == "minimum_time":
        return progress.seconds_spent >= lesson.minimum_seconds
    if lesson.completion_rule != "viewed" or lesson.kind == "live_session":
        return False
    if lesson.kind == "video":
        spans = [(start, end) for start, end in progress.watched]
        return is_watched(spans, lesson.duration_seconds)
    return True
