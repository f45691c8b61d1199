"""Forms of quality's pages; they validate and hand over cleaned data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from accounts.models import Team, User
from crm.models.interactions import Channel
from quality.models import Scorecard
from quality.models.evaluations import EvaluationState, Outcome, Purpose, Selection
from quality.models.scorecards import BoundDirection
from quality.passport.reading import MOST_BYTES
from routing.models import Queue


def any_of(choices: Any, empty: str) -> list[tuple[str, str]]:
    return [("", empty), *choices]


class OfferFilters(forms.Form):
    """What the list of interactions to evaluate is narrowed by."""

    scorecard = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    channel = forms.ChoiceField(choices=any_of(Channel.choices, "Any channel"), required=False)
    queue = forms.ModelChoiceField(Queue.objects.all(), required=False, empty_label="Any queue")
    agent = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Any agent")
    from_on = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    until_on = forms.DateField(
        required=False, label="Until", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, scorecards: list[Scorecard], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(scorecard.pk, scorecard.name) for scorecard in scorecards]
        self.fields["scorecard"].choices = names  # type: ignore[attr-defined]
        people = User.objects.visible_to(user).in_role("agent").exclude(pk=user.pk)
        self.fields["agent"].queryset = people.order_by("full_name")  # type: ignore[attr-defined]


class StartForm(forms.Form):
    """Take one leg by hand."""

    scorecard = forms.ModelChoiceField(Scorecard.objects.none(), empty_label=None)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        min_length=10,
        label="Why this one?",
        help_text="Results picked by hand are marked and stay out of averages.",
    )

    def __init__(self, *args: Any, scorecards: list[Scorecard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [scorecard.pk for scorecard in scorecards]
        self.fields["scorecard"].queryset = Scorecard.objects.filter(pk__in=ids)  # type: ignore[attr-defined]


class EvaluationFilters(forms.Form):
    """What the list of evaluations is narrowed by; unknown names are refused by the view."""

    scorecard = forms.ModelChoiceField(
        Scorecard.objects.none(), required=False, empty_label="Any scorecard"
    )
    state = forms.ChoiceField(choices=any_of(EvaluationState.choices, "Any state"), required=False)
    outcome = forms.ChoiceField(choices=any_of(Outcome.choices, "Any outcome"), required=False)
    team = forms.ModelChoiceField(Team.objects.all(), required=False, empty_label="Any team")
    agent = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Any agent")
    evaluator = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Any evaluator"
    )
    selection = forms.ChoiceField(
        choices=any_of(Selection.choices, "Any selection"), required=False
    )
    purpose = forms.ChoiceField(choices=any_of(Purpose.choices, "Any purpose"), required=False)
    acknowledged = forms.ChoiceField(
        choices=any_of(
            [("yes", "Acknowledged"), ("no", "Not acknowledged"), ("overdue", "Overdue")],
            "Acknowledged or not",
        ),
        required=False,
    )
    from_on = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    until_on = forms.DateField(
        required=False, label="Until", widget=forms.DateInput(attrs={"type": "date"})
    )
    failed = forms.CharField(
        required=False, max_length=40, label="Failed criterion", widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: QuerySet[User] = User.objects.visible_to(user).order_by("full_name")
        self.fields["scorecard"].queryset = Scorecard.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["agent"].queryset = people.in_role("agent")  # type: ignore[attr-defined]
        self.fields["evaluator"].queryset = people.in_role("evaluator")  # type: ignore[attr-defined]


class ScorecardForm(forms.Form):
    """A new scorecard: its name and what it is for."""

    name = forms.CharField(max_length=200)
    channels = forms.MultipleChoiceField(
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every channel.",
    )
    direction = forms.ChoiceField(choices=BoundDirection.choices, initial=BoundDirection.ANY)


class BindingForm(forms.Form):
    """Which interactions a scorecard is for, and whose people see it."""

    channels = forms.MultipleChoiceField(
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every channel.",
    )
    direction = forms.ChoiceField(choices=BoundDirection.choices)
    queues = forms.ModelMultipleChoiceField(
        Queue.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every queue.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every team.",
    )
    needs_qualification = forms.BooleanField(
        required=False,
        label="Qualified evaluators only",
        help_text="Who scores with it needs a valid qualification from the evaluators' training.",
    )


class ReasonForm(forms.Form):
    """Why an act is needed that others will ask about."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), min_length=10, max_length=1000
    )


class PublishForm(forms.Form):
    change_note = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        label="What changed, and why?",
        help_text="Everyone who is scored with this version can read it.",
    )
    impact_skip_reason = forms.CharField(
        max_length=500,
        required=False,
        label="Why without a simulation?",
        help_text="Needed only where 20 or more evaluations were made with the version in force.",
    )


class FormUpload(forms.Form):
    """A form of another system, or of another Attune."""

    file = forms.FileField(
        label="File",
        help_text="JSON of Attune, Amazon Connect or Genesys Cloud, up to 2 MB. "
        "You see what would be lost before anything is stored.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 2 MB. Export one form at a time.")
        return file


class ResultsUpload(FormUpload):
    """Results of the old system, to be scored again here."""

    file = forms.FileField(
        label="Results of the old system",
        help_text="JSON with a list “results”: id, form, score_percent, answers, and criteria in "
        "percent where they are known. Up to 2 MB.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )


class ImportForm(forms.Form):
    """The reviewed form travels with the page, so that nothing is stored before it is wanted."""

    name = forms.CharField(max_length=200, label="Name of the new scorecard")
    file_name = forms.CharField(max_length=255, widget=forms.HiddenInput)
    content = forms.CharField(max_length=MOST_BYTES, strip=False, widget=forms.HiddenInput)
