"""What a version asks: sections, criteria, options, and reusable sets of answers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from lib.models import Stamped
from quality.models.base import (
    MOST_POINTS,
    RowVersioned,
    as_text,
    at_most,
    key_field,
    percent_field,
    points_field,
    together,
    within,
)
from quality.models.scorecards import ScorecardVersion


class CriterionKind(models.TextChoices):
    SINGLE = "single", "One of several options"
    MULTI = "multi", "Several options"
    NUMBER = "number", "A number"
    TEXT = "text", "Free text"
    DATE = "date", "A date"
    LABEL = "label", "Text to read"


class FailScope(models.TextChoices):
    EVALUATION = "evaluation", "The whole evaluation scores 0"
    SECTION = "section", "Its section scores 0"
    SUBSECTION = "subsection", "Its subsection scores 0"
    OUTCOME = "outcome", "The evaluation fails, the score stays"


class CriticalFamily(models.TextChoices):
    CUSTOMER = "customer", "Customer critical"
    BUSINESS = "business", "Business critical"
    COMPLIANCE = "compliance", "Compliance critical"


class FailTrigger(models.TextChoices):
    NONE = "none", "Never"
    OPTION = "option", "On chosen options"
    NOT_HIGHEST = "not_highest", "On anything but the best answer"
    BELOW_PERCENT = "below_percent", "Below a percentage"


class CommentRule(models.TextChoices):
    OPTIONAL = "optional", "Optional"
    REQUIRED = "required", "Always required"
    REQUIRED_ON_FAIL = "required_on_fail", "Required on failure"


class EvidenceRule(models.TextChoices):
    NONE = "none", "Optional"
    REQUIRED_ON_FAIL = "required_on_fail", "Required on failure"


class DefaultRule(models.TextChoices):
    NONE = "none", "Nothing is preset"
    HIGHEST = "highest", "The best option"
    LOWEST = "lowest", "The lowest option"
    NA = "na", "Not applicable"
    OPTION = "option", "A chosen option"


class Tone(models.TextChoices):
    GOOD = "good", "Good"
    NEUTRAL = "neutral", "Neutral"
    BAD = "bad", "Bad"


class AnswerSet(RowVersioned):
    """Options to use again; locked once a version that uses them is published."""

    name = models.CharField(max_length=120)
    options = models.JSONField(default=list)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def in_words(self) -> str:
        return ", ".join(
            f"{option['label']} {option.get('points', '0')}" for option in self.options
        )


class Section(Stamped):
    """A heading with criteria; one level of subsections."""

    version = models.ForeignKey(ScorecardVersion, on_delete=models.CASCADE, related_name="sections")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="subsections"
    )
    key = key_field()
    position = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=250)
    instructions = models.CharField(max_length=1024, blank=True)
    weight = points_field(null=True, blank=True)
    is_scored = models.BooleanField(default=True)
    is_bonus = models.BooleanField(default=False)
    allow_na = models.BooleanField(default=True)
    fail_below_percent = percent_field()
    fail_scope = models.CharField(max_length=10, choices=FailScope, null=True, blank=True)  # noqa: DJ001 - null reads "no scope" in checks.
    bands = models.JSONField(default=list, blank=True)
    condition = models.JSONField(null=True, blank=True)
    texts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"], name="quality_section_key_unique_in_version"
            ),
            models.CheckConstraint(
                condition=together("fail_below_percent", "fail_scope"),
                name="quality_section_trigger_has_percent_and_scope",
            ),
            models.CheckConstraint(
                condition=within("fail_below_percent", 0, 100),
                name="quality_section_trigger_percent_is_0_to_100",
            ),
            models.CheckConstraint(
                condition=within("weight", 0, MOST_POINTS),
                name="quality_section_weight_is_0_to_a_million",
            ),
            models.CheckConstraint(
                condition=at_most("title", 250) & at_most("instructions", 1024),
                name="quality_section_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def item(self) -> str:
        """How the builder's address names this row."""
        return f"section-{self.pk}"

    def as_document(self, subsections: list[Section]) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "instructions": self.instructions,
            "weight": as_text(self.weight),
            "is_scored": self.is_scored,
            "is_bonus": self.is_bonus,
            "allow_na": self.allow_na,
            "fail_below_percent": as_text(self.fail_below_percent),
            "fail_scope": self.fail_scope,
            "bands": self.bands,
            "condition": self.condition,
            "texts": self.texts,
            "criteria": [criterion.as_document() for criterion in self.criteria.all()],
            "sections": [below.as_document([]) for below in subsections],
        }


