"""Forms of learners."""

from __future__ import annotations

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from training.models.courses import CourseQuerySet


class CatalogFilter(forms.Form):
    q = forms.CharField(
        required=False,
        max_length=100,
        label=_("Search courses"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def narrow(self, rows: CourseQuerySet) -> CourseQuerySet:
        """Courses that hold every word; all of them if nothing was asked or nothing can be read."""
        words = self.cleaned_data["q"].split() if self.is_valid() else []
        for word in words:
            rows = rows.filter(
                Q(title__icontains=word) | Q(summary__icontains=word) | Q(category__icontains=word)
            )
        return rows


class ExerciseForm(forms.Form):
    text = forms.CharField(
        required=False,
        max_length=20_000,
        label=_("Your work"),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    file = forms.FileField(required=False, label=_("Or a file"), help_text=_("At most 25 MB."))
