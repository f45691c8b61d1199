"""Filters of results: a period and what narrows it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Team, User
from crm.models.interactions import Channel
from feedback.models import Survey
from feedback.questionnaire import Json
from feedback.survey_results import Slice
from routing.models import Queue

DEFAULT_DAYS = 91


class PeriodForm(forms.Form):
    """Two days, both optional, in their order."""

    from_on = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until_on = forms.DateField(
        label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> Json:
        data = super().clean() or {}
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", "End the period on or after its beginning.")
        return data


class ResultsForm(forms.Form):
    """The filters of results; surveys that hide small cells take one dimension, whole months."""

    from_on = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until_on = forms.DateField(
        label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    queue = forms.ModelChoiceField(Queue.objects.all(), required=False, empty_label="All queues")
    channel = forms.ChoiceField(choices=[("", "All channels"), *Channel.choices], required=False)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    grain = forms.ChoiceField(
        label="Step", choices=[("week", "Week"), ("day", "Day"), ("month", "Month")], required=False
    )

    def __init__(self, *args: Any, user: User, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean(self) -> Json:
        data = super().clean() or {}
        from_on, until_on = self.period()
        if until_on < from_on:
            self.add_error("until_on", "End the period on or after its beginning.")
        if self.survey.hides_small_cells:
            chosen = [name for name in ("queue", "channel", "team") if data.get(name)]
            if len(chosen) > 1:
                self.add_error(
                    None, "Choose one: queue, channel or team. More would single people out."
                )
            is_given = data.get("from_on") or data.get("until_on")
            if is_given and (from_on.day != 1 or (until_on + timedelta(days=1)).day != 1):
                self.add_error(None, "Choose whole months; shorter spans would single people out.")
        return data

    def period(self) -> tuple[date, date]:
        """The chosen days; by default a quarter up to today, or whole months."""
        today = timezone.localdate()
        until = self.cleaned_data.get("until_on") or today
        start = self.cleaned_data.get("from_on")
        if start is None and self.survey.hides_small_cells:
            start = (today.replace(day=1) - timedelta(days=62)).replace(day=1)
            until = self.cleaned_data.get("until_on") or _month_end(today)
        return start or until - timedelta(days=DEFAULT_DAYS - 1), until

    def slice(self) -> Slice:
        data = self.cleaned_data
        from_on, until_on = self.period()
        return Slice(
            from_on,
            until_on,
            data["queue"].pk if data.get("queue") else None,
            data.get("channel", ""),
            data["team"].pk if data.get("team") else None,
            data.get("grain") or "week",
        )

    def in_words(self) -> list[tuple[str, str]]:
        from_on, until_on = self.period()
        found = [("Period", f"{from_on} to {until_on}")]
        for name in ("queue", "channel", "team"):
            if value := self.cleaned_data.get(name):
                found.append((name.capitalize(), str(value)))
        return found


def _month_end(on: date) -> date:
    return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
