"""Forms of learning paths."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from training.models import Course, LearningPath

SEVERAL = forms.CheckboxSelectMultiple


class PathForm(forms.ModelForm):
    class Meta:
        model = LearningPath
        fields = ("title", "code", "summary", "is_ordered", "recertification_path")
        labels = {"recertification_path": "To renew it, take"}
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = LearningPath.objects.offered().exclude(pk=self.instance.pk)
        field = self.fields["recertification_path"]
        field.queryset = others  # type: ignore[attr-defined]
        field.empty_label = "The same path"  # type: ignore[attr-defined]


class StepForm(forms.Form):
    courses = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        widget=SEVERAL,
        help_text="One course, or several to choose from.",
        error_messages={"required": "Choose at least one course."},
    )
    required_count = forms.IntegerField(
        required=False,
        min_value=1,
        label="How many of several",
        help_text="Only for several courses: this many must be completed.",
    )
    weight = forms.DecimalField(
        initial=1, min_value=Decimal("0.01"), max_value=1000, max_digits=6, decimal_places=2
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courses"].queryset = Course.objects.published()  # type: ignore[attr-defined]
