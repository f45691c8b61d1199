"""Forms of effect reports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import Team, User
from accounts.permissions import has
from quality.models import Scorecard
from training.effect_data import Definition
from training.forms.remediation import criterion_choices
from training.models import Course
from training.models.effects import Treatment

DAY = {"type": "date"}
MOST_BLIND = 50
OF_ANY = {"format": "%Y-%m-%d"}


class EffectForm(forms.Form):
    title = forms.CharField(max_length=200)
    treatment = forms.ChoiceField(choices=Treatment.choices, label="What was done")
    course = forms.ModelChoiceField(
        Course.objects.none(), required=False, help_text="Only where a course was done."
    )
    criteria = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What it is to change: criteria",
        help_text="With several, p values are adjusted for being several.",
    )
    scorecard = forms.ModelChoiceField(
        Scorecard.objects.none(), required=False, label="Or the mean score of a scorecard"
    )
    from_on = forms.DateField(label="Done from", widget=forms.DateInput(attrs=DAY, **OF_ANY))
    to_on = forms.DateField(label="Until", widget=forms.DateInput(attrs=DAY, **OF_ANY))
    before_days = forms.IntegerField(initial=90, min_value=7, max_value=366, label="Days before")
    after_days = forms.IntegerField(initial=90, min_value=7, max_value=366, label="Days after")
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    blind_each = forms.IntegerField(
        required=False,
        initial=0,
        min_value=0,
        max_value=MOST_BLIND,
        label="Score again, blind: a side",
        help_text="So many talks from before and as many from after are drawn and scored once "
        "more by somebody who learns neither the day nor the first score. 0 for none.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = Course.objects.all()  # type: ignore[attr-defined]
        self.fields["criteria"].choices = criterion_choices()  # type: ignore[attr-defined]
        self.fields["scorecard"].queryset = Scorecard.objects.all()  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]
        if not has(user, "quality.manage_plans"):
            del self.fields["blind_each"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("treatment") == Treatment.COURSE and not given.get("course"):
            self.add_error("course", "Choose the course.")
        if bool(given.get("criteria")) == bool(given.get("scorecard")):
            self.add_error("criteria", "Choose criteria or one scorecard.")
        return given

    @property
    def definition(self) -> Definition:
        given = self.cleaned_data
        is_course = given["treatment"] == Treatment.COURSE
        return Definition(
            treatment=given["treatment"],
            from_on=given["from_on"],
            to_on=given["to_on"],
            criteria=tuple(given["criteria"]),
            scorecard_id=given["scorecard"].pk if given["scorecard"] else None,
            course_id=given["course"].pk if is_course else None,
            team_id=given["team"].pk if given["team"] else None,
            before_days=given["before_days"],
            after_days=given["after_days"],
            blind_each=given.get("blind_each") or 0,
        )


def half_a_year(today: date) -> dict[str, date]:
    """A period that leaves 90 days after it."""
    return {"from_on": today - timedelta(days=270), "to_on": today - timedelta(days=90)}


class TieForm(forms.Form):
    course = forms.ModelChoiceField(Course.objects.none())
    criterion_key = forms.ChoiceField(label="Criterion that it is to change")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]
        self.fields["criterion_key"].choices = criterion_choices()  # type: ignore[attr-defined]
