"""Learning: time by our clock, locks, completion exactly once, exercises."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from lib import events
from tests.factories.training import (
    CertificateFactory,
    LessonFactory,
    SkillEvidenceFactory,
    SkillFactory,
)
from tests.training.worlds import AT, LearningWorld
from training.actions import courses, learning, lessons
from training.events import EnrollmentCompleted
from training.models import Certificate, Enrollment, LessonProgress
from training.player import places_of

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


def test_a_module_opens_with_all_that_is_required_before_it(world):
    world.text.must_follow_previous = world.quiz_lesson.must_follow_previous = False
    world.text.save()
    world.quiz_lesson.save()
    world.module = lessons.add_module(revision=world.revision, title="Nests", **world.by)
    extra = world.add("text", "Extra", body="x", completion_rule="marked_done", is_required=False)
    nest = world.add("text", "Nest", body="x", completion_rule="marked_done")
    enrollment = world.published().enrolled()

    def locks():
        places = places_of(Enrollment.objects.get(pk=enrollment.pk))
        return {place.lesson: place.lock for place in places if place.lock}

    assert locks() == {extra: "Finish “Read” first.", nest: "Finish “Read” first."}
    learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)
    assert locks() == {extra: "Finish “Check” first.", nest: "Finish “Check” first."}
    LessonProgress.objects.create(enrollment=enrollment, lesson=world.quiz_lesson, done_at=AT)
    assert locks() == {}


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


def test_a_course_waits_for_a_valid_certificate(world):
    world.published()
    certificate = CertificateFactory(
        person=world.learner, issued_on=date(2020, 1, 1), valid_until_on=date(2020, 6, 1)
    )
    needed = certificate.enrollment.course
    courses.add_prerequisite(
        course=world.course, needed_course=needed, value=None, is_certificate=True, **world.by
    )
    enrollment = world.enrolled()
    with pytest.raises(learning.Locked, match=r"A valid certificate of “.*” is needed first"):
        learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)

    Certificate.objects.update(valid_until_on=None)
    learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)


def test_a_course_waits_for_a_level_of_a_skill(world):
    world.published()
    skill = SkillFactory(title="Patience")
    for level in (4, 3):
        courses.ask_for_skill(course=world.course, skill=skill, level=level, **world.by)
    today = timezone.localdate()
    SkillEvidenceFactory(person=world.learner, skill=skill, level=2, dated_on=today)
    enrollment = world.enrolled()
    with pytest.raises(learning.Locked, match="Show Patience at level 3 first; you are at level 2"):
        learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)

    SkillEvidenceFactory(person=world.learner, skill=skill, level=3, dated_on=today, kind="course")
    learning.mark_done(enrollment=enrollment, lesson=world.text, at=AT)


def test_what_is_needed_first_is_chosen_on_the_page(client, world):
    skill = SkillFactory(title="Patience")
    client.force_login(world.trainer)
    url = reverse("training:prerequisite_add", args=[world.course.pk])
    neither = client.post(url, {})
    without_level = client.post(url, {"needed_skill": skill.pk})
    added = client.post(url, {"needed_skill": skill.pk, "level": "2"}, follow=True)

    assert "Choose a course or a skill" in neither.content.decode()
    assert "Choose the level that is needed" in without_level.content.decode()
    assert (neither.status_code, without_level.status_code) == (422, 422)
    assert "Patience at level 2" in added.content.decode()


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
