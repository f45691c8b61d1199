"""The form of a new API token."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from django import forms
from django.db.models import Q

from accounts.forms import choose
from accounts.models import User, UserKind
from accounts.permissions import policy

MOST_NETWORKS = 20
LIVES = ((30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "One year"))


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What the program is, so that you know it.")
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label="Acts as",
        empty_label=None,
        help_text="The token may never do more than this account may. Service accounts are made "
        "under Admin, Users.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        help_text="Only what the program needs.",
    )
    life = forms.TypedChoiceField(coerce=int, choices=LIVES, initial=90, label="Valid for")
    networks = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, such as 203.0.113.0/24. Empty: from anywhere.",
    )

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.active().filter(Q(kind=UserKind.SERVICE) | Q(pk=reader.pk))
        owner.initial = reader.pk
        choose(self.fields["scopes"], [(scope, scope) for scope in policy().scopes])

    def clean_networks(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["networks"].split() if line.strip()]
        if len(lines) > MOST_NETWORKS:
            raise forms.ValidationError(f"Name at most {MOST_NETWORKS} networks.")
        try:
            return [str(ip_network(line)) for line in lines]
        except ValueError as bad:
            raise forms.ValidationError(f"{bad}. Write a network as 203.0.113.0/24.") from None

    def token_values(self, now: datetime) -> dict[str, Any]:
        """The arguments of `issue_token`."""
        values = dict(self.cleaned_data)
        days = values.pop("life")
        return values | {"expires_at": now + timedelta(days=days)}
