"""The form of a business calendar: a line of spans for each weekday, a line for each exception."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from accounts import hours
from accounts.actions.calendars import Hours
from accounts.models import CalendarVersion

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPANS = re.compile(r"^[\d:.,;\s–—-]+$")


class CalendarForm(forms.Form):
    name = forms.CharField(max_length=80)
    time_zone = forms.CharField(
        max_length=64,
        label="Time zone",
        help_text="As Europe/Berlin or America/New_York.",
        widget=forms.TextInput(attrs={"list": "zones"}),
    )
    exceptions = forms.CharField(
        required=False,
        label="Days that differ",
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=(
            "One a line: 2026-04-03 Good Friday is closed, 2026-12-24 09:00-12:00 Christmas Eve is "
            "open then, 2026-12-25 yearly Christmas is closed every year. Lists can be pasted."
        ),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in enumerate(WEEKDAYS):
            self.fields[f"day-{day}"] = forms.CharField(
                required=False,
                max_length=200,
                label=name,
                widget=forms.TextInput(attrs={"placeholder": "closed"}),
            )
        if "version" in self.initial:
            self.fields["name"].disabled = True

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day-{day}"] for day in range(7)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        week = {}
        for day in range(7):
            try:
                week[str(day)] = hours.read_spans(cleaned.get(f"day-{day}", ""))
            except ValueError as error:
                self.add_error(f"day-{day}", str(error))
        exceptions = []
        for line in cleaned.get("exceptions", "").splitlines():
            if not line.strip():
                continue
            try:
                exceptions.append(read_exception(line))
            except ValueError as error:
                self.add_error("exceptions", f"{line.strip()}: {error}")
        cleaned["week"] = hours.split_over_midnight(week)
        cleaned["read_exceptions"] = exceptions
        return cleaned

    def told(self) -> Hours:
        """What was typed, for the verbs; the form is valid."""
        chosen = self.cleaned_data
        return Hours(chosen["time_zone"], chosen["week"], chosen["read_exceptions"])

    def place_of(self, name: str) -> str:
        """The field that a refusal of the verb belongs to."""
        if name in ("name", "time_zone"):
            return name
        return f"day-{name}" if name.isdigit() else "exceptions"


def read_exception(line: str) -> dict[str, Any]:
    """“2026-12-24 09:00-12:00 Christmas Eve” as it is stored; raises ValueError with a sentence."""
    first, _, rest = line.strip().partition(" ")
    try:
        on = date.fromisoformat(first.rstrip(",;\t"))
    except ValueError:
        raise ValueError("begin with a date such as 2026-04-03.") from None
    words = rest.split()
    yearly = bool(words) and words[0].casefold() == "yearly"
    words = words[1:] if yearly else words
    spans: list[str] = []
    while words and _SPANS.match(words[0]):
        spans.append(words.pop(0))
    return {
        "date": on.isoformat(),
        "label": " ".join(words)[:80],
        "spans": hours.read_spans(" ".join(spans)) if spans else [],
        "yearly": yearly,
    }


def initial_of(version: CalendarVersion) -> dict[str, Any]:
    """A stored version as the form shows it."""
    told: dict[str, Any] = {
        "name": version.calendar.name,
        "time_zone": version.time_zone,
        "exceptions": exceptions_in_words(version.exceptions),
        "version": version.number,
    }
    for day in range(7):
        told[f"day-{day}"] = hours.in_words(version.week.get(str(day), []))
    return told


def exceptions_in_words(exceptions: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for one in exceptions:
        parts = [one["date"], "yearly" if one.get("yearly") else ""]
        parts += [hours.in_words(one["spans"]).replace(", ", ","), one.get("label", "")]
        lines.append(" ".join(part for part in parts if part))
    return "\n".join(lines)
