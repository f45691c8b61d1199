"""Forms of coaching."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from quality.models import Scorecard
from training.forms.remediation import criterion_choices
from training.models import AgendaTemplate, CoachingSession, Course
from training.models.coaching import Metric, SessionKind
from training.places import Place, place_in

DAY = {"type": "date"}
MOMENT = {"type": "datetime-local"}
TIME = {"type": "time"}


class PlanForm(forms.Form):
    agents = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Each gets a session of their own and learns of no other.",
    )
    kind = forms.ChoiceField(choices=SessionKind.choices)
    starts_at = forms.DateTimeField(
        label="When", widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M")
    )
    minutes = forms.IntegerField(min_value=5, max_value=240, initial=30)
    text = forms.CharField(
        required=False, max_length=500, label="What it is about", widget=forms.TextInput()
    )
    template = forms.ModelChoiceField(
        AgendaTemplate.objects.none(),
        required=False,
        label="Agenda",
        empty_label="Begin with an empty one",
    )
    co_coaches = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, label="Co-coaches"
    )

    def __init__(self, *args: Any, agents: Q, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = AgendaTemplate.objects.active()  # type: ignore[attr-defined]
        people = User.objects.active().filter(kind="person")
        mine = people.filter(agents).in_role("agent").exclude(pk=by.pk)
        self.fields["agents"].queryset = mine.distinct()  # type: ignore[attr-defined]
        helpers = people.filter(groups__name__in=["supervisor", "trainer"]).exclude(pk=by.pk)
        self.fields["co_coaches"].queryset = helpers.distinct()  # type: ignore[attr-defined]


class AgendaTemplateForm(forms.Form):
    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    lines = forms.CharField(
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One line of the agenda below the other, up to 20.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)


class AgendaForm(forms.Form):
    text = forms.CharField(max_length=500, label=_("New line of the agenda"))


class PlaceForm(forms.Form):
    place = forms.CharField(
        max_length=500,
        label=_("Interaction, turn or second"),
        help_text=_("Its reference, or the address that a click on a turn’s time gives."),
    )

    def clean_place(self) -> Place:
        found = place_in(self.cleaned_data["place"])
        if found is None:
            told = _("Write a reference such as I-0000012, or paste an address.")
            raise forms.ValidationError(told)
        return found


class NoteForm(forms.Form):
    body = forms.CharField(
        required=False, max_length=10_000, label=_("Note"), widget=forms.Textarea(attrs={"rows": 5})
    )
    is_private = forms.BooleanField(required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ActionForm(forms.Form):
    """Something measurable; its baseline is computed when it is saved."""

    text = forms.CharField(min_length=10, max_length=500, label=_("What will be different"))
    metric = forms.ChoiceField(choices=Metric.choices, label=_("Measured by"))
    scorecard = forms.ModelChoiceField(
        Scorecard.objects.none(), required=False, label=_("Scorecard, for a mean score")
    )
    criterion_key = forms.ChoiceField(required=False, label=_("Criterion, for failures"))
    course = forms.ModelChoiceField(
        Course.objects.none(), required=False, label=_("Course, to be completed")
    )
    target = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        label=_("Target in percent"),
        help_text=_("100 for a course. Fewer failures are better, higher scores are better."),
    )
    due_on = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs=DAY))
    minimum_n = forms.IntegerField(
        min_value=3, max_value=50, initial=5, label=_("Evaluations needed to tell")
    )
    is_mine = forms.BooleanField(required=False, label=_("I do this as the coach"))
    starts_from_zero = forms.BooleanField(required=False, label=_("Start from zero"))
    is_sure = forms.BooleanField(required=False, label=_("I know, keep it as it is"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cards = Scorecard.objects.filter(current_version__isnull=False)
        self.fields["scorecard"].queryset = cards  # type: ignore[attr-defined]
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]
        choices = [("", "---------"), *criterion_choices()]
        self.fields["criterion_key"].choices = choices  # type: ignore[attr-defined]
        for name in ("scorecard", "course"):  # Asked once: the form stands below every line.
            field: Any = self.fields[name]
            field.choices = list(field.choices)


class AnswerForm(forms.Form):
    comment = forms.CharField(
        required=False,
        max_length=4000,
        label=_("Your words"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    rating = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=_("How useful was it?"),
        choices=(
            ("", _("No answer")),
            *((n, format_lazy(_("{n} of 5"), n=n)) for n in range(5, 0, -1)),
        ),
        help_text=_("Your coach only ever sees means of five and more ratings."),
    )


class MomentForm(forms.Form):
    starts_at = forms.DateTimeField(widget=forms.DateTimeInput(attrs=MOMENT))


class ViewerForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"))
    reason = forms.CharField(max_length=500, label=_("Reason"))

    def __init__(self, *args: Any, session: CoachingSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leaders = User.objects.active().filter(
            groups__name__in=["supervisor", "trainer", "evaluator"]
        )
        people = leaders.exclude(pk__in=[session.coach_id, session.agent_id]).distinct()
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class ProgramForm(forms.Form):
    agents = forms.ModelMultipleChoiceField(
        User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    kind = forms.ChoiceField(choices=SessionKind.choices)
    every_weeks = forms.IntegerField(
        required=False, min_value=1, max_value=26, label="Every so many weeks"
    )
    monthly_day = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=31,
        label="Or monthly on the day",
        help_text="A month without the day takes its last.",
    )
    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs=DAY))
    local_time = forms.TimeField(label="At", widget=forms.TimeInput(attrs=TIME))
    minutes = forms.IntegerField(min_value=5, max_value=240, initial=30)
    until_on = forms.DateField(required=False, label="Until", widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, agents: Q, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = User.objects.active().filter(agents).in_role("agent").exclude(pk=by.pk)
        self.fields["agents"].queryset = mine.distinct()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if bool(given.get("every_weeks")) == bool(given.get("monthly_day")):
            self.add_error("every_weeks", "Choose weeks or a day of the month.")
        return given | {"zone": settings.TIME_ZONE}
