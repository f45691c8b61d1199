"""The choice of what stands on the executive sheet."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from reports.executive import CHOOSABLE, CHOSEN, MOST_TILES
from reports.kinds import KINDS


class NumbersForm(forms.Form):
    """Which numbers stand on the sheet: up to eight of those that have facts by month."""

    number = forms.MultipleChoiceField(
        label="Numbers",
        help_text="Up to eight.",
        choices=[(key, KINDS[key].title) for key in CHOOSABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "There is no number %(value)s."},
    )

    @classmethod
    def of(cls, query: QueryDict) -> NumbersForm:
        """The choice of an address, or what stands on the sheet where nobody chose."""
        return cls({"number": query.getlist("number") or list(CHOSEN)})

    def clean_number(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["number"]
        if len(chosen) > MOST_TILES:
            raise forms.ValidationError(f"Choose up to {MOST_TILES} numbers.", code="too_many")
        return chosen

    @property
    def numbers(self) -> tuple[str, ...]:
        """In the order of the sheet; what is usual where the choice cannot be used."""
        chosen = self.cleaned_data.get("number", CHOSEN) if self.is_valid() else CHOSEN
        return tuple(key for key in CHOOSABLE if key in chosen)
