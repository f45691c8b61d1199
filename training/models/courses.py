"""Courses, their revisions, and the lessons inside."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import has
from feedback.models import Collector
from lib.models import Stamped
from ops.models import StoredFile
from training.models.base import RowVersioned, at_most, percent, within
from training.progress import RULES

is_a_code = RegexValidator(
    r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", "A code is made of small letters, digits and single dashes."
)


class RevisionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


REVISION_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"in_review"}),
    "in_review": frozenset({"draft", "published"}),
    "published": frozenset({"retired"}),
    "retired": frozenset(),
}
EDITABLE_STATES = ("draft", "in_review")


class LessonKind(models.TextChoices):
    TEXT = "text", _("Text")
    VIDEO = "video", _("Video")
    DOCUMENT = "document", _("Document")
    LINK = "link", _("Link")
    QUIZ = "quiz", _("Quiz")
    EXERCISE = "exercise", _("Exercise")
    SCORM = "scorm", _("SCORM package")
    LIVE_SESSION = "live_session", _("Live session")


class CompletionRule(models.TextChoices):
    VIEWED = "viewed", "When it was opened"
    MINIMUM_TIME = "minimum_time", "After a minimum time"
    MARKED_DONE = "marked_done", "When marked as done"
    SUBMITTED = "submitted", "When handed in"
    SCORE_AT_LEAST = "score_at_least", "With at least a percent"
    PASSED = "passed", "When passed"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted", "When passed or no attempt is left"


class PrerequisiteKind(models.TextChoices):
    COURSE_COMPLETED = "course_completed", "Course completed"
    COURSE_PERCENT = "course_percent", "Percent of a course"
    CERTIFICATE = "certificate", "Valid certificate of a course"
    SKILL_LEVEL = "skill_level", "Level of a skill"


class CourseQuerySet(models.QuerySet["Course"]):
    def visible_to(self, user: User) -> CourseQuerySet:
        """Authors see every course; everybody else those that are published."""
        if has(user, "training.manage_courses"):
            return self
        return self.published() if has(user, "training.take_course") else self.none()

    def published(self) -> CourseQuerySet:
        """Courses that can be taken up now."""
        return self.filter(retired_at__isnull=True, current_revision__isnull=False)


class Course(RowVersioned):
    """What is taught; what it holds stands in its revisions."""

    code = models.SlugField(max_length=40, unique=True, validators=[is_a_code])
    title = models.CharField(max_length=200)
    summary = models.TextField(max_length=2000, blank=True)
    language = models.CharField(max_length=20, default="en")
    category = models.CharField(max_length=80, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    current_revision = models.ForeignKey(
        "CourseRevision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_open = models.BooleanField(
        "open to everyone", default=True, help_text="Anybody may take it up without an assignment."
    )
    gives_certificate = models.BooleanField("gives a certificate", default=False)
    certificate_months = models.PositiveSmallIntegerField(
        "certificate valid for months", null=True, blank=True, help_text="Left empty, without end."
    )
    feedback_link = models.ForeignKey(
        Collector,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="survey after it",
        help_text="An open link of a survey; who completes the course may answer there.",
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=at_most("code", 40) & at_most("title", 200) & at_most("summary", 2000),
                name="training_course_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None


class CourseRevision(RowVersioned):
    """One edition of a course; published it never changes, and learners stay on theirs."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=9, choices=RevisionState, default=RevisionState.DRAFT)
    expected_minutes = models.PositiveIntegerField(default=30)
    change_note = models.CharField(max_length=500, blank=True)
    last_edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["course", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "number"], name="training_revision_number_unique_in_course"
            ),
            models.UniqueConstraint(
                fields=["course"],
                condition=Q(state__in=EDITABLE_STATES),
                name="training_revision_one_in_work_per_course",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, expected_minutes__gte=1, expected_minutes__lte=6000),
                name="training_revision_takes_1_to_6000_minutes",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=EDITABLE_STATES, published_at__isnull=True, published_by__isnull=True
                )
                | (
                    ~Q(state__in=EDITABLE_STATES)
                    & Q(published_at__isnull=False, published_by__isnull=False)
                ),
                name="training_revision_published_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course}, revision {self.number}"

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE_STATES

    def lessons(self) -> models.QuerySet[Lesson]:
        """Every lesson in the order of the course, with what a player needs to know."""
        rows = Lesson.objects.filter(module__revision=self)
        return rows.select_related("module", "quiz").order_by("module__position", "position")


