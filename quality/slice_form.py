"""The filters of pages of figures, read from the address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Team, User
from crm.models.interactions import Channel
from quality.models import Scorecard, ScorecardVersion
from quality.models.evaluations import Selection
from quality.slices import DEFAULT_DAYS, Slice
from routing.models import Queue

LONGEST_YEARS = 10
SELECTIONS = [
    ("random", "Drawn at random"),
    ("all", "Chosen ones too"),
    *(pair for pair in Selection.choices if pair[0] in ("targeted", "manual", "rule")),
]


class SliceForm(forms.Form):
    """Period and filters; a name it does not know is refused, and nothing is guessed."""

    from_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    clock = forms.ChoiceField(
        label="Period of", choices=[("handled", "Interaction"), ("submitted", "Evaluation")]
    )
    grain = forms.ChoiceField(
        label="Trend by", choices=[("day", "Day"), ("week", "Week"), ("month", "Month")]
    )
    selection = forms.ChoiceField(choices=SELECTIONS)
    faults = forms.ChoiceField(
        label="Errors of", choices=[("all", "All causes"), ("agent", "Agent faults")]
    )
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="Any team")
    agent = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Any agent")
    scorecard = forms.ModelChoiceField(
        Scorecard.objects.none(), required=False, empty_label="Any scorecard"
    )
    version = forms.ModelChoiceField(
        ScorecardVersion.objects.none(), required=False, empty_label="Any version"
    )
    channel = forms.ChoiceField(choices=[("", "Any channel"), *Channel.choices], required=False)
    queue = forms.ModelChoiceField(Queue.objects.all(), required=False, empty_label="Any queue")
    evaluator = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Any evaluator"
    )

    def __init__(
        self,
        data: QueryDict,
        *,
        user: User,
        without: tuple[str, ...] = (),
        ignored: tuple[str, ...] = (),
    ) -> None:
        known = {*type(self).base_fields, *ignored} - set(without)
        self.unknown = sorted(set(data) - known)
        super().__init__({**defaults(timezone.localdate()), **_given(data)})
        people = User.objects.visible_to(user).order_by("full_name")
        scorecards = Scorecard.objects.visible_to(user)
        rows: dict[str, Any] = {
            "team": Team.objects.visible_to(user),
            "agent": people.in_role("agent"),
            "scorecard": scorecards,
            "version": ScorecardVersion.objects.filter(scorecard__in=scorecards)
            .exclude(published_at=None)
            .select_related("scorecard"),
            "evaluator": people.in_role("evaluator"),
        }
        for name, found in rows.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]
        for name in without:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        if self.unknown:
            names = ", ".join(self.unknown)
            raise forms.ValidationError(f"There is no filter named {names}. Take it out.")
        start, end = chosen.get("from_on"), chosen.get("until_on")
        if start and end and start > end:
            self.add_error("until_on", "The period ends before it starts.")
        if start and end and (end - start).days > 366 * LONGEST_YEARS:
            self.add_error("from_on", f"Choose at most {LONGEST_YEARS} years.")
        return chosen

    def outdated(self) -> list[str]:
        """Parameters that no form of this person could send now."""
        gone = [
            name
            for name, errors in self.errors.as_data().items()
            if name in self.fields and any(error.code == "invalid_choice" for error in errors)
        ]
        return [*self.unknown, *gone]

    def slice(self) -> Slice:
        chosen = self.cleaned_data
        return Slice(chosen["from_on"], chosen["until_on"], chosen)

    def in_words(self) -> list[tuple[str, str]]:
        """(label, value) of everything chosen, for documents."""
        found = []
        for bound in self:
            value = self.cleaned_data.get(bound.name)
            if value not in (None, "") and bound.name not in ("from_on", "until_on"):
                choices = (
                    dict(getattr(bound.field, "choices", ())) if isinstance(value, str) else {}
                )
                found.append((str(bound.label), str(choices.get(value, value))))
        return found


def defaults(today: date) -> dict[str, Any]:
    return {
        "from_on": (today - timedelta(days=DEFAULT_DAYS - 1)).isoformat(),
        "until_on": today.isoformat(),
        "clock": "handled",
        "grain": "week",
        "selection": "random",
        "faults": "all",
    }


def _given(data: QueryDict) -> dict[str, str]:
    return {name: str(value) for name, value in data.items() if value}
