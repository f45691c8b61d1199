"""The form of a webhook endpoint."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from lib import outgoing
from ops import outbox


class EndpointForm(forms.Form):
    url = forms.CharField(
        max_length=500,
        label="Address",
        widget=forms.URLInput(attrs={"placeholder": ""}),
        help_text="It begins with https:// and is on the public internet.",
    )
    description = forms.CharField(
        max_length=200, required=False, help_text="What listens there, so that you know it."
    )
    events = forms.MultipleChoiceField(
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        help_text="What it is told. Payloads hold ids and states, nobody's words.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events = self.fields["events"]
        assert isinstance(events, forms.MultipleChoiceField)
        events.choices = [(name, name) for name, _ in outbox.catalog()]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            outgoing.check_url(url, is_port_free=bool(settings.WEBHOOK_NETWORKS))
        except outgoing.BadUrl as bad:
            raise forms.ValidationError(str(bad)) from None
        return url

    def endpoint_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("url", "description", "events")}


class VersionForm(forms.Form):
    """What a button says about the record it acts on."""

    version = forms.IntegerField(widget=forms.HiddenInput)