class Module(Stamped):
    """A chapter of a revision."""

    revision = models.ForeignKey(CourseRevision, on_delete=models.CASCADE, related_name="modules")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["revision", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "position"], name="training_module_position_unique_in_revision"
            ),
            models.CheckConstraint(
                condition=at_most("title", 200), name="training_module_title_is_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Lesson(RowVersioned):
    """One thing to read, watch or do. `key` stays the same through the revisions of a course."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="lessons")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=LessonKind)
    title = models.CharField(max_length=200)
    is_required = models.BooleanField("required", default=True)
    weight = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0.01), MaxValueValidator(1000)],
        help_text="How much of the course it is, against the other lessons.",
    )
    completion_rule = models.CharField("done", max_length=18, choices=CompletionRule)
    minimum_seconds = models.PositiveIntegerField("least time in seconds", default=0)
    required_percent = percent(null=True, blank=True)
    must_follow_previous = models.BooleanField("opens after the one before", default=True)
    minutes = models.PositiveIntegerField("expected minutes", default=5)

    body = models.TextField("text", max_length=50_000, blank=True)
    url = models.URLField("address", max_length=500, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    captions = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    duration_seconds = models.PositiveIntegerField("length in seconds", default=0)
    quiz = models.ForeignKey(
        "training.Quiz", null=True, blank=True, on_delete=models.PROTECT, related_name="lessons"
    )
    scorm_package = models.ForeignKey(
        "training.ScormPackage",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lessons",
        verbose_name="package",
    )

    class Meta:
        ordering = ["module", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "position"], name="training_lesson_position_unique_in_module"
            ),
            models.CheckConstraint(
                condition=Q(weight__gte="0.01", weight__lte=1000)
                & within("required_percent", 0, 100),
                name="training_lesson_weight_is_up_to_1000",
            ),
            models.CheckConstraint(
                condition=(Q(kind="quiz") | Q(quiz__isnull=True))
                & (Q(kind="scorm") | Q(scorm_package__isnull=True))
                & (Q(kind="link") | Q(url=""))
                & (Q(kind__in=["video", "document"]) | Q(file__isnull=True))
                & (Q(kind="video") | Q(captions__isnull=True)),
                name="training_lesson_holds_content_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(
                    *[
                        Q(kind=kind, completion_rule__in=list(rules))
                        for kind, rules in RULES.items()
                        if kind in LessonKind.values
                    ],
                    _connector=Q.OR,
                ),
                name="training_lesson_rule_fits_its_kind",
            ),
            models.CheckConstraint(
                condition=at_most("title", 200) & at_most("body", 50_000) & at_most("url", 500),
                name="training_lesson_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Prerequisite(Stamped):
    """What must be shown before a course may be begun; `value` is a percent or a level."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="prerequisites")
    kind = models.CharField(max_length=16, choices=PrerequisiteKind)
    needed_course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="needed_by"
    )
    needed_skill = models.ForeignKey(
        "training.Skill", null=True, blank=True, on_delete=models.PROTECT, related_name="needed_by"
    )
    value = percent(null=True, blank=True)

    class Meta:
        ordering = ["course", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "needed_course"], name="training_prerequisite_names_a_course_once"
            ),
            models.UniqueConstraint(
                fields=["course", "needed_skill"], name="training_prerequisite_names_a_skill_once"
            ),
            models.CheckConstraint(
                condition=~Q(course=models.F("needed_course")),
                name="training_prerequisite_is_another_course",
            ),
            models.CheckConstraint(
                condition=Q(
                    Q(kind="course_percent", value__gt=0, value__lte=100)
                    | Q(kind__in=["course_completed", "certificate"], value__isnull=True),
                    needed_course__isnull=False,
                    needed_skill__isnull=True,
                )
                | Q(
                    kind="skill_level",
                    value__in=[1, 2, 3, 4],
                    needed_course__isnull=True,
                    needed_skill__isnull=False,
                ),
                name="training_prerequisite_names_what_its_kind_asks_for",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == PrerequisiteKind.SKILL_LEVEL:
            return f"{self.needed_skill} at level {self.value:.0f}"
        if self.kind == PrerequisiteKind.CERTIFICATE:
            return f"A valid certificate of {self.needed_course}"
        if self.value is not None:
            return f"{self.value.normalize():f} % of {self.needed_course}"
        return f"{self.needed_course} completed"
