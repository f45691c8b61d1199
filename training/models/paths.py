"""Learning paths: courses in steps, some of them by choice, and who is on the way through one."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import has
from lib.masking import MaskedCharField
from lib.models import Stamped
from training.models.base import RowVersioned, at_most
from training.models.courses import Course, is_a_code
from training.models.learning import AssignmentSource
from training.reach import rows_about


class LearningPathQuerySet(models.QuerySet["LearningPath"]):
    def offered(self) -> LearningPathQuerySet:
        """Not retired, and with something in it."""
        return self.filter(retired_at__isnull=True, steps__isnull=False).distinct()

    def visible_to(self, user: User) -> LearningPathQuerySet:
        """Authors see every path; everybody else those that are offered."""
        if has(user, "training.manage_courses"):
            return self
        return self.offered() if has(user, "training.take_course") else self.none()

    def with_steps(self) -> LearningPathQuerySet:
        return self.prefetch_related("steps__course", "steps__electives__course")


class LearningPath(RowVersioned):
    """Courses that belong together; in order, each opens when the one before is complete."""

    code = models.SlugField(max_length=40, unique=True, validators=[is_a_code])
    title = models.CharField(max_length=200)
    summary = models.TextField(max_length=2000, blank=True)
    is_ordered = models.BooleanField("in order", default=True)
    recertification_path = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LearningPathQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=at_most("code", 40) & at_most("title", 200) & at_most("summary", 2000),
                name="training_path_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PathStep(Stamped):
    """One course, or a group of which `required_count` courses count."""

    path = models.ForeignKey(LearningPath, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    weight = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0.01), MaxValueValidator(1000)],
    )
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="path_steps"
    )
    required_count = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["path", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["path", "position"], name="training_step_position_unique_in_path"
            ),
            models.UniqueConstraint(
                fields=["path", "course"],
                condition=Q(course__isnull=False),
                name="training_step_names_a_course_once",
            ),
            models.CheckConstraint(
                condition=Q(course__isnull=False, required_count__isnull=True)
                | Q(course__isnull=True, required_count__gte=1),
                name="training_step_is_a_course_or_a_group",
            ),
            models.CheckConstraint(
                condition=Q(weight__gte="0.01", weight__lte=1000),
                name="training_step_weight_is_up_to_1000",
            ),
        ]

    def __str__(self) -> str:
        if self.course is not None:
            return self.course.title
        return f"Any {self.required_count} of a group"

    @property
    def courses(self) -> list[Course]:
        """The one course, or those to choose from; prefetched by `with_steps`."""
        if self.course is not None:
            return [self.course]
        return [one.course for one in self.electives.all()]

    @property
    def k(self) -> int:
        return self.required_count or 1


class ElectiveCourse(Stamped):
    """One of the courses to choose from."""

    step = models.ForeignKey(PathStep, on_delete=models.CASCADE, related_name="electives")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["step", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "course"], name="training_elective_stands_once_in_a_group"
            ),
        ]

    def __str__(self) -> str:
        return self.course.title


class PathAssignmentQuerySet(models.QuerySet["PathAssignment"]):
    def visible_to(self, user: User) -> PathAssignmentQuerySet:
        return self.filter(rows_about(user, "training.view_board"))

    def unfinished(self) -> PathAssignmentQuerySet:
        return self.filter(withdrawn_at__isnull=True, completed_at__isnull=True)


class PathAssignment(Stamped):
    """Somebody is to take a path; its courses follow as assignments of their own."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="path_assignments")
    path = models.ForeignKey(LearningPath, on_delete=models.PROTECT, related_name="assignments")
    source = models.CharField(
        max_length=11, choices=AssignmentSource, default=AssignmentSource.MANUAL
    )
    reason = MaskedCharField(max_length=500, blank=True)
    assigned_on = models.DateField()
    assigned_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    access_until_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PathAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "path"],
                condition=Q(withdrawn_at__isnull=True, completed_at__isnull=True),
                name="training_path_assignment_one_open_per_path",
            ),
            models.CheckConstraint(
                condition=at_most("reason", 500),
                name="training_path_assignment_reason_is_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} for {self.person}"

    @property
    def counts_from(self) -> date | None:
        """The first day whose completions count: a renewal asks for all of it again."""
        return self.assigned_on if self.source == AssignmentSource.REQUIREMENT else None
