"""Who may do what with which row of training: asked by page, API, admin and template alike."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from accounts.permissions import has, scope
from ops.models import StoredFile
from training.models import (
    Attempt,
    Certificate,
    CoachingSession,
    Course,
    CourseRevision,
    Cycle,
    Enrollment,
    ExternalDocument,
    Lesson,
    RequirementAssignment,
    Submission,
)
from training.reach import people_for


def may_manage_courses(user: User) -> bool:
    return has(user, "training.manage_courses")


def may_publish(user: User, revision: CourseRevision) -> bool:
    """A second person among the authors."""
    return may_manage_courses(user) and revision.last_edited_by_id != user.pk


def may_take(user: User, enrollment: Enrollment) -> bool:
    """Only the learner learns."""
    return enrollment.person_id == user.pk and has(user, "training.take_course")


def may_enroll(user: User, course: Course) -> bool:
    """Anybody, in a course that is open to everyone."""
    return course.is_open and has(user, "training.take_course")


def may_assign(user: User) -> bool:
    return scope(user, "training.assign_course") not in (None, "own")


def may_grade(user: User, work: Submission | Attempt) -> bool:
    """Graders of any work but their own."""
    return has(user, "training.grade_attempt") and work.enrollment.person_id != user.pk


def assignable_people(user: User) -> Q:
    """To whom this person may give courses."""
    return people_for(user, "training.assign_course")


def may_read_lesson_file(user: User, stored: StoredFile) -> bool:
    """Authors, and whoever takes a revision that shows the file."""
    if may_manage_courses(user):
        return True
    lessons = Lesson.objects.filter(Q(file=stored) | Q(captions=stored))
    return Enrollment.objects.filter(
        person=user, revision__in=lessons.values("module__revision_id")
    ).exists()


def may_read_lesson_image(user: User, stored: StoredFile) -> bool:
    """Pictures inside texts: everybody who learns here."""
    return has(user, "training.take_course")


def may_read_work(user: User, stored: StoredFile) -> bool:
    """Handed-in files: their author and the graders."""
    if has(user, "training.grade_attempt"):
        return True
    return Submission.objects.filter(file=stored, enrollment__person=user).exists()


def may_read_certificate(user: User, stored: StoredFile) -> bool:
    """Its holder, and who sees the holder's learning."""
    return Certificate.objects.visible_to(user).filter(file=stored).exists()


def may_read_package(user: User, stored: StoredFile) -> bool:
    """The original file of a package: authors."""
    return may_manage_courses(user)


def may_replay(user: User) -> bool:
    return has(user, "training.replay_rule")


def may_confirm(user: User) -> bool:
    return scope(user, "training.confirm_proposal") not in (None, "own")


def coachable_people(user: User) -> Q:
    """Whom this person may coach."""
    return people_for(user, "training.lead_coaching")


def may_lead(user: User, session: CoachingSession) -> bool:
    """Its coach and co-coaches; nobody else writes into a session. One query for others."""
    if session.agent_id == user.pk:
        return False
    return session.coach_id == user.pk or session.co_coaches.filter(pk=user.pk).exists()


def may_manage_requirements(user: User) -> bool:
    return has(user, "training.manage_requirements")


def may_waive(user: User, cycle: Cycle) -> bool:
    """Who gives courses to a person may let them off a requirement; nobody oneself."""
    return cycle.person_id != user.pk and may_assign(user)


def may_withdraw_requirement(user: User, assignment: RequirementAssignment) -> bool:
    return assignment.person_id != user.pk and may_assign(user)


def may_decide_document(user: User, document: ExternalDocument) -> bool:
    """A trainer other than whoever it is about."""
    return may_manage_requirements(user) and document.person_id != user.pk


def may_read_proof(user: User, stored: StoredFile) -> bool:
    """Its person, and who sees the compliance of that person."""
    return ExternalDocument.objects.visible_to(user).filter(file=stored).exists()


def may_qualify(user: User) -> bool:
    """Who evaluates or builds the training of those who do."""
    return has(user, "training.take_qualification") or may_manage_courses(user)
