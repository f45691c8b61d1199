"""Upload, options and column mapping of an import."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from phonenumbers import SUPPORTED_REGIONS

from crm.forms.widgets import any_of
from crm.importing.kinds import WORDS
from crm.importing.options import MATCH_KEYS, ImportOptions
from crm.models.imports import ImportRun
from crm.readers.formats import FORMATS
from lib.tabular import LIMITS


class UploadForm(forms.Form):
    file = forms.FileField(
        help_text=f"Up to {LIMITS.file_bytes // 1_000_000} MB. Nothing is imported yet.",
    )
    kind = forms.ChoiceField(
        label="What it holds",
        required=False,
        choices=lambda: any_of(list(WORDS.items()), "What the format says"),
        help_text="Tables may hold interactions, customers, organizations or states of agents.",
    )
    format = forms.ChoiceField(
        required=False,
        choices=lambda: any_of(
            [(each.name, each.label) for each in FORMATS.values()], "Find out from the content"
        ),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LIMITS.file_bytes:
            raise forms.ValidationError(
                f"The file is larger than {LIMITS.file_bytes // 1_000_000} MB. Split it into parts."
            )
        return file


MATCH_WORDS = {
    "external_id": "external id",
    "phone": "telephone number",
    "email": "e-mail address",
    "handle": "handle",
}
# Which options ask something of which kinds; the others are asked of all.
ASKED_OF = {
    "missing_agents": ("interactions", "agent_states"),
    "agent_team": ("interactions", "agent_states"),
    "missing_queues": ("interactions",),
    "missing_customers": ("interactions",),
    "match_by": ("customers",),
    "on_match": ("customers", "organizations"),
    "empty_clears": ("customers",),
}
ASKED_OF_READING = {
    "default_on": ("interactions", "agent_states"),
    "phone_region": ("interactions", "customers"),
}


class ImportOptionsForm(forms.Form):
    """What to do with names that are not known, and how to read times and texts."""

    source = forms.CharField(
        required=False,
        max_length=80,
        help_text="The system the rows come from. Empty: as the file or the format says.",
    )
    missing_agents = forms.ChoiceField(
        label="Agents who are not known",
        choices=[
            ("fail", "Refuse the row"),
            ("unlinked", "Import the row without the agent, with a flag"),
            ("create", "Make a person who cannot sign in yet"),
        ],
    )
    agent_team = forms.CharField(
        required=False,
        max_length=80,
        label="Team of new agents",
        help_text="Supervisors see only interactions of their teams.",
    )
    missing_queues = forms.ChoiceField(
        label="Queues that are not known",
        choices=[
            ("create", "Make them"),
            ("unlinked", "Import the row without the queue, with a flag"),
            ("fail", "Refuse the row"),
        ],
    )
    missing_customers = forms.ChoiceField(
        label="Customers who are not known",
        choices=[
            ("create", "Make them from external id or address"),
            ("unlinked", "Import the row without the customer, with a flag"),
        ],
    )
    match_by = forms.MultipleChoiceField(
        label="A row finds its customer by",
        required=False,
        choices=[(key, MATCH_WORDS[key]) for key in MATCH_KEYS],
        initial=list(MATCH_KEYS),
        widget=forms.CheckboxSelectMultiple,
    )
    on_match = forms.ChoiceField(
        label="Who is known already",
        required=False,
        choices=[
            ("update", "Bring in what the row says"),
            ("skip", "Leave as it is"),
            ("fail", "Refuse the row"),
        ],
    )
    empty_clears = forms.BooleanField(
        label="An empty cell empties the field",
        required=False,
        help_text="Otherwise it changes nothing. Contact points and tags are never taken away.",
    )
    zone = forms.CharField(
        required=False,
        label="Time zone",
        help_text="For times without an offset, such as Europe/Berlin. Empty: as the format says.",
    )
    encoding = forms.ChoiceField(
        required=False,
        choices=[("", "UTF-8, or UTF-16 with a mark"), ("cp1252", "Windows-1252")],
    )
    phone_region = forms.CharField(
        required=False,
        max_length=2,
        label="Country of phone numbers",
        help_text="For numbers without a country code, such as DE or US. Empty: as the center's.",
    )
    default_on = forms.DateField(
        required=False,
        label="Date of times without one",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="For files that tell clocks or nothing at all.",
    )

    def __init__(
        self, *args: Any, kind: str = "interactions", takes_date: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not takes_date:
            del self.fields["default_on"]
        if isinstance(self.initial.get("match_by"), str):
            self.initial["match_by"] = self.initial["match_by"].split()
        for name, kinds in {**ASKED_OF, **ASKED_OF_READING}.items():
            if kind not in kinds:
                self.fields.pop(name, None)

    @property
    def reading(self) -> list[forms.BoundField]:
        """How telephone numbers and times are read, as far as this file may hold some."""
        return [self[name] for name in ASKED_OF_READING if name in self.fields]

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields about who and what is known, in their order."""
        return [self[name] for name in ASKED_OF if name in self.fields]

    def clean_match_by(self) -> str:
        keys = self.cleaned_data["match_by"]
        if not keys:
            raise forms.ValidationError("Choose at least one key, so that nobody is made twice.")
        return " ".join(key for key in MATCH_KEYS if key in keys)

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"].strip()
        if zone and zone not in available_timezones():
            raise forms.ValidationError("Use a name such as Europe/Berlin or America/New_York.")
        return zone

    def clean_phone_region(self) -> str:
        region: str = self.cleaned_data["phone_region"].strip().upper()
        if region and region not in SUPPORTED_REGIONS:
            raise forms.ValidationError("Use the two letters of a country, such as DE or US.")
        return region

    def clean_default_on(self) -> str:
        day: date | None = self.cleaned_data["default_on"]
        return day.isoformat() if day else ""

    def options(self, run: ImportRun) -> ImportOptions:
        """The chosen options on top of those the run has from before."""
        chosen = {name: value for name, value in self.cleaned_data.items() if name != "source"}
        return ImportOptions.from_json({**run.options, **chosen})


class TableForm(forms.Form):
    """How the cells of a table are meant."""

    row_is = forms.ChoiceField(
        label="One row is",
        required=False,
        choices=[("interaction", "one interaction"), ("leg", "one leg of an interaction")],
    )
    date_order = forms.ChoiceField(
        choices=[
            ("ymd", "year, month, day"),
            ("dmy", "day, month, year"),
            ("mdy", "month, day, year"),
        ],
    )
    decimal = forms.ChoiceField(
        label="Decimal sign", choices=[(".", "1.5 (point)"), (",", "1,5 (comma)")]
    )
    values = forms.CharField(
        required=False,
        label="Meaning of texts",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line: outcome: ANSWERED = handled. Use “skip” to leave rows out.",
    )
    save_as = forms.CharField(
        required=False,
        max_length=120,
        label="Save this mapping as",
        help_text="To use it again for the next file.",
    )

    def clean_values(self) -> dict[str, dict[str, str]]:
        meaning: dict[str, dict[str, str]] = {}
        for number, line in enumerate(self.cleaned_data["values"].splitlines(), start=1):
            if not line.strip():
                continue
            name, colon, rest = line.partition(":")
            text, equals, meant = rest.partition("=")
            if not (colon and equals and name.strip() and meant.strip()):
                raise forms.ValidationError(
                    f"Line {number}: write field: text = meaning, such as outcome: HANG = failed."
                )
            meaning.setdefault(name.strip(), {})[text.strip()] = meant.strip()
        return meaning
