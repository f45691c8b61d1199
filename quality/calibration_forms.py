"""The form that plans a calibration session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from crm.models import Leg
from quality.models import Scorecard

RATING_ROLES = ("evaluator", "admin")


class PlanForm(forms.Form):
    scorecard = forms.ModelChoiceField(Scorecard.objects.none(), empty_label=None)
    raters = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="2 to 50 people who score; the agent is left out.",
    )
    expert = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody",
        help_text="Rates too; these answers are proposed as gold.",
    )
    deadline_at = forms.DateTimeField(
        label="Deadline", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    threshold_percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        initial=10,
        label="Flag a criterion above a spread of",
        help_text="Percentage points between the highest and the lowest rating.",
    )
    hide_agent = forms.BooleanField(required=False, initial=True, label="Mask the agent")
    miss_zeroes = forms.BooleanField(
        required=False, label="A missed or invented critical error makes the alignment 0"
    )

    def __init__(self, *args: Any, leg: Leg, scorecards: list[Scorecard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [scorecard.pk for scorecard in scorecards]
        people = User.objects.active().filter(groups__name__in=RATING_ROLES)
        people = people.exclude(pk=leg.agent_id).distinct().order_by("full_name")
        self.fields["scorecard"].queryset = Scorecard.objects.filter(pk__in=ids)  # type: ignore[attr-defined]
        self.fields["raters"].queryset = people  # type: ignore[attr-defined]
        self.fields["expert"].queryset = people  # type: ignore[attr-defined]
        in_three_days = timezone.localtime(timezone.now() + timedelta(days=3))
        self.fields["deadline_at"].initial = f"{in_three_days:%Y-%m-%dT%H:00}"
