"""Pages of learners, authors and trainers: what they show, whom they refuse, what they cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.training import CourseFactory
from tests.training.worlds import CANARY, LearningWorld, member
from training.actions import assigning, courses
from training.models import Assignment, Attempt, Course, Enrollment, Lesson, Question
from training.views import board as board_views

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"training:{name}", args=args)


@pytest.fixture
def world():
    return LearningWorld().published()


def queries(client, path):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def more_courses(world, count):
    for number in range(count):
        course = courses.create_course(title=f"More {number}", **world.by)
        revision = course.revisions.get()
        module = revision.modules.get()
        Lesson.objects.create(
            module=module, position=0, kind="text", title="x", body="x",
            completion_rule="marked_done",
        )  # fmt: skip
        courses.submit_revision(revision=revision, change_note="x", **world.by)
        courses.publish_revision(revision=revision, by=world.second, at=timezone.now())
        given = {"due_on": None, "reason": "", "by": world.trainer, "at": timezone.now()}
        assigning.assign_course(
            course=Course.objects.get(pk=course.pk), people=[world.learner], **given
        )


def test_my_learning_costs_the_same_for_one_and_for_many(client, world):
    client.force_login(world.learner)
    world.enrolled()
    few = queries(client, url("my_learning"))
    more_courses(world, 12)

    assert queries(client, url("my_learning")) == few <= 12


def test_the_player_resumes_and_costs_the_same_for_many_lessons(client):
    world = LearningWorld()
    for number in range(8):
        world.add("text", f"Extra {number}", body="x", is_required=False)
    world.published()
    enrollment = world.enrolled()
    client.force_login(world.learner)
    client.post(url("lesson_done", enrollment.pk, world.text.pk))

    with CaptureQueriesContext(connection) as caught:
        page = client.get(url("enrollment_detail", enrollment.pk))
    assert page.context["lesson"] == world.quiz_lesson
    assert len(caught) <= 16


def test_locked_lessons_are_refused_with_what_opens_them(client, world):
    enrollment = world.enrolled()
    client.force_login(world.learner)

    page = client.get(url("lesson_detail", enrollment.pk, world.quiz_lesson.pk))
    assert page.status_code == 403
    assert "Finish “Read” first" in page.content.decode()
    beat = client.post(url("lesson_beat", enrollment.pk, world.quiz_lesson.pk))
    assert (beat.status_code, "Read" in beat.json()["error"]) == (403, True)


def test_reading_writes_nothing_and_others_see_nothing(client, world):
    enrollment = world.enrolled()
    client.force_login(world.learner)
    client.get(url("enrollment_detail", enrollment.pk))
    assert not enrollment.progress.exists()
    client.force_login(member("agent", world.team))
    assert client.get(url("enrollment_detail", enrollment.pk)).status_code == 404
    client.force_login(world.supervisor)
    assert client.get(url("enrollment_detail", enrollment.pk)).status_code == 200
    assert client.post(url("lesson_done", enrollment.pk, world.text.pk)).status_code == 403


def test_keys_never_leave_before_the_end(client, world):
    """The right option's text is an option; its being right, and the feedback, are the key."""
    enrollment = world.at_quiz()
    client.force_login(world.learner)
    started = client.post(url("attempt_start", enrollment.pk, world.quiz_lesson.pk), follow=True)
    attempt = Attempt.objects.get()
    position = attempt.items.get(question_version__kind="single").position
    bad = client.post(
        url("answer_save", attempt.pk, position),
        {f"r{position}": "o9", f"r{position}-asked": 1, "sequence": 1},
    )
    good = client.post(
        url("answer_save", attempt.pk, position),
        {f"r{position}": "o1", f"r{position}-asked": 1, "sequence": 2},
    )
    pages = [started, bad, good, client.get(url("attempt_detail", attempt.pk))]

    assert [page.status_code for page in pages] == [200, 400, 200, 200]
    for page in pages:
        assert f"{CANARY} is right" not in page.content.decode()
        assert "blue" not in page.content.decode()


def test_a_quiz_works_without_a_script(client, world):
    enrollment = world.at_quiz()
    client.force_login(world.learner)
    client.post(url("attempt_start", enrollment.pk, world.quiz_lesson.pk))
    attempt = Attempt.objects.get()
    form = {}
    for item in attempt.items.select_related("question_version"):
        name = f"r{item.position}"
        single = item.question_version.kind == "single"
        form |= {name: "o1", f"{name}-asked": 1} if single else {name: "Blue "}

    client.post(url("attempt_save", attempt.pk), form)
    assert client.get(url("attempt_detail", attempt.pk)).context["blanks"] == []
    page = client.post(url("attempt_save", attempt.pk), form | {"submit": 1}, follow=True)

    assert "Passed" in page.content.decode()
    assert f"{CANARY} is right" in page.content.decode()
    assert Enrollment.objects.get().state == "completed"
    late = client.post(url("answer_save", attempt.pk, 0), {"sequence": 9})
    assert late.status_code == 409


