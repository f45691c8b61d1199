"""What learners said about a course in its survey: never who, and nothing below five answers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from feedback.models import Response
from lib.statistics import wilson
from training.models import Course

LEAST_ANSWERS = 5


@dataclass(frozen=True)
class Voice:
    """Accepted answers of the survey; the share of satisfied ones only from five answers on."""

    n: int
    satisfied: int

    @property
    def is_shown(self) -> bool:
        return self.n >= LEAST_ANSWERS

    @property
    def percent(self) -> float:
        return 100 * self.satisfied / self.n

    @property
    def interval(self) -> tuple[float, float]:
        low, high = wilson(self.satisfied, self.n) or (0.0, 1.0)
        return 100 * low, 100 * high


def voice_of(course: Course) -> Voice | None:
    """Over the whole survey of the course's link; None without one. One query."""
    if course.feedback_link is None:
        return None
    rows = Response.objects.accepted().filter(survey=course.feedback_link.survey_id)
    counts = rows.aggregate(
        n=Count("pk", filter=Q(is_satisfied__isnull=False)),
        satisfied=Count("pk", filter=Q(is_satisfied=True)),
    )
    return Voice(counts["n"], counts["satisfied"])
