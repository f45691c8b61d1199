"""Forms of surveys themselves: create, settings, open links, remarks."""

from __future__ import annotations

from django import forms

from feedback import survey_templates
from feedback.models import Survey
from feedback.models.surveys import Anonymity


class SurveyCreateForm(forms.Form):
    template = forms.ChoiceField(
        label="Begin with",
        choices=[(code, one.name) for code, one in survey_templates.TEMPLATES.items()],
        widget=forms.RadioSelect,
        initial="csat",
    )
    name = forms.CharField(max_length=120)
    code = forms.SlugField(
        max_length=40,
        help_text="In addresses and exports: lower-case letters, digits, underscores.",
    )


class SurveySettingsForm(forms.ModelForm):
    class Meta:
        model = Survey
        fields = (
            *("name", "topic", "anonymity", "default_language", "closes_at", "response_cap"),
            *("retention_days", "disclosure_k", "min_n", "target_percent"),
        )
        widgets = {
            "closes_at": forms.DateTimeInput(attrs={"type": "datetime-local"}),
            "anonymity": forms.RadioSelect,
        }
        labels = {
            "closes_at": "Ends",
            "response_cap": "Most answers",
            "retention_days": "Keep texts for days",
            "disclosure_k": "Smallest cell shown",
            "min_n": "Answers before a figure is judged",
            "target_percent": "Target",
        }

    anonymity = forms.ChoiceField(
        choices=Anonymity.choices,
        widget=forms.RadioSelect,
        help_text="Fixed once somebody was asked.",
    )


class CollectorForm(forms.Form):
    name = forms.CharField(label="Where it is used", max_length=80)
    kind = forms.ChoiceField(choices=[("link", "Link"), ("qr", "QR code")])
    pin = forms.CharField(
        label="Code", max_length=20, required=False, help_text="Empty: none is asked for."
    )
    daily_cap = forms.IntegerField(
        label="Most answers a day", min_value=1, max_value=100_000, initial=500
    )


class AnnotationForm(forms.Form):
    on_date = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(max_length=120)