def test_the_quiz_page_and_its_saves_are_cheap(client, world):
    attempt = world.attempt()
    client.force_login(world.learner)
    few = queries(client, url("attempt_detail", attempt.pk))
    position = attempt.items.get(question_version__kind="short_text").position
    with CaptureQueriesContext(connection) as caught:
        client.post(
            url("answer_save", attempt.pk, position), {f"r{position}": "blue", "sequence": 1}
        )
    writes = [q for q in caught.captured_queries if q["sql"].startswith("UPDATE")]

    assert few <= 11
    assert len(writes) == 1


def test_authors_build_a_course_from_nothing(client):
    world = LearningWorld()
    client.force_login(world.trainer)
    client.post(url("course_create"), {"title": "Refunds", "language": "en", "is_open": "on"})
    course = Course.objects.get(code="refunds")
    module = course.revisions.get().modules.get()
    client.post(url("lesson_add", course.pk, module.pk), {"title": "Read", "kind": "text"})
    lesson = Lesson.objects.get(module=module)
    form = {
        "title": "Read", "body": "## Why\n**Because.**", "completion_rule": "marked_done",
        "minimum_seconds": 0, "minutes": 5, "weight": 1, "is_required": "on", "seen": 1,
    }  # fmt: skip
    assert client.post(url("lesson_edit", course.pk, lesson.pk), form).status_code == 302
    stale = client.post(url("lesson_edit", course.pk, lesson.pk), form | {"title": "Mine"})
    assert stale.status_code == 409
    assert "Someone changed this lesson" in stale.content.decode()
    wrong = client.post(
        url("lesson_edit", course.pk, lesson.pk), form | {"seen": 2, "weight": 5000}
    )
    assert wrong.status_code == 422

    page = client.get(url("course_build", course.pk) + f"?lesson={lesson.pk}").content.decode()
    assert "<strong>Because.</strong>" in page
    client.post(url("revision_submit", course.pk), {"change_note": "First."})
    assert client.post(url("revision_publish", course.pk)).status_code == 403
    client.force_login(world.second)
    client.post(url("revision_publish", course.pk))
    course.refresh_from_db()
    assert course.current_revision.state == "published"
    assert client.get(url("course_detail", course.pk)).status_code == 200


