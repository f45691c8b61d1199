"""Forms of live sessions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F

from training.models import Lesson, LiveSession

MOMENT = {"type": "datetime-local"}
MINUTES = "%Y-%m-%dT%H:%M"


class LiveForm(forms.ModelForm):
    starts_at = forms.DateTimeField(
        label="Starts", widget=forms.DateTimeInput(attrs=MOMENT, format=MINUTES)
    )
    ends_at = forms.DateTimeField(
        label="Ends", widget=forms.DateTimeInput(attrs=MOMENT, format=MINUTES)
    )
    url = forms.URLField(required=False, max_length=500, label="Address", assume_scheme="https")

    class Meta:
        model = LiveSession
        fields = ("title", "lesson", "starts_at", "ends_at", "place", "url", "seats")
        help_texts = {"lesson": "Who attends four fifths of the session has done this lesson."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = Lesson.objects.filter(
            kind="live_session", module__revision=F("module__revision__course__current_revision")
        )
        field = self.fields["lesson"]
        field.queryset = current.select_related("module__revision__course")  # type: ignore[attr-defined]
        field.label_from_instance = (  # type: ignore[attr-defined]
            lambda lesson: f"{lesson.module.revision.course}: {lesson}"
        )
        field.empty_label = "No lesson"  # type: ignore[attr-defined]