class Criterion(Stamped):
    """One question of a version."""

    version = models.ForeignKey(ScorecardVersion, on_delete=models.CASCADE, related_name="criteria")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="criteria")
    key = key_field()
    position = models.PositiveIntegerField(default=0)
    text = models.CharField(max_length=500)
    help = models.TextField(max_length=4000, blank=True)
    kind = models.CharField(max_length=6, choices=CriterionKind, default=CriterionKind.SINGLE)
    weight = points_field(null=True, blank=True)
    max_points = points_field(null=True, blank=True)
    step = points_field(null=True, blank=True)
    is_scored = models.BooleanField(default=True)
    is_bonus = models.BooleanField(default=False)
    allow_na = models.BooleanField(default=True)
    is_required = models.BooleanField(default=True)
    comment_rule = models.CharField(
        max_length=16, choices=CommentRule, default=CommentRule.OPTIONAL
    )
    evidence_rule = models.CharField(max_length=16, choices=EvidenceRule, default=EvidenceRule.NONE)
    default_rule = models.CharField(max_length=7, choices=DefaultRule, default=DefaultRule.NONE)
    default_option = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - null reads "none".
    critical_family = models.CharField(  # noqa: DJ001 - null reads "not critical".
        max_length=10, choices=CriticalFamily, null=True, blank=True
    )
    fail_trigger = models.CharField(max_length=13, choices=FailTrigger, default=FailTrigger.NONE)
    fail_scope = models.CharField(max_length=10, choices=FailScope, null=True, blank=True)  # noqa: DJ001 - null reads "no scope".
    fail_below_percent = percent_field()
    condition = models.JSONField(null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    answer_set = models.ForeignKey(
        AnswerSet, null=True, blank=True, on_delete=models.PROTECT, related_name="criteria"
    )
    bands = models.JSONField(default=list, blank=True)
    texts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"], name="quality_criterion_key_unique_in_version"
            ),
            models.CheckConstraint(
                condition=within("weight", 0, MOST_POINTS)
                & within("max_points", 0, MOST_POINTS)
                & within("step", 0, MOST_POINTS),
                name="quality_criterion_numbers_are_0_to_a_million",
            ),
            models.CheckConstraint(
                condition=within("fail_below_percent", 0, 100),
                name="quality_criterion_trigger_percent_is_0_to_100",
            ),
            models.CheckConstraint(
                condition=at_most("text", 500) & at_most("help", 4000),
                name="quality_criterion_texts_are_not_too_long",
            ),
            models.CheckConstraint(
                condition=Q(is_bonus=False) | Q(critical_family__isnull=True, fail_trigger="none"),
                name="quality_criterion_bonus_is_never_critical",
            ),
            models.CheckConstraint(
                condition=~Q(fail_trigger="option") | Q(fail_scope__isnull=True),
                name="quality_criterion_option_trigger_has_scopes_on_options",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["text", "date", "label"])
                | Q(critical_family__isnull=True, fail_trigger="none", is_bonus=False),
                name="quality_criterion_words_and_dates_are_never_scored",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def item(self) -> str:
        """How the builder's address names this row."""
        return f"criterion-{self.pk}"

    def as_document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "kind": self.kind,
            "text": self.text,
            "help": self.help,
            "weight": as_text(self.weight),
            "max_points": as_text(self.max_points),
            "step": as_text(self.step),
            "is_scored": self.is_scored,
            "is_bonus": self.is_bonus,
            "allow_na": self.allow_na,
            "is_required": self.is_required,
            "comment_rule": self.comment_rule,
            "evidence_rule": self.evidence_rule,
            "default_rule": self.default_rule,
            "default_option": self.default_option,
            "critical_family": self.critical_family,
            "fail_trigger": self.fail_trigger,
            "fail_scope": self.fail_scope,
            "fail_below_percent": as_text(self.fail_below_percent),
            "condition": self.condition,
            "tags": self.tags,
            "answer_set": self.answer_set.name if self.answer_set else None,
            "bands": self.bands,
            "texts": self.texts,
            "options": [option.as_document() for option in self.options.all()],
        }


class Option(Stamped):
    """One thing to pick, or one range of a number criterion."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="options")
    key = key_field()
    position = models.PositiveIntegerField(default=0)
    label = models.CharField(max_length=250)
    points = points_field(default=0)
    range_from = points_field(null=True, blank=True)
    range_to = points_field(null=True, blank=True)
    is_fail = models.BooleanField(default=False)
    is_bonus = models.BooleanField(default=False)
    critical_scope = models.CharField(max_length=10, choices=FailScope, null=True, blank=True)  # noqa: DJ001 - null reads "not critical".
    tone = models.CharField(max_length=7, choices=Tone, default=Tone.NEUTRAL)
    root_causes = models.JSONField(default=list, blank=True)
    texts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "key"], name="quality_option_key_unique_in_criterion"
            ),
            models.CheckConstraint(
                condition=Q(critical_scope__isnull=True) | Q(is_fail=True),
                name="quality_option_critical_is_a_failure",
            ),
            models.CheckConstraint(
                condition=Q(range_from__isnull=True)
                | Q(range_to__isnull=True)
                | Q(range_from__lte=F("range_to")),
                name="quality_option_range_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=within("points", -MOST_POINTS, MOST_POINTS)
                & within("range_from", -MOST_POINTS, MOST_POINTS)
                & within("range_to", -MOST_POINTS, MOST_POINTS),
                name="quality_option_numbers_are_at_most_a_million",
            ),
            models.CheckConstraint(
                condition=at_most("label", 250), name="quality_option_label_is_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def item(self) -> str:
        """How the builder's forms name this row."""
        return f"option-{self.pk}"

    def as_document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "points": as_text(self.points),
            "range_from": as_text(self.range_from),
            "range_to": as_text(self.range_to),
            "is_fail": self.is_fail,
            "is_bonus": self.is_bonus,
            "critical_scope": self.critical_scope,
            "tone": self.tone,
            "root_causes": self.root_causes,
            "texts": self.texts,
        }