def test_files_of_lessons_are_taken_by_their_content(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    from django.core.files.uploadedfile import SimpleUploadedFile

    world = LearningWorld()
    lesson = world.add("document", "Rules", completion_rule="viewed")
    client.force_login(world.trainer)
    form = {
        "title": "Rules", "completion_rule": "viewed", "minimum_seconds": 0, "minutes": 5,
        "weight": 1, "seen": 1, "body": "",
    }  # fmt: skip
    path = url("lesson_edit", world.course.pk, lesson.pk)
    for name, content in (("a.pdf", b"MZ executable"), ("a.svg", b"<svg/>")):
        page = client.post(path, form | {"upload": SimpleUploadedFile(name, content)})
        assert page.status_code == 422
    client.post(path, form | {"upload": SimpleUploadedFile("a.pdf", b"%PDF-1.7 rules")})
    lesson.refresh_from_db()

    file_url = reverse("ops:file_content", args=[lesson.file_id])
    assert b"".join(client.get(file_url).streaming_content).startswith(b"%PDF")
    client.force_login(world.learner)
    assert client.get(file_url).status_code == 404
    world.published()
    world.enrolled()
    assert b"".join(client.get(file_url).streaming_content).startswith(b"%PDF")


def test_questions_and_quizzes_are_written_on_pages(client):
    world = LearningWorld()
    client.force_login(world.trainer)
    form = {
        "kind": "single",
        "prompt": "Which?",
        "text": "a\nb",
        "points": 1,
        "difficulty": 3,
        "bank": "general",
    }
    page = client.post(url("question_create"), form)
    assert (page.status_code, "Put a * before" in page.content.decode()) == (422, True)
    client.post(url("question_create"), form | {"text": "*a\nb", "tags": "Billing, new"})
    question = Question.objects.latest("pk")
    assert question.tags == ["billing", "new"]
    shown = client.get(url("question_edit", question.pk)).content.decode()
    assert "*a" in shown
    client.post(url("section_put", world.quiz.pk, world.section.pk), {"question": question.pk})
    assert world.section.questions.count() == 3
    settings = {"title": "Q", "pass_percent": 80, "max_attempts": 3, "wait_minutes": 0,
                "on_overdue": "grace", "grace_seconds": 60, "grade_by": "best"}  # fmt: skip
    assert client.post(url("quiz_create"), settings).status_code == 422
    for path in ("quiz_build", "quiz_items", "quiz_edit"):
        assert client.get(url(path, world.quiz.pk)).status_code == 200


def test_the_board_costs_the_same_for_one_and_for_many(client, world):
    world.assigned()
    client.force_login(world.trainer)
    few = queries(client, url("board"))
    for _ in range(8):
        member("agent", world.team)
    more_courses(world, 3)

    assert queries(client, url("board")) == few <= 15


def test_every_person_and_course_has_a_page_of_the_board(client, world, monkeypatch):
    monkeypatch.setattr(board_views, "PEOPLE_A_PAGE", 2)
    monkeypatch.setattr(board_views, "COURSES_A_PAGE", 2)
    others = [member("agent", world.team) for _ in range(4)]
    more_courses(world, 4)
    world.assigned([world.learner, *others], due_on=None)
    client.force_login(world.trainer)
    shown, columns = set(), set()
    for number in (1, 2, 3, 4):
        page = client.get(url("board"), {"page": number, "courses": number, "team": ""})
        shown |= {person.pk for person, _cells in page.context["rows"]}
        columns |= {course.pk for course in page.context["courses"]}
        counts = {look[1]: count for look, count in page.context["counts"]}
        assert counts["Not begun"] == 5 + Enrollment.objects.exclude(course=world.course).count()

    assert {world.learner.pk, *(one.pk for one in others)} <= shown
    assert columns == set(Course.objects.values_list("pk", flat=True))
    text = client.get(url("board")).content.decode()
    assert f"1–2 of {page.context['people'].paginator.count} people" in text
    assert "?page=2&amp;courses=2" not in text


def test_a_filter_of_the_board_goes_over_all_pages(client, world, monkeypatch):
    monkeypatch.setattr(board_views, "PEOPLE_A_PAGE", 1)
    last = member("agent", world.team, full_name="Zoe Last")
    world.assigned([last])
    client.force_login(world.trainer)

    page = client.get(url("board"), {"state": "overdue"})
    assert [person for person, _cells in page.context["rows"]] == [last]
    none = client.get(url("board"), {"state": "completed"})
    assert "Nobody here" in none.content.decode()


def test_the_board_counts_what_it_lists_and_acts_on_what_is_left(client, world):
    row = world.assigned(due_on=None).made[0]
    client.force_login(world.supervisor)
    page = client.get(url("board"))
    counts = {look[1]: count for look, count in page.context["counts"]}
    assert counts["Not begun"] == 1
    other = Assignment.objects.create(
        person=UserFactory(), course=CourseFactory(), assigned_on=row.assigned_on
    )
    tomorrow = timezone.localdate() + timezone.timedelta(days=1)
    acted = client.post(
        url("board_act"),
        {"assignments": [row.pk, other.pk], "act": "extend", "on": tomorrow, "reason": "Ill."},
        follow=True,
    )
    assert "Done for 1 of 2, 1 are done or not yours to change" in acted.content.decode()
    row.refresh_from_db()
    assert row.due_on == tomorrow

    text = b"".join(client.get(url("board_export")).streaming_content).decode()
    assert text.count("\r\n") == 2


def test_assigning_by_page_says_who_had_it(client, world):
    world.assigned()
    client.force_login(world.trainer)
    form = {
        "what": f"course:{world.course.pk}",
        "people": [world.learner.pk],
        "reason": "It helps.",
    }

    page = client.post(url("assign"), form, follow=True)

    assert "Given to 0 people. Had it already" in page.content.decode()
    assert client.post(url("assign"), form | {"due_on": "2001-01-01"}).status_code == 422
    stranger = UserFactory(roles=["agent"])
    assert client.post(url("assign"), form | {"people": [stranger.pk]}).status_code == 422


def test_rules_are_tried_before_they_are_saved(client, world):
    client.force_login(world.trainer)
    form = {
        "name": "Agents",
        "course": world.course.pk,
        "role": "agent",
        "due_days": 14,
        "is_active": "on",
    }

    tried = client.post(url("rule_create"), form | {"preview": 1})
    assert "1 would gain it" in tried.content.decode()
    client.post(url("rule_create"), form)
    rule = world.course.rules.get()
    client.post(url("rule_run", rule.pk))
    assert Assignment.objects.get().reason == "by the rule “Agents”"
    assert client.get(url("rule_edit", rule.pk)).status_code == 200


def test_work_to_mark_is_listed_and_marked(client, world):
    enrollment = world.enrolled()
    task = Lesson.objects.create(
        module=world.module, position=9, kind="exercise", title="Write", body="Write.",
        completion_rule="passed", must_follow_previous=False,
    )  # fmt: skip
    client.force_login(world.learner)
    hand_in = url("exercise_hand_in", enrollment.pk, task.pk)
    assert client.post(hand_in, {"text": " "}).status_code == 422
    client.post(hand_in, {"text": "My work"})
    client.force_login(world.trainer)
    assert "Write" in client.get(url("grading_list")).content.decode()
    work = enrollment.submissions.get()
    path = url("submission_grade", work.pk)
    client.post(path, {"percent": 90, "comment": "Good.", "seen": 1})
    again = client.post(path, {"percent": 10, "comment": "Bad.", "seen": 1})
    assert (again.status_code, "90.00 %" in again.content.decode()) == (409, True)
