"""Learning in the demo center: courses, who takes them, and how far everybody is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from config.demo.center import ZONE
from config.demo.people import DemoPeople
from config.demo.traffic import skill
from config.demo.training_content import COURSES, DemoCourse
from training.actions import (
    assigning,
    assignment_rules,
    attempts,
    courses,
    learning,
    lessons,
    quizzes,
)
from training.models import (
    Course,
    Enrollment,
    Lesson,
    LessonProgress,
    Module,
    QuestionVersion,
    Quiz,
)
from training.question_text import Written
from training.quiz_pages import right_in_words

GIVEN = {
    "privacy-at-the-desk": (50, -10, "everybody renews this once a year", None),
    "opening-a-contact": (40, 6, "openings decide how a contact ends", None),
    "refunds-and-promises": (25, 4, "refund contacts come back too often", ("Billing",)),
    "cameras-that-connect": (20, 12, "setup is our longest kind of contact", ("Technical",)),
}


def make_training(rng: Random, people: DemoPeople, until: date) -> None:
    """Courses first, then months of learning."""
    trainer, second = people.trainers
    start = moment(until - timedelta(days=60))
    made = {one.code: make_course(one, trainer, second, start) for one in COURSES}
    for one in COURSES:
        for code in one.needs:
            courses.add_prerequisite(
                course=made[one.code], needed_course=made[code], value=None, by=trainer, at=start
            )
    assignment_rules.save_rule(
        rule=None,
        name="Every new colleague",
        course=made["opening-a-contact"],
        role="agent",
        team=None,
        hired_within_days=30,
        due_days=14,
        is_active=True,
        by=trainer,
        at=start,
    )
    visitor = next(iter(people.agents.values()))[0]
    for code, (ago, due_in, reason, teams) in GIVEN.items():
        learners = [
            agent
            for name, agents in people.agents.items()
            for agent in agents
            if teams is None or name in teams
        ]
        given_at = moment(until - timedelta(days=ago))
        given = assigning.assign_course(
            course=made[code],
            people=learners,
            due_on=until + timedelta(days=due_in),
            reason=reason,
            by=trainer,
            at=given_at,
        )
        for row in given.made:
            if row.person == visitor and code == "refunds-and-promises":
                begin(row.enrollments.get(), given_at + timedelta(days=2))
            else:
                learn(rng, row.enrollments.get(), given_at, until)
    exercise(people, made["calm-in-the-storm"], until)


def moment(on: date) -> datetime:
    return datetime.combine(on, time(9, 30), ZoneInfo(ZONE))


def make_course(demo: DemoCourse, trainer: User, second: User, at: datetime) -> Course:
    course = courses.create_course(
        title=demo.title,
        code=demo.code,
        summary=demo.summary,
        category=demo.category,
        is_open=demo.is_open,
        gives_certificate=demo.category == "Compliance",
        certificate_months=12 if demo.category == "Compliance" else None,
        by=trainer,
        at=at,
    )
    revision = course.revisions.get()
    courses.change_revision(revision=revision, expected_minutes=demo.minutes, by=trainer, at=at)
    module = Module.objects.get(revision=revision)
    for taught in demo.lessons:
        lessons.add_lesson(
            module=module,
            kind=taught.kind,
            title=taught.title,
            body=taught.body,
            minutes=taught.minutes,
            completion_rule=taught.rule,
            minimum_seconds=taught.seconds,
            required_percent=60 if taught.rule == "score_at_least" else None,
            by=trainer,
            at=at,
        )
    if demo.questions:
        lessons.add_lesson(
            module=module,
            kind="quiz",
            title="Check yourself",
            quiz=make_quiz(demo, trainer, at),
            by=trainer,
            at=at,
        )
    courses.submit_revision(revision=revision, change_note="First edition.", by=trainer, at=at)
    courses.publish_revision(revision=revision, by=second, at=at)
    return Course.objects.get(pk=course.pk)


def make_quiz(demo: DemoCourse, trainer: User, at: datetime) -> Quiz:
    quiz = quizzes.create_quiz(
        title=f"{demo.title}: check yourself",
        pass_percent=Decimal(80),
        time_limit_minutes=20,
        by=trainer,
        at=at,
    )
    section = quiz.sections.get()
    for asked in demo.questions:
        question = quizzes.save_question(
            question=None,
            kind=asked.kind,
            prompt=asked.prompt,
            written=Written(asked.text, value=asked.value),
            points=Decimal(1),
            feedback=asked.feedback,
            bank=demo.category.lower(),
            tags=[demo.code],
            difficulty=asked.difficulty,
            by=trainer,
            at=at,
        )
        quizzes.put_question(section=section, question=question, by=trainer, at=at)
    return quiz


def learn(rng: Random, enrollment: Enrollment, given_at: datetime, until: date) -> None:
    """Some have not begun, some are half way, most are through."""
    person = enrollment.person
    drive = 0.6 * skill(person) + rng.uniform(0, 0.55)
    at = given_at + timedelta(days=rng.randrange(1, 12), minutes=rng.randrange(300))
    if drive < 0.45 or at.date() >= until:
        return
    for lesson in enrollment.revision.lessons():
        if lesson.kind == "quiz":
            take_quiz(rng, enrollment, lesson, at, until)
            return
        spend(rng, enrollment, lesson, at)
        at += timedelta(minutes=lesson.minutes)
        if drive < 0.55:
            return


def begin(enrollment: Enrollment, at: datetime) -> None:
    """Whoever signs in to try Attune as an agent finds one course to go on with."""
    first = enrollment.revision.lessons()[0]
    learning.opened_progress(enrollment, first, at)
    learning.remember_place(enrollment=enrollment, lesson=first, at=at)


def spend(rng: Random, enrollment: Enrollment, lesson: Lesson, at: datetime) -> None:
    """Time as the page's signs of life would have counted it."""
    row = learning.opened_progress(enrollment, lesson, at)
    seconds = lesson.minimum_seconds + rng.randrange(60, 60 * lesson.minutes)
    LessonProgress.objects.filter(pk=row.pk).update(seconds_spent=seconds, last_beat_at=at)
    learning.remember_place(enrollment=enrollment, lesson=lesson, at=at)
    learning.finish_lesson(enrollment=enrollment, lesson=lesson, at=at)


