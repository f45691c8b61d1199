"""Answers of a revision, the evidence behind them, and marks made while listening."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from crm.models import Turn
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped
from quality.models.base import RowVersioned, as_text, at_most, percent_field, points_field
from quality.models.evaluations import Evaluation, EvaluationRevision
from quality.models.tree import Criterion


class FaultOwner(models.TextChoices):
    AGENT = "agent", "Agent"
    PROCESS = "process", "Process"
    TOOL = "tool", "Tool"
    CUSTOMER = "customer", "Customer"


class NaSource(models.TextChoices):
    PERSON = "person", "Evaluator"
    SECTION = "section", "Whole section"
    DEFAULT = "default", "Preset"
    CONDITION = "condition", "Condition"


class AnswerOrigin(models.TextChoices):
    MANUAL = "manual", "By hand"
    ASSISTED = "assisted", "Proposed, confirmed"
    DEFAULT = "default", "Preset, never touched"
    IMPORTED = "imported", "Imported"


class AnswerState(models.TextChoices):
    SCORED = "scored", "Counts"
    EXCUSED = "excused", "Excused"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    IMPUTED = "imputed", "Not applicable, counted fixed"
    NOT_SCORED = "not_scored", "Not scored"
    HIDDEN = "hidden", "Hidden"
    UNANSWERED = "unanswered", "Unanswered"


class Answer(RowVersioned):
    """What was answered to one criterion, and, once submitted, what it counted for."""

    revision = models.ForeignKey(
        EvaluationRevision, on_delete=models.PROTECT, related_name="answers"
    )
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="answers")
    option_keys = models.JSONField(default=list, blank=True)
    number = points_field(null=True, blank=True)
    text = MaskedTextField(max_length=4000, blank=True)
    date = models.DateField(null=True, blank=True)
    is_na = models.BooleanField(default=False)
    na_source = models.CharField(max_length=9, choices=NaSource, blank=True)
    fault_owner = models.CharField(max_length=8, choices=FaultOwner, null=True, blank=True)  # noqa: DJ001 - null reads "not failed".
    root_cause = models.CharField(max_length=40, blank=True)
    comment_public = MaskedTextField(max_length=2000, blank=True)
    comment_private = MaskedTextField(max_length=2000, blank=True)
    origin = models.CharField(max_length=8, choices=AnswerOrigin, default=AnswerOrigin.MANUAL)
    suggestion = models.ForeignKey(
        "quality.Suggestion", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    last_save_id = models.UUIDField(null=True, blank=True, editable=False)
    saved_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    state = models.CharField(max_length=14, choices=AnswerState, blank=True)
    earned = points_field(null=True, blank=True)
    possible = points_field(null=True, blank=True)
    weight_percent = percent_field()
    contribution_percent = percent_field()
    is_failed = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["revision", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "criterion"], name="quality_answer_one_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(is_na=False, na_source="") | (Q(is_na=True) & ~Q(na_source="")),
                name="quality_answer_not_applicable_has_a_source",
            ),
            models.CheckConstraint(
                condition=Q(is_failed__isnull=True)
                | Q(is_failed=True, fault_owner__isnull=False)
                | Q(is_failed=False, fault_owner__isnull=True),
                name="quality_answer_failed_has_a_fault_owner",
            ),
            models.CheckConstraint(
                condition=at_most("text", 4000)
                & at_most("comment_public", 2000)
                & at_most("comment_private", 2000),
                name="quality_answer_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"Answer {self.pk} of revision {self.revision_id}"

    @property
    def is_given(self) -> bool:
        """Whether there is an answer at all, N/A included; a comment alone is none."""
        return bool(
            self.is_na or self.option_keys or self.number is not None or self.text or self.date
        )

    def as_document(self, kind: str) -> dict[str, Any]:
        """The answer in the shape that scoring reads; empty if nothing is answered."""
        if self.is_na:
            return {"na": True}
        value = self._value(kind)
        if value and self.fault_owner:
            value["fault_owner"] = self.fault_owner
        return value

    def _value(self, kind: str) -> dict[str, Any]:
        if kind == "single" and self.option_keys:
            return {"option": self.option_keys[0]}
        if kind == "multi" and self.option_keys:
            return {"options": list(self.option_keys)}
        if kind == "number" and self.number is not None:
            return {"number": as_text(self.number)}
        if kind == "text" and self.text:
            return {"text": self.text}
        if kind == "text" and self.state == AnswerState.NOT_SCORED:
            return {"answered": True}  # Its words were erased; that there were some still counts.
        if kind == "date" and self.date:
            return {"date": self.date.isoformat()}
        return {}


class Evidence(Stamped):
    """A place in the transcript behind an answer; the words themselves are not copied."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="evidence")
    turn_from = models.ForeignKey(
        Turn, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    turn_to = models.ForeignKey(
        Turn, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    char_from = models.PositiveIntegerField(null=True, blank=True)
    char_to = models.PositiveIntegerField(null=True, blank=True)
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["answer", "start_ms", "id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(start_ms__isnull=True)
                | Q(end_ms__isnull=True)
                | Q(start_ms__gte=0, start_ms__lte=F("end_ms")),
                name="quality_evidence_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk} of answer {self.answer_id}"

    @property
    def start_seconds(self) -> float | None:
        return None if self.start_ms is None else self.start_ms / 1000

    @property
    def words(self) -> str:
        """The passage as the transcript has it now; empty once it is erased."""
        first, last = self.turn_from, self.turn_to
        if first is None or last is None:
            return ""
        if first.pk == last.pk:
            return first.text[self.char_from : self.char_to]
        return f"{first.text[self.char_from :]} … {last.text[: self.char_to]}"


class Mark(Stamped):
    """A moment of the interaction that somebody noted while listening."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="marks")
    offset_ms = models.PositiveIntegerField()
    text = MaskedCharField(max_length=500, blank=True)
    is_private = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["evaluation", "offset_ms"]
        constraints = [
            models.CheckConstraint(
                condition=at_most("text", 500), name="quality_mark_text_is_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return self.text or f"Mark at {self.offset_ms} ms"

    @property
    def offset_seconds(self) -> float:
        return self.offset_ms / 1000
