"""Where somebody stands on a learning path: each step with its courses, and what is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils import timezone

from accounts.models import User
from training import progress
from training.models import Course, Enrollment, LearningPath, PathStep
from training.progress import Step


@dataclass(frozen=True)
class Stop:
    """One course of a path: the newest way through it, and how much of it is done."""

    course: Course
    enrollment: Enrollment | None

    @property
    def is_complete(self) -> bool:
        return self.enrollment is not None and self.enrollment.is_completed

    @property
    def percent(self) -> int:
        if self.is_complete:
            return 100
        return int(self.enrollment.progress_percent) if self.enrollment else 0

    @property
    def share(self) -> Fraction:
        if self.is_complete or self.enrollment is None:
            return Fraction(int(self.is_complete))
        return Fraction(self.enrollment.progress_percent) / 100


@dataclass(frozen=True)
class Stage:
    """A step with what the learner has done of it; locked while one before is not complete."""

    step: PathStep
    stops: list[Stop]
    is_locked: bool

    @property
    def measured(self) -> Step:
        return Step(self.step.weight, [stop.share for stop in self.stops], self.step.k)

    @property
    def is_complete(self) -> bool:
        return self.measured.is_complete

    @property
    def is_group(self) -> bool:
        return self.step.course_id is None

    @property
    def done(self) -> int:
        return sum(stop.is_complete for stop in self.stops)


@dataclass(frozen=True)
class Way:
    path: LearningPath
    stages: list[Stage]

    @property
    def percent(self) -> int:
        return progress.path_percent([stage.measured for stage in self.stages])

    @property
    def is_complete(self) -> bool:
        return progress.is_path_complete([stage.measured for stage in self.stages])

    @property
    def due_courses(self) -> list[Course]:
        """Fixed courses that are open and that nobody has begun."""
        return [
            stop.course
            for stage in self._open()
            for stop in stage.stops
            if not stage.is_group and stop.enrollment is None
        ]

    @property
    def choices(self) -> list[Course]:
        """Courses of open groups that the learner has not taken up."""
        return [
            stop.course
            for stage in self._open()
            for stop in stage.stops
            if stage.is_group and stop.enrollment is None
        ]

    def _open(self) -> list[Stage]:
        return [stage for stage in self.stages if not stage.is_locked and not stage.is_complete]


def way_of(person: User, path: LearningPath, *, since: date | None = None) -> Way:
    """One person on the path; what was completed before `since` does not count. Three queries."""
    return ways_of([person], path, since=since)[person.pk]


def ways_of(
    people: Iterable[User], path: LearningPath, *, since: date | None = None
) -> dict[int, Way]:
    """Many people on one path. Three queries."""
    steps = list(path.steps.select_related("course").prefetch_related("electives__course"))
    courses = {course.pk for step in steps for course in step.courses}
    chosen = list(people)
    rows = Enrollment.objects.filter(person__in=chosen, course__in=courses)
    found: dict[tuple[int, int], Enrollment] = {}
    for row in rows.exclude(state="withdrawn").order_by("attempt_no", "pk"):
        day = local_day(row)
        if since is not None and day is not None and day < since:
            continue
        known = found.get((row.person_id, row.course_id))
        if known is None or row.is_completed or not known.is_completed:
            found[row.person_id, row.course_id] = row
    return {person.pk: Way(path, _stages(path, steps, person.pk, found)) for person in chosen}


def _stages(
    path: LearningPath,
    steps: list[PathStep],
    person_id: int,
    found: dict[tuple[int, int], Enrollment],
) -> list[Stage]:
    stages: list[Stage] = []
    for step in steps:
        stops = [Stop(course, found.get((person_id, course.pk))) for course in step.courses]
        locked = path.is_ordered and any(not stage.is_complete for stage in stages)
        stages.append(Stage(step, stops, locked))
    return stages


def completed_on(steps: Iterable[tuple[int, Iterable[date | None]]]) -> date | None:
    """The day on which the last of the steps became complete; None while one is not.

    `steps` are (k, the days on which its courses were completed, None for not yet).
    """
    days = []
    for k, found in steps:
        done = sorted(day for day in found if day is not None)
        if len(done) < k:
            return None
        days.append(done[k - 1])
    return max(days, default=None)


def local_day(enrollment: Enrollment) -> date | None:
    """The day of completion in the site's zone."""
    at = enrollment.completed_at
    return None if at is None else timezone.localtime(at).date()
