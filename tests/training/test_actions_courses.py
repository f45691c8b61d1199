"""Making courses: drafts, checklist, a second pair of eyes, revisions that stay."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from tests.training.worlds import AT, LearningWorld
from training.actions import courses, learning, lessons
from training.checklist import open_points
from training.models import Course, Lesson, Module

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return LearningWorld()


def sentences(world):
    return [point.sentence for point in open_points(world.revision)]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("text", {}, "there is no text."),
        ("document", {}, "there is no file."),
        ("video", {}, "add captions, or the transcript as text."),
        ("link", {}, "there is no address that begins with http."),
        ("link", {"url": "ftp://a.example/"}, "there is no address that begins with http."),
        ("quiz", {}, "no quiz is chosen."),
        ("exercise", {}, "say what is to be handed in."),
        ("text", {"completion_rule": "minimum_time"}, "say how many seconds it takes at least."),
    ],
)
def test_each_gap_of_a_lesson_is_a_point(world, kind, fields, sentence):
    world.add(kind, "Odd", **fields)

    assert f"“Odd”: {sentence}" in sentences(world)
    with pytest.raises(courses.NotReady):
        courses.submit_revision(revision=world.revision, change_note="", **world.by)


def test_a_course_needs_a_required_lesson_and_questions(world):
    assert sentences(world) == []
    world.section.questions.all().delete()
    Lesson.objects.update(is_required=False)

    assert len(sentences(world)) == 2


def test_nobody_publishes_own_work(world):
    courses.submit_revision(revision=world.revision, change_note="First.", **world.by)

    with pytest.raises(courses.OwnWork):
        courses.publish_revision(revision=world.revision, **world.by)
    courses.publish_revision(revision=world.revision, by=world.second, at=AT)

    assert Course.objects.get().current_revision == world.revision
    assert AuditEntry.objects.filter(verb="publish_revision").count() == 1


def test_an_edit_takes_a_revision_back_from_review(world):
    courses.submit_revision(revision=world.revision, change_note="First.", **world.by)
    lessons.add_module(revision=world.revision, title="More", by=world.second, at=AT)

    world.revision.refresh_from_db()
    assert world.revision.state == "draft"


def test_published_revisions_never_change(world):
    world.published()

    with pytest.raises(courses.RevisionIsFrozen):
        lessons.add_module(revision=world.revision, title="More", **world.by)
    with pytest.raises(courses.RevisionIsFrozen):
        lessons.change_lesson(lesson=world.text, seen=1, title="New", **world.by)


def test_learners_stay_on_their_revision_until_they_move(world):
    enrollment = world.published().at_quiz()
    before = enrollment.progress_percent
    following = courses.open_revision(course=world.course, **world.by)
    with pytest.raises(courses.InWork):
        courses.open_revision(course=world.course, **world.by)
    copied = Lesson.objects.get(module__revision=following, key=world.text.key)
    module = Module.objects.get(revision=following)
    lessons.add_lesson(module=module, kind="text", title="New", body="New.", **world.by)
    courses.submit_revision(revision=following, change_note="More.", **world.by)
    courses.publish_revision(revision=following, by=world.second, at=AT)

    enrollment.refresh_from_db()
    assert (enrollment.revision, enrollment.progress_percent) == (world.revision, before)

    learning.move_to_newest(enrollment=enrollment, by=world.learner, at=AT)
    enrollment.refresh_from_db()
    assert enrollment.progress_percent == 33
    assert enrollment.progress.get(done_at__isnull=False).lesson == copied


def test_lessons_move_within_and_between_modules(world):
    second = lessons.add_module(revision=world.revision, title="Second", **world.by)
    lessons.step_lesson(lesson=world.quiz_lesson, by_steps=-1, **world.by)
    assert titles(world) == ["Check", "Read"]
    world.text.refresh_from_db()
    lessons.step_lesson(lesson=world.text, by_steps=1, **world.by)

    assert titles(world) == ["Check", "Read"]
    assert Lesson.objects.get(title="Read").module == second


def titles(world):
    return [lesson.title for lesson in world.revision.lessons()]


def test_a_change_over_an_older_view_is_refused(world):
    lessons.change_lesson(lesson=world.text, seen=1, title="Theirs", **world.by)

    with pytest.raises(lessons.ChangedElsewhere):
        lessons.change_lesson(lesson=world.text, seen=1, title="Mine", **world.by)


def test_courses_that_need_each_other_are_refused(world):
    world.published()
    other = courses.create_course(title="Other", **world.by)
    add = courses.add_prerequisite
    add(course=other, needed_course=world.course, value=None, **world.by)

    with pytest.raises(courses.LoopOfCourses, match="Birds → Other → Birds"):
        add(course=world.course, needed_course=other, value=None, **world.by)


def test_database_keeps_rules_and_contents_of_lessons(world):
    for wrong in ({"completion_rule": "passed"}, {"url": "https://a.example/"}, {"weight": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lesson.objects.filter(pk=world.text.pk).update(**wrong)
