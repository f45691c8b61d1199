"""What keeps a revision from being published, point by point."""

from __future__ import annotations

from dataclasses import dataclass

from training.models.courses import CourseRevision, Lesson
from training.quiz_sizes import question_counts

SECURE = ("http://", "https://")


@dataclass(frozen=True)
class Point:
    """One open point: a sentence, and the lesson that it is about, if it is about one."""

    sentence: str
    lesson: Lesson | None = None


def open_points(revision: CourseRevision) -> list[Point]:
    """Three queries; empty for a revision that may be published."""
    lessons = list(revision.lessons().select_related("file", "captions"))
    points = [
        Point(f"“{lesson}”: {what}", lesson) for lesson in lessons for what in missing(lesson)
    ]
    if not any(lesson.is_required for lesson in lessons):
        points.append(Point("The course has no required lesson."))
    quizzes = [lesson.quiz_id for lesson in lessons if lesson.quiz_id]
    counts = question_counts(quizzes)
    points += [
        Point(f"“{lesson}”: its quiz “{lesson.quiz}” has no question that can be asked.", lesson)
        for lesson in lessons
        if lesson.quiz_id and not counts.get(lesson.quiz_id)
    ]
    return points


def missing(lesson: Lesson) -> list[str]:
    """What one lesson lacks, in words."""
    found = []
    if lesson.kind == "text" and not lesson.body.strip():
        found.append("there is no text.")
    if lesson.kind in ("video", "document") and lesson.file_id is None:
        found.append("there is no file.")
    if lesson.kind == "video" and lesson.captions_id is None and not lesson.body.strip():
        found.append("add captions, or the transcript as text.")
    if lesson.kind == "video" and lesson.file_id and not lesson.duration_seconds:
        found.append("say how long the video is.")
    if lesson.kind == "link" and not lesson.url.startswith(SECURE):
        found.append("there is no address that begins with http.")
    if lesson.kind == "quiz" and lesson.quiz_id is None:
        found.append("no quiz is chosen.")
    if lesson.kind == "scorm" and lesson.scorm_package_id is None:
        found.append("no package is chosen.")
    if lesson.kind == "exercise" and not lesson.body.strip():
        found.append("say what is to be handed in.")
    if lesson.completion_rule == "minimum_time" and not lesson.minimum_seconds:
        found.append("say how many seconds it takes at least.")
    if lesson.completion_rule == "score_at_least" and lesson.required_percent is None:
        found.append("say which percent is needed.")
    return found
