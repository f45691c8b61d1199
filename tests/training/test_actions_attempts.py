"""Quizzes: keys stay here, the newest answer wins, our clock decides, marks follow the key."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.factories.training import OverrideFactory
from tests.training.worlds import AT, LearningWorld, member
from training.actions import attempts, quizzes
from training.models import Attempt, AttemptItem, Enrollment
from training.question_text import Written
from training.quiz_limits import standing_of

pytestmark = pytest.mark.django_db


def later(**span):
    return AT + timedelta(**span)


def save(world, attempt, response, sequence, at=AT, position=0):
    return attempts.save_answer(
        attempt=attempt, position=position, response=response, sequence=sequence,
        by=world.learner, at=at,
    )  # fmt: skip


def text_item(attempt):
    return attempt.items.get(question_version__kind="short_text").position


def test_start_again_goes_on_with_the_running_attempt():
    world = LearningWorld().published()
    first = world.attempt()

    assert world.attempt(first.enrollment).pk == first.pk
    assert first.items.count() == 2


def test_a_draw_repeats_no_question_and_follows_the_seed():
    world = LearningWorld()
    for number in range(6):
        drawable = world.ask("short_text", "x", prompt=f"Drawn {number}", tags=["pool"])
        drawable.used_in.all().delete()
    quizzes.add_section(quiz=world.quiz, title="", draw_count=3, draw_tag="pool", **world.by)

    drawn = attempts.drawn(world.quiz, "a1")

    assert len({version.question_id for version in drawn}) == len(drawn) == 5
    assert [v.pk for v in attempts.drawn(world.quiz, "a1")] == [v.pk for v in drawn]


def test_the_highest_sequence_wins_in_any_order():
    world = LearningWorld().published()
    attempt = world.attempt()
    position = text_item(attempt)
    for sequence in [*range(1, 100, 2), *range(2, 101, 2), 3, 100]:
        save(world, attempt, {"text": f"{sequence}"}, sequence, position=position)

    assert attempt.items.get(position=position).response == {"text": "100"}


def test_answers_of_another_shape_or_person_change_nothing():
    world = LearningWorld().published()
    attempt = world.attempt()
    for response in ({"option": "o9"}, {"gaps": []}, "x"):
        with pytest.raises(attempts.BadAnswer):
            save(world, attempt, response, 1)
    with pytest.raises(attempts.BadAnswer):
        save(world, attempt, {}, 1, position=9)
    with pytest.raises(attempts.NotYours):
        attempts.save_answer(
            attempt=attempt, position=0, response={}, sequence=1, by=world.trainer, at=AT
        )

    assert not AttemptItem.objects.exclude(response={}).exists()


@pytest.mark.parametrize(
    ("policy", "seconds", "is_taken"),
    [
        ("submit", 605, True),
        ("submit", 606, False),
        ("grace", 660, True),
        ("grace", 666, False),
        ("abandon", 605, True),
        ("abandon", 606, False),
    ],
)
def test_handing_in_around_the_deadline(policy, seconds, is_taken):
    world = LearningWorld(time_limit_minutes=10, on_overdue=policy, grace_seconds=60).published()
    attempt = world.attempt()
    world.answer(attempt)
    at = later(seconds=seconds)

    if is_taken:
        attempts.submit_attempt(attempt=attempt, by=world.learner, at=at)
    else:
        with pytest.raises(attempts.TimeIsUp, match="Time was up at 10:10:00"):
            attempts.submit_attempt(attempt=attempt, by=world.learner, at=at)

    attempt.refresh_from_db()
    lost = policy == "abandon" and not is_taken
    assert (attempt.state, attempt.percent) == (
        ("abandoned", 0) if lost else ("graded", Decimal(100))
    )


def test_late_answers_do_not_count_and_the_job_closes_once():
    world = LearningWorld(time_limit_minutes=10).published()
    attempt = world.attempt()
    with pytest.raises(attempts.TimeIsUp):
        save(world, attempt, {"text": "blue"}, 1, at=later(minutes=11), position=text_item(attempt))

    assert attempts.close_overdue(at=later(minutes=12)) == 0
    attempt.refresh_from_db()
    assert (attempt.state, attempt.percent) == ("graded", 0)


def test_the_job_closes_what_nobody_closed():
    world = LearningWorld(time_limit_minutes=10).published()
    world.answer(world.attempt())

    closed = [attempts.close_overdue(at=later(minutes=12)) for _ in range(2)]

    assert closed == [1, 0]
    assert Enrollment.objects.get().state == "completed"


def test_waiting_and_attempts_run_out():
    world = LearningWorld(max_attempts=2, wait_minutes=30).published()
    attempt = world.taken(right=False)
    enrollment = attempt.enrollment
    with pytest.raises(attempts.NoAttempt, match="opens on 2026-05-04 at 10:30"):
        world.attempt(enrollment, at=later(minutes=29))
    world.taken(enrollment, right=False, at=later(minutes=30))
    with pytest.raises(attempts.NoAttempt, match="No attempt is left"):
        world.attempt(enrollment, at=later(hours=2))
    assert Enrollment.objects.get().state == "failed"

    quizzes.allow_override(
        quiz=world.quiz, person=world.learner, extra_attempts=1, extra_time_percent=0,
        reason="The fire alarm rang.", **world.by,
    )  # fmt: skip
    enrollment.refresh_from_db()
    assert enrollment.state == "in_progress"
    world.taken(enrollment, at=later(hours=3))
    assert Enrollment.objects.get().state == "completed"


def test_the_persons_override_beats_the_teams():
    world = LearningWorld(time_limit_minutes=10).published()
    OverrideFactory(quiz=world.quiz, person=None, team=world.team, extra_time_percent=100)
    enrollment = world.at_quiz()
    limit = standing_of(enrollment, world.quiz, AT).limits.time_limit
    assert limit == timedelta(minutes=20)

    OverrideFactory(quiz=world.quiz, person=world.learner, extra_time_percent=50)
    limit = standing_of(enrollment, world.quiz, AT).limits.time_limit
    assert limit == timedelta(minutes=15)


def test_essays_wait_for_a_person_and_take_quarters():
    world = LearningWorld()
    world.ask("essay", "", prompt="Tell.", points=2)
    world.published()
    attempt = world.attempt()
    for item in attempt.items.all():
        if item.question_version.kind == "essay":
            save(world, attempt, {"text": "It was so."}, 1, position=item.position)
            essay = item
    attempts.submit_attempt(attempt=attempt, by=world.learner, at=AT)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.percent) == ("awaiting_grading", None)

    for wrong in ("2.25", "-1", "0.3"):
        with pytest.raises(attempts.BadMark):
            attempts.grade_item(item=essay, score=Decimal(wrong), note="", **world.by)
    attempts.grade_item(item=essay, score=Decimal("1.5"), note="Good.", **world.by)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.percent) == ("graded", Decimal("37.50"))


def test_a_wrong_key_is_marked_anew_for_chosen_attempts():
    world = LearningWorld(pass_percent=60).published()
    attempt = world.taken(right=False)
    other = world.taken(world.at_quiz(member("agent", world.team)))
    question = world.section.questions.get(question__current_version__kind="single").question
    fix(world, question)

    changes = quizzes.preview_regrade(question)
    found = {c.attempt.pk: (c.after, c.takes_pass_away) for c in changes}
    assert found == {attempt.pk: (Decimal("50.00"), False), other.pk: (Decimal("50.00"), True)}

    changed = quizzes.regrade_question(
        question=question,
        attempt_ids=found,
        take_passes_away=False,
        reason="Wrong key.",
        **world.by,
    )
    assert changed == 1
    assert [a.percent for a in Attempt.objects.order_by("pk")] == [Decimal(50), Decimal(100)]


def fix(world, question):
    question.refresh_from_db()
    quizzes.save_question(
        question=question, kind="single", prompt="Which bird?",
        written=Written("kanarienvogel\n* sparrow"), points=Decimal(1), feedback="", bank="general",
        tags=[], difficulty=3, **world.by,
    )  # fmt: skip


def test_wordings_that_an_attempt_used_are_kept():
    world = LearningWorld().published()
    question = world.section.questions.get(question__current_version__kind="single").question
    fix(world, question)
    assert question.versions.count() == 1
    world.attempt()
    fix(world, question)

    assert question.versions.count() == 2


def test_a_voided_attempt_leaves_the_grade_and_nothing_else():
    world = LearningWorld().published()
    attempt = world.taken()

    attempts.void_attempt(attempt=attempt, reason="Somebody else sat there.", **world.by)

    assert attempts.grade_of(attempt.enrollment, world.quiz) is None
    assert Enrollment.objects.get().state == "completed"
    with pytest.raises(attempts.Ended):
        attempts.void_attempt(attempt=attempt, reason="Again.", **world.by)
