"""Forms of the question bank and of quizzes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from training.models import Question, Quiz
from training.models.quizzes import QuestionKind
from training.question_text import Written

MODES = (
    ("", "As usual"),
    ("balanced", "Balanced: right share minus wrong share"),
    ("right_minus_wrong", "Right minus wrong"),
    ("all_or_nothing", "All or nothing"),
    ("pairs", "Order: pairs in right order"),
    ("position", "Order: right places"),
    ("exact", "Order: exactly"),
)
HOW = (
    "One option on each line, * before the right ones. Pairs as “left = right”. Things to order "
    "in their right order. Short answers one on each line, “= 0.5” for half the credit. Text with "
    "gaps as “within [five|5] days”."
)


class QuestionForm(forms.Form):
    kind = forms.ChoiceField(choices=QuestionKind.choices)
    prompt = forms.CharField(
        max_length=5000, label="Question", widget=forms.Textarea(attrs={"rows": 3})
    )
    text = forms.CharField(
        required=False,
        max_length=10_000,
        label="Options or answers",
        help_text=HOW,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    value = forms.CharField(
        required=False,
        max_length=60,
        label="Right number, or true/false",
        help_text="For numbers and for true or false.",
    )
    absolute = forms.DecimalField(required=False, label="Tolerance ±")
    relative_percent = forms.DecimalField(required=False, label="Tolerance in percent")
    mode = forms.ChoiceField(required=False, choices=MODES, label="How it is marked")
    penalty = forms.DecimalField(
        required=False,
        label="Penalty for a wrong choice",
        help_text="A part of the points, 0 to 1. 1/(options − 1) makes guessing worthless.",
    )
    case_sensitive = forms.BooleanField(required=False, label="Capital letters matter")
    ignore_accents = forms.BooleanField(required=False, label="Accents do not matter")
    points = forms.DecimalField(
        min_value=Decimal("0.01"), max_value=1000, max_digits=8, decimal_places=4, initial=1
    )
    feedback = forms.CharField(
        required=False,
        max_length=2000,
        label="Shown with the right answer",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tags = forms.CharField(required=False, max_length=200, help_text="Words with commas between.")
    difficulty = forms.IntegerField(min_value=1, max_value=5, initial=3)
    bank = forms.SlugField(max_length=40, initial="general")

    @classmethod
    def initial_of(cls, question: Question) -> dict[str, Any]:
        version = question.current_version
        assert version is not None
        source = {name: value for name, value in version.source.items() if value is not None}
        return {
            **source,
            "kind": version.kind,
            "prompt": version.prompt,
            "points": version.points.normalize(),
            "feedback": version.feedback,
            "tags": ", ".join(question.tags),
            "difficulty": question.difficulty,
            "bank": question.bank,
        }

    def written(self) -> Written:
        names = ("text", "mode", "value", "absolute", "relative_percent")
        picked = {name: self.cleaned_data[name] for name in names}
        return Written(
            penalty=self.cleaned_data["penalty"] or Decimal(0),
            case_sensitive=self.cleaned_data["case_sensitive"],
            ignore_accents=self.cleaned_data["ignore_accents"],
            **picked,
        )


class QuizForm(forms.ModelForm):
    class Meta:
        model = Quiz
        fields = (
            *("title", "pass_percent", "max_attempts", "wait_minutes", "time_limit_minutes"),
            *("on_overdue", "grace_seconds", "grade_by", "floor_at_zero", "shuffle"),
            *("one_per_page", "show_answers", "hide_names"),
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("on_overdue") == "grace" and not given.get("time_limit_minutes"):
            self.add_error("on_overdue", "A grace needs a time limit.")
        return given


class SectionForm(forms.Form):
    title = forms.CharField(max_length=200, required=False, label="Title of the section")
    draw_count = forms.IntegerField(
        required=False, min_value=1, max_value=200, label="Draw how many"
    )
    draw_tag = forms.CharField(
        required=False, max_length=40, label="With the tag", help_text="Empty: questions by hand."
    )
    easiest = forms.IntegerField(min_value=1, max_value=5, initial=1, label="Difficulty from")
    hardest = forms.IntegerField(min_value=1, max_value=5, initial=5, label="to")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if bool(given.get("draw_count")) != bool(given.get("draw_tag")):
            self.add_error("draw_tag", "A draw has a number and a tag.")
        if (given.get("easiest") or 1) > (given.get("hardest") or 5):
            self.add_error("hardest", "The upper difficulty is not below the lower one.")
        return given
