"""Filters of results: a period and what narrows it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Team, User
from crm.models.interactions import Channel
from feedback import survey_periods
from feedback.models import Survey
from feedback.questionnaire import Json
from feedback.survey_periods import Span
from feedback.survey_slices import Slice
from routing.models import Queue

DEFAULT_DAYS = 91
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class DayField(forms.DateField):
    """A day of this century, or nothing."""

    def __init__(self, label: str, **attrs: str) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateInput(attrs={"type": "date"} | attrs),
            validators=[_lies_in_this_century],
            error_messages={"invalid": "Give a day as year, month and day, such as 2026-03-31."},
        )


def _lies_in_this_century(on: date) -> None:
    if not FIRST_DAY <= on <= LAST_DAY:
        raise forms.ValidationError("Choose a day from 2000 to 2099.")


class PeriodForm(forms.Form):
    """Two days, both optional, in their order."""

    from_on = DayField("From")
    until_on = DayField("Until")

    def clean(self) -> Json:
        data = super().clean() or {}
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", "End the period on or after its beginning.")
        return data


class ResultsForm(forms.Form):
    """The filters of results.

    Surveys that hide small cells take one dimension, and one month, quarter or year.
    """

    from_on = DayField("From", **{"data-key": "/", "data-key-label": "Filter"})
    until_on = DayField("Until")
    queue = forms.ModelChoiceField(Queue.objects.all(), required=False, empty_label="All queues")
    channel = forms.ChoiceField(choices=[("", "All channels"), *Channel.choices], required=False)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    grain = forms.ChoiceField(
        label="Step", choices=[("week", "Week"), ("day", "Day"), ("month", "Month")], required=False
    )

    against = forms.ChoiceField(
        label="Compare with",
        choices=[("before", "The period before"), ("year", "A year before")],
        required=False,
    )
    against_from = DayField("Or with", **{"data-key": "c", "data-key-label": "Compare"})
    against_until = DayField("up to")

    def __init__(self, *args: Any, user: User, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey
        if survey.hides_small_cells:
            del self.fields["grain"]
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean(self) -> Json:
        data = super().clean() or {}
        from_on, until_on = self.period()
        if until_on < from_on:
            self.add_error("until_on", "End the period on or after its beginning.")
        self._check_second(Span(from_on, until_on))
        if self.survey.hides_small_cells:
            chosen = [name for name in ("queue", "channel", "team") if data.get(name)]
            if len(chosen) > 1:
                self.add_error(
                    None, "Choose one: queue, channel or team. More would single people out."
                )
            if not survey_periods.is_one_period(Span(from_on, until_on)):
                self.add_error(
                    None,
                    "Choose one month, quarter or year of the calendar; other spans would single "
                    "people out.",
                )
        return data

    def _check_second(self, first: Span) -> None:
        """The second period is whole, in its order, and has no day of the first."""
        if self.has_error("against_from") or self.has_error("against_until"):
            return
        start, end = self.cleaned_data["against_from"], self.cleaned_data["against_until"]
        if start is None and end is None:
            return
        if start is None or end is None:
            missing = "against_until" if end is None else "against_from"
            self.add_error(missing, "Give both days of the second period, or leave both empty.")
        elif end < start:
            self.add_error("against_until", "End the second period on or after its beginning.")
        elif start <= first.until_on and first.from_on <= end:
            self.add_error(
                "against_from",
                "Choose a second period without a day of the first; its answers would be compared "
                "with themselves.",
            )
        elif self.survey.hides_small_cells and not survey_periods.is_one_period(Span(start, end)):
            self.add_error(
                "against_from",
                "Choose one month, quarter or year of the calendar to compare with; other spans "
                "would single people out.",
            )

    def period(self) -> Span:
        """The chosen days; by default a quarter up to today, or the whole quarter of a day."""
        start, until = self.cleaned_data.get("from_on"), self.cleaned_data.get("until_on")
        if self.survey.hides_small_cells:
            quarter = survey_periods.quarter_of(start or until or timezone.localdate())
            return Span(start or quarter.from_on, until or quarter.until_on)
        until = until or timezone.localdate()
        return Span(start or until - timedelta(days=DEFAULT_DAYS - 1), until)

    def slice(self) -> Slice:
        data = self.cleaned_data
        from_on, until_on = self.period()
        return Slice(
            from_on,
            until_on,
            data["queue"].pk if data.get("queue") else None,
            data.get("channel", ""),
            data["team"].pk if data.get("team") else None,
            "month" if self.survey.hides_small_cells else data.get("grain") or "week",
            data.get("against") or "before",
            Span(data["against_from"], data["against_until"]) if data["against_from"] else None,
        )

    def in_words(self) -> list[tuple[str, str]]:
        from_on, until_on = self.period()
        found = [("Period", f"{from_on} to {until_on}")]
        for name in ("queue", "channel", "team"):
            if value := self.cleaned_data.get(name):
                found.append((name.capitalize(), str(value)))
        return found
