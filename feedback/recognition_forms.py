"""Forms of recognition; they validate shape, the verbs decide."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User
from feedback.models import Budget, CompanyValue, Reward
from feedback.models.badges import FACT_FIELDS, FactKind, RuleMode
from feedback.models.kudos import MOST_MESSAGE, Visibility
from feedback.rule_words import FIELD_WORDS, OPERATOR_WORDS
from lib.http import number_in
from ops import uploads

MOST_PICTURE_BYTES = 500_000


def colleagues(person: User) -> Any:
    return User.objects.filter(is_active=True, kind="person").exclude(pk=person.pk)


class KudosForm(forms.Form):
    """Whom to thank, for what, and whether with points."""

    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Who"),
        help_text=_("1 to 10 people; hold Ctrl or Cmd to choose several."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    values = forms.ModelMultipleChoiceField(
        CompanyValue.objects.none(), label=_("For"), widget=forms.CheckboxSelectMultiple
    )
    message = forms.CharField(
        label=_("In your words"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": MOST_MESSAGE}),
        help_text=_(
            "What did they do, and what did it change? 20 to 500 characters; leave out customer "
            "contact data."
        ),
    )
    points_each = forms.IntegerField(label=_("Points for each"), min_value=0, initial=0)
    visibility = forms.ChoiceField(
        label=_("Who may see it"), choices=Visibility, initial=Visibility.PUBLIC
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("key", uuid4().hex)
        super().__init__(*args, **kwargs)
        field = self.fields["recipients"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = colleagues(person).order_by("full_name")
        values = self.fields["values"]
        assert isinstance(values, forms.ModelMultipleChoiceField)
        values.queryset = CompanyValue.objects.filter(is_active=True)


class RewardForm(forms.ModelForm):
    """A reward with its picture, which is checked here and made anew when it is stored."""

    picture = forms.FileField(
        required=False, help_text="jpg, png or webp of up to 500 kB; it is encoded anew."
    )
    remove_picture = forms.BooleanField(required=False)

    class Meta:
        model = Reward
        fields = "__all__"  # noqa: DJ007 - The admin leaves out what nobody edits.

    def clean_picture(self) -> Any:
        upload = self.cleaned_data["picture"]
        if not upload:
            return None
        if (upload.size or 0) > MOST_PICTURE_BYTES:
            raise forms.ValidationError("This picture is larger than 500 kB.")
        try:
            media_type = uploads.check(upload, media_types=uploads.IMAGES)
            uploads.redrawn(upload, uploads.IMAGES[media_type])
        except uploads.BadUpload as refusal:
            raise forms.ValidationError(str(refusal)) from None
        upload.seek(0)
        return upload


class WallFilters(forms.Form):
    value = forms.ModelChoiceField(
        CompanyValue.objects.all(), label=_("Value"), required=False, empty_label=_("Any value")
    )
    team = forms.ModelChoiceField(
        Team.objects.all(), label=_("Team"), required=False, empty_label=_("Any team")
    )
    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("full_name"),
        label=_("Person"),
        required=False,
        empty_label=_("Anybody"),
    )


class GrantForm(forms.Form):
    """Points of a budget for people."""

    budget = forms.ModelChoiceField(Budget.objects.none(), empty_label=None)
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Who", widget=forms.SelectMultiple(attrs={"size": 8})
    )
    points = forms.IntegerField(
        label="Points for each",
        min_value=1,
        help_text="Up to 200 by your own hand; more waits for a second person.",
    )
    reason = forms.CharField(
        max_length=500, help_text="The people read it.", widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, person: User, budgets: list[Budget], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        budget, people = self.fields["budget"], self.fields["recipients"]
        assert isinstance(budget, forms.ModelChoiceField)
        assert isinstance(people, forms.ModelMultipleChoiceField)
        budget.queryset = Budget.objects.filter(pk__in=[one.pk for one in budgets])
        people.queryset = colleagues(person).order_by("full_name")


class BudgetForm(forms.ModelForm):
    class Meta:
        model = Budget
        fields = ("team", "starts_on", "ends_on", "points", "mode", "warn_percent")
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}),
            "ends_on": forms.DateInput(attrs={"type": "date"}),
        }


class NominationForm(forms.Form):
    nominee = forms.ModelChoiceField(
        User.objects.none(), label=_("Nominee"), empty_label=_("Choose a colleague")
    )
    statement = forms.CharField(
        label=_("Why"),
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": 2000}),
        help_text=_("50 to 2,000 characters: what happened, and why it deserves this award."),
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["nominee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues(person).order_by("full_name")


class GiveBadgeForm(forms.Form):
    agent = forms.ModelChoiceField(
        User.objects.none(),
        label=pgettext_lazy("person", "To"),
        empty_label=_("Choose a colleague"),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agent"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues(person).order_by("full_name")


_FIELDS = [
    (kind.label, [(f"{kind.value}.{name}", FIELD_WORDS[name]) for name in FACT_FIELDS[kind]])
    for kind in FactKind
]


class RuleForm(forms.Form):
    """How a badge is earned, read as a sentence; up to three conditions."""

    mode = forms.ChoiceField(label=_("Mode"), choices=RuleMode, initial=RuleMode.COUNT)
    k = forms.IntegerField(label=_("How many"), min_value=1, max_value=1000, initial=3)
    fact_kind = forms.ChoiceField(label=_("Of"), choices=FactKind)
    window_days = forms.IntegerField(
        label=_("Within days"),
        min_value=1,
        max_value=1000,
        required=False,
        initial=30,
        help_text=_("Empty: within the calendar month. A streak needs none."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in (1, 2, 3):
            self.fields[f"field_{number}"] = forms.ChoiceField(
                label=_("Condition {number}").format(number=number),
                choices=[("", "–"), *_FIELDS],
                required=False,
            )
            self.fields[f"operator_{number}"] = forms.ChoiceField(
                label=pgettext_lazy("comparison", "is"),
                choices=list(OPERATOR_WORDS.items()),
                required=False,
            )
            self.fields[f"value_{number}"] = forms.CharField(
                label=pgettext_lazy("fact", "value"), required=False, max_length=100
            )

    def conditions(self) -> list[dict[str, Any]]:
        """The filled conditions, values typed as their fields are; the rest stays text."""
        found = []
        for number in (1, 2, 3):
            place = self.cleaned_data.get(f"field_{number}", "")
            if place:
                kind, _dot, name = place.partition(".")
                given = self.cleaned_data.get(f"value_{number}", "")
                operator = self.cleaned_data.get(f"operator_{number}") or "eq"
                values = [typed(kind, name, part) for part in given.split(",")]
                value = values if operator == "in" else values[0]
                found.append({"field": name, "operator": operator, "value": value})
        return found


def typed(kind: str, name: str, text: str) -> Any:
    """The text as the type of the fact's field; unreadable text stays as it is."""
    wanted = FACT_FIELDS.get(kind, {}).get(name, str)
    text = text.strip()
    if wanted is bool:
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    try:
        return wanted(text) if wanted in (int, float) else text
    except ValueError:
        return text


class PreferencesForm(forms.Form):
    """What others see and what the person is told."""

    by_mail = forms.BooleanField(
        label=_("Mail me about thanks, badges and rewards"), required=False
    )
    is_hidden = forms.BooleanField(label=_("Leave my name off every board"), required=False)
    alias = forms.CharField(
        label=_("Name on boards"),
        max_length=40,
        required=False,
        help_text=_("Empty: your own name."),
    )
    birthday = forms.CharField(
        label=_("Birthday"),
        required=False,
        max_length=5,
        help_text=_("Day and month as 31-12. Empty: it is not kept, and nobody congratulates."),
    )

    def clean_birthday(self) -> tuple[int, int] | None:
        text = self.cleaned_data["birthday"].strip()
        if not text:
            return None
        day, _dash, month = (number_in(part) for part in text.partition("-"))
        longest = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
        if not (day and 1 <= month <= 12):
            raise forms.ValidationError(_("Write day and month as 31-12."))
        if not 1 <= day <= longest[month - 1]:
            raise forms.ValidationError(_("There is no such day."))
        return day, month
