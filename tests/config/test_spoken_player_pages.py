"""The course player and the quiz are wholly in the learner's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.feedback_surveys import CollectorFactory
from tests.factories.ops import StoredFileFactory
from tests.factories.training import (
    AT,
    CourseFactory,
    LiveSessionFactory,
    PrerequisiteFactory,
    SubmissionFactory,
)
from tests.training.packages import PAGE, package
from tests.training.packages import item as part
from tests.training.scorm_worlds import CONTENT, ScormWorld
from tests.training.worlds import LearningWorld
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records
from training.actions import attempts
from training.models import Course, Enrollment, Lesson

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.SCORM_CONTENT_ORIGIN = CONTENT


def page(world, name, *args):
    return world.learner, reverse(f"training:{name}", args=args)


def lesson(world, enrollment, lesson):
    return page(world, "lesson_detail", enrollment.pk, lesson.pk)


# --- The player ----------------------------------------------------------------------------------


def begun():
    world = LearningWorld().published()
    return page(world, "enrollment_detail", world.enrolled().pk)


def locked():
    world = LearningWorld().published()
    return lesson(world, world.enrolled(), world.quiz_lesson)


def held_up():
    """Other courses come first: by their end, a percent, a certificate."""
    world = LearningWorld().published()
    for kind, value in (("course_completed", None), ("course_percent", 50), ("certificate", None)):
        needed = CourseFactory()
        PrerequisiteFactory(course=world.course, kind=kind, needed_course=needed, value=value)
    return lesson(world, world.enrolled(), world.text)


def closed():
    world = LearningWorld().published()
    enrollment = world.enrolled()
    Enrollment.objects.filter(pk=enrollment.pk).update(state="withdrawn")
    return page(world, "enrollment_detail", enrollment.pk)


def completed():
    """With a survey about the course."""
    world = LearningWorld().published()
    enrollment = world.at_quiz()
    world.taken(enrollment)
    Course.objects.update(feedback_link=CollectorFactory())
    return page(world, "enrollment_detail", enrollment.pk)


def failed():
    world = LearningWorld().published()
    enrollment = world.at_quiz()
    Enrollment.objects.filter(pk=enrollment.pk).update(state="failed")
    world.text.progress.update(done_at=timezone.now())
    return page(world, "enrollment_detail", enrollment.pk)


def done():
    world = LearningWorld().published()
    return lesson(world, world.at_quiz(), world.text)


def of_kind(kind, **fields):
    """An open lesson of one more kind at the end of the course."""

    def opened():
        world = LearningWorld()
        if kind in ("video", "document"):
            fields["file"] = StoredFileFactory(name="birds.bin")
        if kind == "video":
            fields["captions"] = StoredFileFactory(name="birds.vtt")
        added = world.add("text", "More", body="x", must_follow_previous=False, is_required=False)
        world.published()
        Lesson.objects.filter(pk=added.pk).update(kind=kind, **fields)
        return lesson(world, world.enrolled(), added)

    return opened


def handed_in():
    world = LearningWorld()
    work = world.add("exercise", "Write", body="x", must_follow_previous=False)
    world.published()
    enrollment = world.enrolled()
    for number in (1, 2):
        SubmissionFactory(enrollment=enrollment, lesson=work, number=number)
    return lesson(world, enrollment, work)


def live():
    world = LearningWorld()
    added = world.add("live_session", "Meet", body="x", must_follow_previous=False)
    world.published()
    soon = timezone.now() + DAY
    LiveSessionFactory(lesson=added, starts_at=soon, ends_at=soon + DAY / 12)
    return lesson(world, world.enrolled(), added)


def package_read():
    """Two parts, the first one done."""
    parts = package(
        items=[part(1), part(2, href="Shared/two.html")], files={"Shared/two.html": PAGE}
    )
    world = ScormWorld(parts)
    world.launched()
    world.commit(1, seconds=60, core__lesson_status="completed")
    return lesson(world, world.enrollment, world.content)


# --- Quizzes -------------------------------------------------------------------------------------

QUESTIONS = [
    ("multiple", "* a\n* b\nc", "Which?"),
    ("numeric", "", "How many?"),
    ("match", "one = 1\ntwo = 2", "Which belong together?"),
    ("order", "one\ntwo", "In which order?"),
    ("gap_fill", "Within [five|5] days.", "When?"),
    ("essay", "", "Tell."),
    ("file", "", "Draw."),
]


def before_quiz():
    world = LearningWorld(max_attempts=3, time_limit_minutes=10).published()
    return lesson(world, world.at_quiz(), world.quiz_lesson)


def between_attempts():
    """One not passed, one that runs."""
    world = LearningWorld(max_attempts=3).published()
    enrollment = world.at_quiz()
    world.taken(enrollment, right=False)
    world.attempt(enrollment, AT + DAY)
    return lesson(world, enrollment, world.quiz_lesson)


def no_attempt_left():
    world = LearningWorld(max_attempts=1).published()
    enrollment = world.at_quiz()
    world.taken(enrollment, right=False)
    return lesson(world, enrollment, world.quiz_lesson)


def running(**quiz):
    def opened():
        world = LearningWorld(**quiz)
        for kind, text, prompt in QUESTIONS:
            world.ask(kind, text, prompt=prompt, points="1.5", value="5")
        attempt = world.published().attempt(at=timezone.now())
        attempts.save_answer(
            attempt=attempt,
            position=0,
            response={},
            sequence=1,
            by=world.learner,
            at=timezone.now(),
        )
        return page(world, "attempt_detail", attempt.pk)

    return opened


def result(right, **quiz):
    def opened():
        world = LearningWorld(**quiz).published()
        return page(world, "attempt_detail", world.taken(right=right).pk)

    return opened


def waiting_for_a_grader():
    world = LearningWorld()
    world.ask("essay", "", prompt="Tell.")
    attempt = world.published().attempt()
    for item in attempt.items.filter(question_version__kind="essay"):
        attempts.save_answer(
            attempt=attempt,
            position=item.position,
            response={"text": "Long ago."},
            sequence=1,
            by=world.learner,
            at=AT,
        )
    attempts.submit_attempt(attempt=attempt, by=world.learner, at=AT)
    return page(world, "attempt_detail", attempt.pk)


WORLDS = {
    "begun": begun,
    "locked": locked,
    "held up": held_up,
    "closed": closed,
    "completed": completed,
    "failed": failed,
    "done": done,
    "link": of_kind("link", url="https://birds.example/"),
    "document": of_kind("document"),
    "video": of_kind("video", completion_rule="viewed", duration_seconds=60),
    "minimum time": of_kind("text", completion_rule="minimum_time", minimum_seconds=90),
    "exercise": of_kind("exercise", completion_rule="submitted"),
    "handed in": handed_in,
    "no live session": of_kind("live_session"),
    "live session": live,
    "no package": of_kind("scorm", completion_rule="passed"),
    "package": package_read,
    "before the quiz": before_quiz,
    "between attempts": between_attempts,
    "no attempt left": no_attempt_left,
    "running": running(time_limit_minutes=10),
    "running, one per page": running(one_per_page=True),
    "passed": result(True),
    "not passed": result(False, max_attempts=2),
    "waiting for a grader": waiting_for_a_grader,
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_the_player_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    mark_what_is_said(monkeypatch)

    answer = in_spanish(client, reader, path)

    assert answer["Content-Language"] == "es"
    assert unsaid(answer.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_in_the_player(client, world):
    answer = in_spanish(client, *WORLDS[world]())

    assert answer.status_code in (200, 403)
    assert english_left(answer.content.decode()) == set()
