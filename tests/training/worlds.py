"""Small worlds for tests: a published course with a quiz, a learner, two trainers."""

from datetime import timedelta
from decimal import Decimal

from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.training import AT
from training.actions import assigning, attempts, courses, learning, lessons, quizzes
from training.models import Course, Module
from training.question_text import Written

__all__ = ["AT", "LearningWorld"]
CANARY = "kanarienvogel"


def member(role, team, **user):
    person = UserFactory(roles=[role], **user)
    TeamMembershipFactory(user=person, team=team, kind=role)
    return person


class LearningWorld:
    """A text, then a quiz of two questions; published by a second trainer."""

    def __init__(self, **quiz):
        self.team = TeamFactory()
        self.trainer = member("trainer", self.team)
        self.second = member("trainer", self.team)
        self.supervisor = member("supervisor", self.team)
        self.learner = member("agent", self.team)
        self.by = {"by": self.trainer, "at": AT}
        self.quiz = quizzes.create_quiz(title="Check", **{"wait_minutes": 0, **quiz}, **self.by)
        self.section = self.quiz.sections.get()
        self.ask("single", f"* {CANARY}\nsparrow", prompt="Which bird?")
        self.ask("short_text", "blue", prompt="Which color?")
        self.course = courses.create_course(title="Birds", code="birds", **self.by)
        self.revision = self.course.revisions.get()
        self.module = Module.objects.get(revision=self.revision)
        self.text = self.add("text", "Read", body="About birds.", completion_rule="marked_done")
        self.quiz_lesson = self.add("quiz", "Check", quiz=self.quiz)

    def ask(self, kind, text, *, prompt, tags=(), points=1, **written):
        question = quizzes.save_question(
            question=None,
            kind=kind,
            prompt=prompt,
            written=Written(text, **written),
            points=Decimal(points),
            feedback=f"{CANARY} is right.",
            bank="general",
            tags=tags,
            difficulty=3,
            **self.by,
        )
        quizzes.put_question(section=self.section, question=question, **self.by)
        return question

    def add(self, kind, title, **fields):
        return lessons.add_lesson(module=self.module, kind=kind, title=title, **fields, **self.by)

    def published(self):
        courses.submit_revision(revision=self.revision, change_note="First.", **self.by)
        courses.publish_revision(revision=self.revision, by=self.second, at=AT)
        self.course = Course.objects.get(pk=self.course.pk)
        return self

    def enrolled(self, person=None):
        return learning.enroll(
            person=person or self.learner, course=self.course, by=person or self.learner, at=AT
        )

    def assigned(self, people=None, **options):
        options = {"due_on": AT.date() + timedelta(days=14), **options}
        return assigning.assign_course(
            course=self.course, people=people or [self.learner], **options, **self.by
        )

    def at_quiz(self, person=None):
        enrollment = self.enrolled(person)
        learning.mark_done(enrollment=enrollment, lesson=self.text, at=AT)
        return enrollment

    def attempt(self, enrollment=None, at=AT):
        enrollment = enrollment or self.at_quiz()
        return attempts.start_attempt(
            enrollment=enrollment, lesson=self.quiz_lesson, by=enrollment.person, at=at
        )

    def answer(self, attempt, *, right=True, at=AT):
        for item in attempt.items.select_related("question_version"):
            version = item.question_version
            if version.kind == "single":
                response = {"option": version.key["correct"] if right else "o2"}
            else:
                response = {"text": "blue" if right else "red"}
            attempts.save_answer(
                attempt=attempt,
                position=item.position,
                response=response,
                sequence=item.sequence + 1,
                by=attempt.enrollment.person,
                at=at,
            )

    def taken(self, enrollment=None, *, right=True, at=AT):
        attempt = self.attempt(enrollment, at)
        self.answer(attempt, right=right, at=at)
        return attempts.submit_attempt(attempt=attempt, by=attempt.enrollment.person, at=at)
