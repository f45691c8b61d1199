"""Two sources of the same interactions beside each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from crm import reconciling
from crm.views.common import page


class CompareForm(forms.Form):
    one = forms.ChoiceField(label="This source")
    other = forms.ChoiceField(label="and that one")
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, sources: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("one", "other"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(source, source) for source in sources]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if cleaned.get("one") and cleaned.get("one") == cleaned.get("other"):
            self.add_error("other", "Choose two sources.")
        if first and last and last < first:
            self.add_error("last", "The last day lies before the first one.")
        elif first and last and last - first >= reconciling.LONGEST:
            self.add_error("last", f"Choose at most {reconciling.LONGEST.days} days.")
        return cleaned


def import_compare(request: HttpRequest) -> HttpResponse:
    """What one source knows and the other does not, and by how much their clocks differ."""
    known = reconciling.sources()
    names = [source for source, _ in known]
    asked = request.GET if "one" in request.GET else None
    last = max((at for _, at in known), default=timezone.now())
    last_on = timezone.localdate(last)
    initial = {
        "one": names[0] if names else "",
        "other": names[1] if len(names) > 1 else "",
        "first": last_on - timedelta(days=6),
        "last": last_on,
    }
    form = CompareForm(asked, sources=names, initial=initial)
    comparison = None
    if len(names) > 1 and form.is_bound and form.is_valid():
        comparison = reconciling.compare(**form.cleaned_data)
    context = {
        "form": form,
        "sources": names,
        "comparison": comparison,
        "stray": reconciling.stray_recordings(),
        "trail": [("Imports", reverse("crm:import_list"))],
    }
    return page(request, "crm/import_compare.html", context, status=400 if form.errors else 200)
