"""Taking part: assignments, enrollments, progress, exercises, pauses."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q

from accounts.models import Team, User
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped
from ops.models import StoredFile
from routing.models import Queue
from training.models.base import at_most, percent
from training.models.courses import Course, CourseRevision, Lesson
from training.reach import rows_about


class AssignmentSource(models.TextChoices):
    MANUAL = "manual", "By hand"
    RULE = "rule", "By a rule"
    REMEDIATION = "remediation", "After evaluations"
    REQUIREMENT = "requirement", "By a requirement"
    SELF = "self", "Own choice"


class EnrollmentState(models.TextChoices):
    ASSIGNED = "assigned", "Not begun"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ACCESS_ENDED = "access_ended", "Access ended"


ENROLLMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    "assigned": frozenset({"in_progress", "completed", "withdrawn", "access_ended"}),
    "in_progress": frozenset({"completed", "failed", "withdrawn", "access_ended"}),
    "failed": frozenset({"in_progress"}),
    "completed": frozenset(),
    "withdrawn": frozenset(),
    "access_ended": frozenset(),
}
OPEN_STATES = ("assigned", "in_progress")


class CourseAssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> CourseAssignmentQuerySet:
        return self.filter(rows_about(user, "training.view_board"))

    def unfinished(self) -> CourseAssignmentQuerySet:
        return self.filter(withdrawn_at__isnull=True, completed_at__isnull=True)

    def overdue(self, on: date) -> CourseAssignmentQuerySet:
        """Unfinished ones past their due date, not waived."""
        late = self.unfinished().filter(due_on__lt=on)
        return late.filter(Q(waived_until_on__isnull=True) | Q(waived_until_on__lt=on))


class Assignment(Stamped):
    """The order to take a course, with its reason and its dates.

    `due_on` only turns the cell late, `access_until_at` closes the course. `plan_due_on` is the
    date as it was set; pauses move `due_on` alone. `overdue_told_on` is the due date whose passing
    was told.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="course_assignments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="course_assignments")
    source = models.CharField(
        max_length=11, choices=AssignmentSource, default=AssignmentSource.MANUAL
    )
    rule = models.ForeignKey(
        "AssignmentRule", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = MaskedCharField(max_length=500, blank=True)
    assigned_on = models.DateField()
    assigned_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    plan_due_on = models.DateField(null=True, blank=True)
    overdue_told_on = models.DateField(null=True, blank=True, editable=False)
    shift_note = models.CharField(max_length=200, blank=True)
    access_until_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    waived_until_on = models.DateField(null=True, blank=True)
    waiver_reason = MaskedCharField(max_length=500, blank=True)

    objects = CourseAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["person", "due_on"]), models.Index(fields=["due_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"],
                condition=Q(withdrawn_at__isnull=True, completed_at__isnull=True),
                name="training_assignment_one_open_per_course",
            ),
            models.CheckConstraint(
                condition=Q(waived_until_on__isnull=True, waiver_reason="")
                | (Q(waived_until_on__isnull=False) & ~Q(waiver_reason="")),
                name="training_assignment_waived_for_a_reason",
            ),
            models.CheckConstraint(
                condition=at_most("reason", 500) & at_most("waiver_reason", 500),
                name="training_assignment_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} for {self.person}"

    @property
    def is_open(self) -> bool:
        return self.completed_at is None and self.withdrawn_at is None

    def is_waived(self, on: date) -> bool:
        return self.waived_until_on is not None and on <= self.waived_until_on

    def is_overdue(self, on: date) -> bool:
        late = self.due_on is not None and self.due_on < on
        return self.is_open and late and not self.is_waived(on)


class AssignmentRule(Stamped):
    """Who takes a course by itself: everybody that all of the filters fit."""

    name = models.CharField(max_length=120)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="rules")
    role = models.CharField(max_length=20, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    queue = models.ForeignKey(
        Queue,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Agents of the team that takes it.",
    )
    hired_within_days = models.PositiveIntegerField(null=True, blank=True)
    due_days = models.PositiveIntegerField(default=14)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=at_most("name", 120), name="training_rule_name_is_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def visible_to(self, user: User) -> EnrollmentQuerySet:
        return self.filter(rows_about(user, "training.view_board"))

    def unfinished(self) -> EnrollmentQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def for_player(self) -> EnrollmentQuerySet:
        return self.select_related("course", "revision", "assignment", "person")


class Enrollment(Stamped):
    """One person's way through one revision of a course."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrollments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    revision = models.ForeignKey(
        CourseRevision, on_delete=models.PROTECT, related_name="enrollments"
    )
    assignment = models.ForeignKey(
        Assignment, null=True, blank=True, on_delete=models.PROTECT, related_name="enrollments"
    )
    state = models.CharField(
        max_length=12, choices=EnrollmentState, default=EnrollmentState.ASSIGNED
    )
    progress_percent = percent(default=0)
    attempt_no = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    last_lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_active_at = models.DateTimeField(null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["person", "state"]), models.Index(fields=["course"])]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"],
                condition=Q(state__in=OPEN_STATES),
                name="training_enrollment_one_open_per_course",
            ),
            models.CheckConstraint(
                condition=Q(progress_percent__gte=0, progress_percent__lte=100),
                name="training_enrollment_progress_is_a_percent",
            ),
            models.CheckConstraint(
                condition=Q(state="completed", completed_at__isnull=False)
                | (~Q(state="completed") & Q(completed_at__isnull=True)),
                name="training_enrollment_completed_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.course}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_completed(self) -> bool:
        return self.state == EnrollmentState.COMPLETED

    def access_ended_at(self, at: datetime) -> datetime | None:
        """Since when nothing opens any more; None while it does."""
        until = self.assignment.access_until_at if self.assignment else None
        return until if until is not None and until <= at else None


class LessonProgress(Stamped):
    """What somebody did in a lesson. A lesson without a row was not begun; locks are computed."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="progress")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="progress")
    seconds_spent = models.PositiveIntegerField(default=0)
    watched = models.JSONField(default=list, blank=True)
    place = models.PositiveIntegerField(default=0, help_text="Where a video was left, in seconds.")
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    last_beat_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["enrollment", "id"]
        verbose_name_plural = "lesson progress"
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "lesson"], name="training_progress_once_per_lesson"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} of enrollment {self.enrollment_id}"

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class Submission(Stamped):
    """Work handed in for an exercise; a new one may follow until one is graded."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="submissions")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField()
    text = MaskedTextField(max_length=20_000, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField()
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    comment = MaskedTextField(max_length=4000, blank=True)
    graded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    graded_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["enrollment", "lesson", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "lesson", "number"], name="training_submission_number_unique"
            ),
            models.CheckConstraint(
                condition=(~Q(text="") | Q(file__isnull=False))
                & at_most("text", 20_000)
                & at_most("comment", 4000),
                name="training_submission_holds_text_or_a_file",
            ),
            models.CheckConstraint(
                condition=Q(graded_at__isnull=True, graded_by__isnull=True, percent__isnull=True)
                | Q(graded_at__isnull=False, graded_by__isnull=False, percent__isnull=False),
                name="training_submission_graded_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"Submission {self.number} of enrollment {self.enrollment_id}"


class ClockPause(Stamped):
    """Days on which somebody was away; open due dates move by them."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="learning_pauses")
    starts_on = models.DateField()
    ends_on = models.DateField()
    source = models.CharField(
        max_length=9, choices=[("workforce", "Absence"), ("manual", "By hand")], default="manual"
    )
    reason = MaskedCharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="training_pause_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} away {self.starts_on} to {self.ends_on}"


class Override(Stamped):
    """Other limits of a quiz for one person or one team, with the reason."""

    quiz = models.ForeignKey("training.Quiz", on_delete=models.CASCADE, related_name="overrides")
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    extra_time_percent = models.PositiveSmallIntegerField(default=0)
    extra_attempts = models.PositiveSmallIntegerField(default=0)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    reason = MaskedCharField(max_length=500)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["quiz", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "person"],
                condition=Q(person__isnull=False),
                name="training_override_once_per_person",
            ),
            models.UniqueConstraint(
                fields=["quiz", "team"],
                condition=Q(team__isnull=False),
                name="training_override_once_per_team",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, team__isnull=True)
                | Q(person__isnull=True, team__isnull=False),
                name="training_override_is_for_a_person_or_a_team",
            ),
            models.CheckConstraint(
                condition=Q(extra_time_percent__lte=300) & ~Q(reason=""),
                name="training_override_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiz} for {self.person or self.team}"
