"""Forms of remediation rules, their replay, and decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from quality.models import Criterion
from training.models import Course, RemediationRule

LONGEST_DAYS = 400
DAY = {"type": "date"}


def criterion_choices() -> list[tuple[str, str]]:
    """Keys of criteria in published versions, with their newest wording."""
    rows = Criterion.objects.filter(version__published_at__isnull=False, kind="single")
    texts = dict(rows.order_by("pk").values_list("key", "text"))
    named = sorted(texts.items(), key=lambda pair: pair[1].lower())
    return [(key, f"{text} ({key})") for key, text in named]


class RemediationForm(forms.ModelForm):
    criterion_key = forms.ChoiceField(required=False, label="Criterion")

    class Meta:
        model = RemediationRule
        fields = (
            *("name", "kind", "criterion_key", "k", "n", "window_days", "cool_off_days"),
            *("topic", "team", "queue", "course", "coaching_text", "due_days"),
            *("needs_confirmation", "is_active"),
        )
        labels = {"k": "Failures, k", "n": "of the last, n", "due_days": "Due after days"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Any critical criterion, or what customers say"), *criterion_choices()]
        self.fields["criterion_key"].choices = choices  # type: ignore[attr-defined]
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if (given.get("k") or 1) > (given.get("n") or 20):
            self.add_error("k", "k failures do not fit into n evaluations.")
        if given.get("kind") == "k_of_n" and not given.get("criterion_key"):
            self.add_error("criterion_key", "Choose the criterion.")
        is_of_customers = given.get("kind") == "csat_driver"
        if is_of_customers and given.get("criterion_key"):
            self.add_error("criterion_key", "What customers say is not about a criterion.")
        if not is_of_customers and given.get("topic"):
            self.add_error("topic", "Only a rule about what customers say has a topic.")
        if not given.get("course") and not given.get("coaching_text"):
            self.add_error("course", "Choose a course, or say what the coaching is about.")
        if given.get("coaching_text") and not given.get("needs_confirmation"):
            self.add_error("needs_confirmation", "Coaching is always confirmed by a supervisor.")
        return given


class ReplayForm(forms.Form):
    from_on = forms.DateField(label="From", widget=forms.DateInput(attrs=DAY))
    until_on = forms.DateField(label="Until", widget=forms.DateInput(attrs=DAY))
    k = forms.IntegerField(min_value=1, max_value=20, label="Failures, k")
    n = forms.IntegerField(min_value=1, max_value=20, label="of the last, n")
    window_days = forms.IntegerField(min_value=1, max_value=400, label="Within days")
    cool_off_days = forms.IntegerField(min_value=0, max_value=400, label="Silent for days")
    rate_percent = forms.DecimalField(
        required=False, min_value=0, max_value=100, label="Other failure rate in percent"
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("from_on"), given.get("until_on")
        if first and last and not 0 <= (last - first).days <= LONGEST_DAYS:
            self.add_error("until_on", f"Choose 1 to {LONGEST_DAYS} days.")
        if (given.get("k") or 1) > (given.get("n") or 20):
            self.add_error("k", "k failures do not fit into n evaluations.")
        return given

    @staticmethod
    def usual(rule: RemediationRule, today: date | None = None) -> dict[str, Any]:
        today = today or timezone.localdate()
        names = ("k", "n", "window_days", "cool_off_days")
        usual: dict[str, Any] = {name: getattr(rule, name) for name in names}
        return usual | {"from_on": today - timedelta(days=89), "until_on": today}


class ConfirmForm(forms.Form):
    course = forms.ModelChoiceField(Course.objects.none(), required=False)
    due_on = forms.DateField(required=False, label="Due on", widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]
