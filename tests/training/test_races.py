"""Learning among many connections: each race has a twin without its guard."""

import pytest
from django.db import connection

from tests.races import drop_constraint, together
from tests.training.worlds import AT, LearningWorld
from training.actions import attempts, learning
from training.models import Attempt, Enrollment

pytestmark = pytest.mark.race
needs_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our guard",
)


def start_at_once(count=16):
    world = LearningWorld(max_attempts=0).published()
    enrollment = world.at_quiz()

    def start(number):
        fresh = Enrollment.objects.select_related("person", "course__owner").get(pk=enrollment.pk)
        return attempts.start_attempt(
            enrollment=fresh, lesson=world.quiz_lesson, by=world.learner, at=AT
        )

    return together(start, count)


def test_many_starts_make_one_attempt(race_database):
    results = start_at_once()

    assert {result.pk for result in results} == {Attempt.objects.get().pk}


def test_twin_without_its_guards_makes_several(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "training.one_attempt")
    drop_constraint(Attempt, "training_attempt_one_running_per_quiz")

    start_at_once()

    assert Attempt.objects.count() > 1


def submit_at_once(count=12):
    world = LearningWorld().published()
    attempt = world.attempt()
    world.answer(attempt)
    together(
        lambda number: attempts.submit_attempt(
            attempt=Attempt.objects.select_related(
                "quiz", "lesson", "enrollment__person", "enrollment__revision"
            ).get(pk=attempt.pk),
            by=world.learner,
            at=AT,
        ),
        count,
    )
    from accounts.models import AuditEntry

    return AuditEntry.objects.filter(verb="submit_attempt").count()


def test_handed_in_many_times_counts_once(race_database):
    assert submit_at_once() == 1
    assert Enrollment.objects.get().state == "completed"


@needs_row_locks
def test_twin_of_handing_in_is_marked_twice(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "training.attempt_claim")

    assert submit_at_once() > 1


def test_many_requests_take_a_course_up_once(race_database):
    world = LearningWorld().published()

    together(
        lambda number: learning.enroll(
            person=world.learner, course=world.course, by=world.learner, at=AT
        ),
        12,
    )

    assert Enrollment.objects.count() == 1
