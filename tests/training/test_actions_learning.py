"""Learning: time by our clock, locks, completion exactly once, exercises."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lib import events
from tests.factories.training import LessonFactory
from tests.training.worlds import AT, LearningWorld
from training.actions import courses, learning
from training.events import EnrollmentCompleted
from training.models import Enrollment, LessonProgress

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return LearningWorld()


def later(seconds):
    return AT + timedelta(seconds=seconds)


@pytest.fixture
def told(monkeypatch):
    """Facts of completed courses, as they are published."""
    heard = []
    monkeypatch.setattr(events, "publish", heard.append)
    return [heard]


def completions(told):
    return [fact for fact in told[0] if isinstance(fact, EnrollmentCompleted)]


def test_time_counts_by_our_clock_and_at_most_20_seconds_a_beat(world):
    timed = world.add("text", "Timed", body="x", completion_rule="minimum_time", minimum_seconds=40)
    timed.must_follow_previous = False
    timed.save()
    enrollment = world.published().enrolled()

    for seconds in (0, 15, 3615, 3620):
        row = learning.beat(enrollment=enrollment, lesson=timed, at=later(seconds))
    assert (row.seconds_spent, row.is_done) == (40, True)


def test_two_tabs_count_once(world):
    enrollment = world.published().enrolled()
    learning.beat(enrollment=enrollment, lesson=world.text, at=AT)
    for _tab in range(2):
        learning.beat(enrollment=enrollment, lesson=world.text, at=later(15))

    assert LessonProgress.objects.get().seconds_spent == 15


def test_the_first_beat_of_a_lesson_to_view_completes_it(world):
    world.text.completion_rule = "viewed"
    world.text.save()
    enrollment = world.published().enrolled()

    assert learning.beat(enrollment=enrollment, lesson=world.text, at=AT).is_done
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.progress_percent) == ("in_progress", 50)


def test_a_video_is_done_by_what_was_watched(world):
    video = LessonFactory(
        module=world.module, kind="video", completion_rule="viewed", duration_seconds=60,
        body="Transcript", must_follow_previous=False, position=9,
    )  # fmt: skip
    enrollment = world.enrolled_anyway = Enrollment.objects.create(
        person=world.learner, course=world.course, revision=world.revision
    )
    learning.beat(enrollment=enrollment, lesson=video, at=AT, played=(0, 9999))
    row = learning.beat(enrollment=enrollment, lesson=video, at=later(10), played=(0, 15))
    assert row.watched == [[0, 40]]
    assert not row.is_done

    row = learning.beat(enrollment=enrollment, lesson=video, at=later(20), played=(40, 54))
    assert row.is_done


def test_locked_lessons_refuse_time_and_say_what_opens_them(world):
    enrollment = world.published().enrolled()

    with pytest.raises(learning.Locked, match="Finish “Read” first"):
        learning.beat(enrollment=enrollment, lesson=world.quiz_lesson, at=AT)


def test_courses_ask_for_courses(world):
    world.published()
    other = LearningWorld.__new__(LearningWorld)
    other.__dict__ |= world.__dict__
    other.course = courses.create_course(title="Before", **world.by)
    other.revision = other.course.revisions.get()
    other.module = other.revision.modules.get()
    before = other.add("text", "Only", body="x", completion_rule="marked_done")
    other.published()
    courses.add_prerequisite(
        course=world.course, needed_course=other.course, value=Decimal(50), **world.by
    )
    enrollment = world.enrolled()
    with pytest.raises(learning.Locked, match="Reach 50 % of “Before” first; you are at 0 %"):
        learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)

    learning.mark_done(enrollment=other.enrolled(), lesson=before, at=AT)
    learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)


def test_a_course_is_completed_once_and_told_once(world, told):
    world.published()
    made = world.assigned().made[0]
    enrollment = Enrollment.objects.get()
    learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)
    world.taken(enrollment)
    learning.take_on(Enrollment.objects.get(), at=AT)

    made.refresh_from_db()
    assert made.completed_at == AT
    assert [fact.percent for fact in completions(told)] == ["100.00"]
    assert Enrollment.objects.get().state == "completed"


def test_closed_access_says_since_when(world):
    world.published()
    world.assigned(access_until_at=later(3600), due_on=None)
    enrollment = Enrollment.objects.select_related("assignment", "course__owner").get()
    learning.check_open(enrollment, later(3599))

    with pytest.raises(learning.AccessEnded, match="Access ended on 2026-05-04 11:00 UTC"):
        learning.check_open(enrollment, later(3600))


def test_exercises_are_marked_once_over_what_was_seen(world):
    task = world.add("exercise", "Write", body="Write.", completion_rule="score_at_least")
    task.required_percent = 60
    task.must_follow_previous = False
    task.save()
    enrollment = world.published().enrolled()
    with pytest.raises(learning.NothingHandedIn):
        hand_in(world, enrollment, task, " ")
    work = hand_in(world, enrollment, task, "Mine")
    grade(world, work, 40)
    again = hand_in(world, enrollment, task, "Better")
    grade(world, again, 80)

    with pytest.raises(learning.AlreadyGraded):
        grade(world, again, 10)
    with pytest.raises(learning.AlreadyGraded):
        hand_in(world, enrollment, task, "Even better")
    assert enrollment.progress.get(lesson=task).percent == 80


def hand_in(world, enrollment, task, text):
    return learning.hand_in(
        enrollment=enrollment, lesson=task, text=text, file=None, by=world.learner, at=AT
    )


def grade(world, work, percent):
    return learning.grade_submission(
        submission=work, percent=Decimal(percent), comment="Read.", seen=1, **world.by
    )
