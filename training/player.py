"""Where somebody stands in a course: every lesson with its state, and what keeps it locked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext

from training.models import Certificate, Enrollment, Lesson, LessonProgress, Prerequisite
from training.models.courses import PrerequisiteKind
from training.progress import is_watched
from training.skill_matrix import level_of_skill, proofs_of


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
    """A prerequisite that is not met yet; `reached` is a percent, or a level of a skill."""

    prerequisite: Prerequisite
    reached: Decimal

    @property
    def sentence(self) -> str:
        needed = self.prerequisite.needed_course
        if self.prerequisite.kind == PrerequisiteKind.SKILL_LEVEL:
            shown = gettext("Show {skill} at level {level} first; you are at level {reached}.")
            return shown.format(
                skill=self.prerequisite.needed_skill,
                level=f"{self.prerequisite.value:.0f}",
                reached=f"{self.reached:.0f}",
            )
        if self.prerequisite.kind == PrerequisiteKind.CERTIFICATE:
            held = gettext("A valid certificate of “{course}” is needed first.")
            return held.format(course=needed)
        if self.prerequisite.value is None:
            return gettext("Complete “{course}” first.").format(course=needed)
        return gettext("Reach {share} % of “{course}” first; you are at {reached} %.").format(
            share=f"{self.prerequisite.value.normalize():f}",
            course=needed,
            reached=f"{self.reached:.0f}",
        )


def missing_for(person_id: int, course_id: int) -> list[Missing]:
    """What the course asks for and the person has not shown. At most five queries, one without."""
    rows = Prerequisite.objects.filter(course=course_id)
    needed = list(rows.select_related("needed_course", "needed_skill"))
    by_kind: dict[str, list[Prerequisite]] = defaultdict(list)
    for one in needed:
        by_kind[one.kind].append(one)
    courses = by_kind[PrerequisiteKind.COURSE_COMPLETED] + by_kind[PrerequisiteKind.COURSE_PERCENT]
    found = [
        *_missing_courses(person_id, courses),
        *_missing_certificates(person_id, by_kind[PrerequisiteKind.CERTIFICATE]),
        *_missing_levels(person_id, by_kind[PrerequisiteKind.SKILL_LEVEL]),
    ]
    return sorted(found, key=lambda one: one.prerequisite.pk)


def _missing_certificates(person_id: int, needed: list[Prerequisite]) -> list[Missing]:
    """Those whose certificate the person does not hold, or holds no more."""
    if not needed:
        return []
    today = timezone.localdate()
    held = Certificate.objects.filter(person=person_id, revoked_at__isnull=True).filter(
        Q(valid_until_on__isnull=True) | Q(valid_until_on__gte=today)
    )
    courses = set(held.values_list("enrollment__course_id", flat=True))
    return [Missing(one, Decimal(0)) for one in needed if one.needed_course_id not in courses]


def _missing_levels(person_id: int, needed: list[Prerequisite]) -> list[Missing]:
    """Those above the person's level of today."""
    if not needed:
        return []
    proofs, today = proofs_of([person_id]), timezone.localdate()
    found = []
    for one in needed:
        assert one.needed_skill is not None
        shown = proofs.get((person_id, one.needed_skill.pk), ())
        level, _proof = level_of_skill(one.needed_skill, shown, today)
        if one.value is not None and level < one.value:
            found.append(Missing(one, Decimal(level)))
    return found


def _missing_courses(person_id: int, needed: list[Prerequisite]) -> list[Missing]:
    """Those neither completed nor far enough."""
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
        assert one.needed_course_id is not None
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
    for lesson in enrollment.revision.lessons():
        opener = _opener_of(lesson, found)
        reason = lock or (_finish_first(opener) if opener else "")
        place = Place(lesson, progress.get(lesson.pk), reason, opener if not lock else None)
        found.append(place)
    return found


def _finish_first(lesson: Lesson) -> str:
    return gettext("Finish “{lesson}” first.").format(lesson=lesson)


def _opener_of(lesson: Lesson, before: list[Place]) -> Lesson | None:
    """What keeps a lesson that follows the one before closed.

    Within its module that is the last required lesson before it; the first one of a module waits
    for every required lesson of the modules before. Optional lessons hold nobody up.
    """
    if not lesson.must_follow_previous:
        return None
    required = [place for place in before if place.lesson.is_required]
    own = [place for place in required if place.lesson.module_id == lesson.module_id]
    waited_for = own[-1:] or required
    return next((place.lesson for place in waited_for if not place.is_done), None)


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
