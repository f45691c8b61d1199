"""Skills with their proofs and targets, and the roles that people may grow into."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User
from lib.models import Stamped
from quality.models import Scorecard
from training.models.base import RowVersioned, at_most, percent, within
from training.models.courses import Course, is_a_code
from training.models.paths import LearningPath
from training.reach import rows_about

LEVELS = (MinValueValidator(1), MaxValueValidator(4))


class LevelRule(models.TextChoices):
    HIGHEST = "highest", "The highest of its proofs"
    LOWEST = "lowest", "The lowest of its proofs"
    ASSESSOR_ONLY = "assessor_only", "An assessor's word alone"


class ProofOf(models.TextChoices):
    QUIZ = "quiz", "Quiz"
    CRITERION = "criterion", "Evaluations"
    COURSE = "course", "Course"
    ASSESSOR = "assessor", "Assessor"


class SkillQuerySet(models.QuerySet["Skill"]):
    def active(self) -> SkillQuerySet:
        return self.filter(retired_at__isnull=True)


class Skill(RowVersioned):
    """What people can do, from 0 to 4; a level fades once its validity is over."""

    code = models.SlugField(max_length=40, unique=True, validators=[is_a_code])
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=2000, blank=True)
    rule = models.CharField("level is", max_length=13, choices=LevelRule, default="highest")
    validity_months = models.PositiveSmallIntegerField(
        "whole for months", default=12, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    decay_months = models.PositiveSmallIntegerField(
        "then a level less every months",
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    critical_headcount = models.PositiveSmallIntegerField("too few people are", default=1)
    criterion_key = models.CharField("criterion", max_length=40, blank=True)
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SkillQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=within("validity_months", 1, 120) & within("decay_months", 1, 60),
                name="training_skill_fades_by_months",
            ),
            models.CheckConstraint(
                condition=at_most("code", 40)
                & at_most("title", 120)
                & at_most("description", 2000),
                name="training_skill_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RoleTarget(Stamped):
    """The level that everybody with a role of the house should have."""

    role = models.CharField(max_length=20)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="targets")
    level = models.PositiveSmallIntegerField(validators=LEVELS)
    weight = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        ordering = ["role", "skill"]
        constraints = [
            models.UniqueConstraint(
                fields=["role", "skill"], name="training_target_once_per_role_and_skill"
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=4, weight__gte=1, weight__lte=100),
                name="training_target_is_level_1_to_4",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill} for {self.role}"


class SkillEvidenceQuerySet(models.QuerySet["SkillEvidence"]):
    def visible_to(self, user: User) -> SkillEvidenceQuerySet:
        return self.filter(rows_about(user, "training.view_board"))


class SkillEvidence(Stamped):
    """One proof of a level; never changed, only followed by another."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="skill_evidence")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=9, choices=ProofOf)
    level = models.PositiveSmallIntegerField()
    value = percent(null=True, blank=True)
    n = models.PositiveIntegerField(null=True, blank=True)
    dated_on = models.DateField()
    source = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = SkillEvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_on", "-id"]
        verbose_name_plural = "skill evidence"
        indexes = [models.Index(fields=["person", "skill", "dated_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=0, level__lte=4), name="training_evidence_level_is_0_to_4"
            ),
            models.CheckConstraint(
                condition=~Q(kind="assessor")
                | (Q(created_by__isnull=False) & ~Q(created_by=models.F("person"))),
                name="training_evidence_nobody_assesses_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.skill} {self.level}"


# --- Roles to grow into -------------------------------------------------------------------------


class TargetRoleQuerySet(models.QuerySet["TargetRole"]):
    def active(self) -> TargetRoleQuerySet:
        return self.filter(retired_at__isnull=True)


class TargetRole(RowVersioned):
    """What somebody shows who is ready for a role; information, not a promise."""

    title = models.CharField(max_length=120, unique=True)
    summary = models.TextField(max_length=2000, blank=True)
    path = models.ForeignKey(
        LearningPath, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    courses = models.ManyToManyField(Course, blank=True, related_name="+")
    scorecard = models.ForeignKey(
        Scorecard, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    minimum_percent = percent(verbose_name="mean score of at least", null=True, blank=True)
    last_n = models.PositiveSmallIntegerField(
        "over the last evaluations",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    minimum_n = models.PositiveSmallIntegerField(
        "of which there are at least",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    no_critical_days = models.PositiveSmallIntegerField(
        "no critical failure in days", null=True, blank=True
    )
    tenure_months = models.PositiveSmallIntegerField("here for months", null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TargetRoleQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_percent__isnull=True) | Q(scorecard__isnull=False),
                name="training_role_score_names_its_scorecard",
            ),
            models.CheckConstraint(
                condition=within("minimum_percent", 0, 100)
                & at_most("title", 120)
                & at_most("summary", 2000),
                name="training_role_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RoleSkill(Stamped):
    """A skill with the level that a role asks for."""

    target_role = models.ForeignKey(TargetRole, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(validators=LEVELS)

    class Meta:
        ordering = ["target_role", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["target_role", "skill"], name="training_role_names_a_skill_once"
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=4), name="training_role_asks_for_level_1_to_4"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill}, level {self.level}"


class RoleChoice(Stamped):
    """The role that somebody wants to grow into; their supervisor reads it only if it is shared."""

    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="role_choice")
    target_role = models.ForeignKey(TargetRole, on_delete=models.CASCADE, related_name="choices")
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["target_role", "id"]

    def __str__(self) -> str:
        return f"{self.person}: {self.target_role}"
