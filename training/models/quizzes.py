"""The question bank, quizzes, and the attempts people make."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lib.masking import MaskedCharField
from lib.models import Stamped
from training.models.base import RowVersioned, at_most, percent, points
from training.reach import rows_about


class QuestionKind(models.TextChoices):
    SINGLE = "single", "One of several"
    TRUE_FALSE = "true_false", "True or false"
    MULTIPLE = "multiple", "Several of several"
    SHORT_TEXT = "short_text", "Short text"
    NUMERIC = "numeric", "Number"
    MATCH = "match", "Matching pairs"
    ORDER = "order", "Put in order"
    GAP_FILL = "gap_fill", "Text with gaps"
    ESSAY = "essay", "Essay"
    FILE = "file", "File"


class Overdue(models.TextChoices):
    SUBMIT = "submit", "Hand in what is saved"
    GRACE = "grace", "Allow handing in for a while"
    ABANDON = "abandon", "Count it as 0"


class GradeBy(models.TextChoices):
    BEST = "best", _("Best attempt")
    MEAN = "mean", _("Mean of all")
    FIRST = "first", _("First attempt")
    LAST = "last", _("Last attempt")


class AttemptState(models.TextChoices):
    IN_PROGRESS = "in_progress", _("In progress")
    SUBMITTED = "submitted", _("Handed in")
    AWAITING_GRADING = "awaiting_grading", _("Waits for a grader")
    GRADED = "graded", _("Graded")
    ABANDONED = "abandoned", _("Abandoned")
    VOIDED = "voided", _("Voided")


ATTEMPT_TRANSITIONS: dict[str, frozenset[str]] = {
    "in_progress": frozenset({"submitted", "abandoned"}),
    "submitted": frozenset({"graded", "awaiting_grading"}),
    "awaiting_grading": frozenset({"graded"}),
    "graded": frozenset({"voided"}),
    "abandoned": frozenset(),
    "voided": frozenset(),
}
ENDED_STATES = ("submitted", "awaiting_grading", "graded", "abandoned")


class Question(Stamped):
    """A question of the bank; what it asks stands in its versions."""

    bank = models.SlugField(max_length=40, default="general")
    tags = models.JSONField(default=list, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    current_version = models.ForeignKey(
        "QuestionVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(difficulty__gte=1, difficulty__lte=5),
                name="training_question_difficulty_is_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk}"


class QuestionVersion(Stamped):
    """One wording of a question; never changed once an attempt used it."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=QuestionKind)
    prompt = models.TextField(max_length=5000)
    source = models.JSONField(default=dict, blank=True)
    body = models.JSONField(default=dict, blank=True)
    key = models.JSONField(default=dict, blank=True)
    points = points(default=1)
    feedback = models.TextField(max_length=2000, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "number"], name="training_question_version_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(points__gte="0.01", points__lte=1000),
                name="training_question_points_are_up_to_1000",
            ),
            models.CheckConstraint(
                condition=at_most("prompt", 5000) & at_most("feedback", 2000),
                name="training_question_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.prompt[:80]


class Quiz(RowVersioned):
    """A set of questions with the rules under which it is taken."""

    title = models.CharField(max_length=200)
    max_attempts = models.PositiveSmallIntegerField(default=3, help_text="0 is no limit.")
    wait_minutes = models.PositiveIntegerField("wait before the next attempt, minutes", default=0)
    time_limit_minutes = models.PositiveIntegerField(null=True, blank=True)
    grace_seconds = models.PositiveIntegerField(default=60)
    on_overdue = models.CharField(
        "when time is up", max_length=7, choices=Overdue, default=Overdue.SUBMIT
    )
    grade_by = models.CharField("what counts", max_length=5, choices=GradeBy, default=GradeBy.BEST)
    pass_percent = percent(default=80)
    floor_at_zero = models.BooleanField("never below 0", default=True)
    shuffle = models.BooleanField("shuffle questions", default=True)
    one_per_page = models.BooleanField("one question on a page", default=False)
    show_answers = models.BooleanField(
        "show right answers after each attempt",
        default=False,
        help_text="Otherwise only when passed, or when no attempt is left.",
    )
    hide_names = models.BooleanField("graders do not see names", default=True)

    class Meta:
        ordering = ["title", "id"]
        verbose_name_plural = "quizzes"
        constraints = [
            models.CheckConstraint(
                condition=Q(pass_percent__gte=0, pass_percent__lte=100),
                name="training_quiz_pass_mark_is_a_percent",
            ),
            models.CheckConstraint(
                condition=~Q(on_overdue="grace") | Q(time_limit_minutes__isnull=False),
                name="training_quiz_grace_needs_a_time_limit",
            ),
            models.CheckConstraint(
                condition=at_most("title", 200), name="training_quiz_title_is_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class QuizSection(Stamped):
    """Fixed questions, or a draw from the bank by tag and difficulty."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200, blank=True)
    draw_count = models.PositiveSmallIntegerField(null=True, blank=True)
    draw_tag = models.CharField(max_length=40, blank=True)
    easiest = models.PositiveSmallIntegerField(default=1)
    hardest = models.PositiveSmallIntegerField(default=5)

    class Meta:
        ordering = ["quiz", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "position"], name="training_quiz_section_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(draw_count__isnull=True, draw_tag="")
                | (Q(draw_count__gte=1) & ~Q(draw_tag="")),
                name="training_quiz_section_draws_one_or_more_by_tag",
            ),
            models.CheckConstraint(
                condition=Q(easiest__gte=1, hardest__lte=5, easiest__lte=F("hardest")),
                name="training_quiz_section_difficulty_is_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"Section {self.position + 1}"

    @property
    def is_draw(self) -> bool:
        return self.draw_count is not None


class SectionQuestion(Stamped):
    section = models.ForeignKey(QuizSection, on_delete=models.CASCADE, related_name="questions")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="used_in")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["section", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "question"], name="training_section_names_a_question_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} in {self.section}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: User) -> AttemptQuerySet:
        return self.filter(rows_about(user, "training.view_board", person="enrollment__person"))

    def counted(self) -> AttemptQuerySet:
        """Ended attempts that make the grade, in their order."""
        return self.filter(state__in=["graded", "abandoned"], is_counted=True).order_by("number")


class Attempt(Stamped):
    """One person's go at a quiz, with its own draw and its own clock."""

    enrollment = models.ForeignKey(
        "training.Enrollment", on_delete=models.PROTECT, related_name="attempts"
    )
    lesson = models.ForeignKey("training.Lesson", on_delete=models.PROTECT, related_name="+")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    seed = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=AttemptState, default=AttemptState.IN_PROGRESS)
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    graded_at = models.DateTimeField(null=True, blank=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    is_passed = models.BooleanField(null=True, blank=True)
    is_counted = models.BooleanField(default=True)
    void_reason = MaskedCharField(max_length=500, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["enrollment", "quiz", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "quiz", "number"], name="training_attempt_number_unique"
            ),
            models.UniqueConstraint(
                fields=["enrollment", "quiz"],
                condition=Q(state="in_progress"),
                name="training_attempt_one_running_per_quiz",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=-100, percent__lte=100),
                name="training_attempt_percent_is_up_to_100",
            ),
            models.CheckConstraint(
                condition=~Q(state="voided") | ~Q(void_reason=""),
                name="training_attempt_voided_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["state", "deadline_at"])]

    def __str__(self) -> str:
        return f"Attempt {self.number} at {self.quiz}"

    @property
    def is_running(self) -> bool:
        return self.state == AttemptState.IN_PROGRESS


class AttemptItem(Stamped):
    """One question of an attempt: what was answered, and what it earned."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="items")
    question_version = models.ForeignKey(
        QuestionVersion, on_delete=models.PROTECT, related_name="attempt_items"
    )
    position = models.PositiveIntegerField()
    option_order = models.JSONField(default=list, blank=True)
    response = models.JSONField(default=dict, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    is_flagged = models.BooleanField(default=False)
    score = points(null=True, blank=True)
    grader_note = MaskedCharField(max_length=1000, blank=True)
    graded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "position"], name="training_attempt_item_position_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"Item {self.position} of attempt {self.attempt_id}"