def take_quiz(
    rng: Random, enrollment: Enrollment, lesson: Lesson, at: datetime, until: date
) -> None:
    """Attempts until it is passed, a day apart, never in the future."""
    knowledge = 0.35 * skill(enrollment.person) + rng.uniform(-0.2, 0.15)
    for chance in (0.5, 0.65, 0.8):
        if at.date() >= until:
            return
        attempt = attempts.start_attempt(
            enrollment=enrollment, lesson=lesson, by=enrollment.person, at=at
        )
        for item in attempt.items.select_related("question_version__question"):
            easy = 0.06 * (3 - item.question_version.question.difficulty)
            knows = rng.random() < chance + knowledge + easy
            item.response = answer(rng, item.question_version, knows=knows)
            item.sequence = 1
            item.save()
        done = attempts.submit_attempt(
            attempt=attempt, by=enrollment.person, at=at + timedelta(minutes=rng.randrange(3, 15))
        )
        learning.remember_place(enrollment=enrollment, lesson=lesson, at=at)
        if done.is_passed or rng.random() < 0.15:
            return
        at += timedelta(days=1, minutes=rng.randrange(200))


def answer(rng: Random, version: QuestionVersion, *, knows: bool) -> dict[str, Any]:
    """What somebody who knows it, or does not, would write."""
    key, body = version.key, version.body
    if version.kind in ("single", "true_false"):
        wrong = [row["id"] for row in body["options"] if row["id"] != key["correct"]]
        return {"option": key["correct"] if knows else rng.choice(wrong)}
    if version.kind == "multiple":
        return {"options": key["correct"] if knows else [rng.choice(body["options"])["id"]]}
    if version.kind == "match":
        rights = [row["id"] for row in body["right"]]
        pairs = {row["id"]: rng.choice(rights) for row in body["left"]}
        return {"pairs": key["pairs"] if knows else pairs}
    if version.kind == "order":
        shuffled = rng.sample(key["order"], len(key["order"]))
        return {"order": key["order"] if knows else shuffled}
    if version.kind == "gap_fill":
        words = [gap["variants"][0]["text"] for gap in key["gaps"]]
        return {"gaps": words if knows else ["three", *words[1:]]}
    right = right_in_words(version.kind, body, key)[0]
    return {"text": right.split(" ")[0] if knows else "10"}


def exercise(people: DemoPeople, course: Course, until: date) -> None:
    """Two pieces of work, one still waits for a trainer."""
    texts = (
        "You waited at home for this parcel twice. That is two mornings we owe you. I am ordering "
        "a new one now and will write to you by six tonight with its number.",
        "Sorry for the trouble. I will see what I can do.",
    )
    at = moment(until - timedelta(days=2))
    learners = [
        row.person
        for row in Enrollment.objects.filter(
            course__code="opening-a-contact", state="completed"
        ).select_related("person")[:2]
    ]
    for number, (person, text) in enumerate(zip(learners, texts, strict=False)):
        enrollment = learning.enroll(person=person, course=course, by=person, at=at)
        first, task = enrollment.revision.lessons()
        learning.mark_done(enrollment=enrollment, lesson=first, at=at)
        work = learning.hand_in(
            enrollment=enrollment, lesson=task, text=text, file=None, by=person, at=at
        )
        if number == 1:
            learning.grade_submission(
                submission=work,
                percent=Decimal(40),
                comment="Name what happened to them, and say by when you will do what.",
                seen=1,
                by=people.trainers[0],
                at=at + timedelta(hours=4),
            )
