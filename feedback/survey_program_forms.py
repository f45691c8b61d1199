"""Forms of programs: what they ask whom, how often at most, a simulation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from crm.models.interactions import Channel, Direction
from feedback.deciding import QUIET_DEFAULT
from feedback.models import FrequencyRule, Program, Survey
from feedback.models.survey_programs import Attribution, RuleMode, Trigger
from feedback.questionnaire import Json
from feedback.recipients import MOST_ROWS
from routing.models import Queue

MOST_BYTES = 5_000_000
CHANNELS = [("email", "E-mail"), ("sms", "Text message")]
WEEKDAYS = [(str(i), name) for i, name in enumerate("Mon Tue Wed Thu Fri Sat Sun".split())]


class ProgramForm(forms.Form):
    name = forms.CharField(max_length=120)
    survey = forms.ModelChoiceField(Survey.objects.none())
    trigger = forms.ChoiceField(
        label="Asks when",
        choices=[c for c in Trigger.choices if c[0] in ("interaction_ended", "import", "api")],
    )
    share = forms.DecimalField(
        label="Share asked, in percent",
        min_value=0,
        max_value=100,
        initial=100,
        max_digits=7,
        decimal_places=4,
    )
    queues = forms.ModelMultipleChoiceField(
        Queue.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: all.",
    )
    after = forms.MultipleChoiceField(
        label="After",
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: all.",
    )
    directions = forms.MultipleChoiceField(
        choices=Direction.choices[:2],
        required=False,
        initial=["inbound"],
        widget=forms.CheckboxSelectMultiple,
    )
    min_handled_seconds = forms.IntegerField(
        label="Handled at least, in seconds", min_value=0, max_value=86_400, required=False
    )
    channels = forms.MultipleChoiceField(
        label="By", choices=CHANNELS, initial=["email"], widget=forms.CheckboxSelectMultiple
    )
    delay_hours = forms.DecimalField(
        label="Hours after it ended",
        min_value=0,
        max_value=240,
        initial=1,
        max_digits=5,
        decimal_places=2,
    )
    max_age_days = forms.IntegerField(
        label="Not later than days", min_value=1, max_value=30, initial=3
    )
    opens = forms.TimeField(
        label="From", initial="09:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    closes = forms.TimeField(
        label="Until", initial="19:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    weekdays = forms.MultipleChoiceField(
        choices=WEEKDAYS, initial=list("01234"), widget=forms.CheckboxSelectMultiple
    )
    holidays = forms.CharField(
        required=False, help_text="Days such as 2026-12-25, separated by blanks."
    )
    valid_days = forms.IntegerField(label="Links hold days", min_value=1, max_value=90, initial=14)
    reminder_max = forms.IntegerField(label="Reminders", min_value=0, max_value=3, initial=1)
    reminder_gap_days = forms.IntegerField(
        label="Days between", min_value=2, max_value=30, initial=3
    )
    attribution = forms.ChoiceField(label="Credit goes to", choices=Attribution.choices)
    ask_without_consent = forms.BooleanField(
        label="Ask where nobody has decided about consent", required=False, initial=True
    )

    def __init__(self, *args: Any, program: Program | None = None, **kwargs: Any) -> None:
        if program is not None and "initial" not in kwargs:
            kwargs["initial"] = program_initial(program)
        super().__init__(*args, **kwargs)
        self.fields["survey"].queryset = Survey.objects.exclude(state="archived")  # type: ignore[attr-defined]
        self.fields["queues"].queryset = Queue.objects.filter(is_active=True)  # type: ignore[attr-defined]
        if program is not None:
            for name in ("survey", "trigger"):
                del self.fields[name]

    def clean_holidays(self) -> list[str]:
        try:
            return [
                date.fromisoformat(day).isoformat() for day in self.cleaned_data["holidays"].split()
            ]
        except ValueError:
            raise forms.ValidationError("Write days such as 2026-12-25.") from None

    def clean(self) -> Json:
        data = super().clean() or {}
        if data.get("opens") and data.get("closes") and data["opens"] >= data["closes"]:
            self.add_error("closes", "Close later than you open.")
        return data

    def values(self) -> Json:
        """The fields of the program."""
        data = self.cleaned_data
        conditions: Json = {"directions": data["directions"] or ["inbound"]}
        if data["queues"]:
            conditions["queues"] = [queue.pk for queue in data["queues"]]
        if data["after"]:
            conditions["channels"] = data["after"]
        if data["min_handled_seconds"]:
            conditions["min_handled_seconds"] = data["min_handled_seconds"]
        return {
            "name": data["name"],
            "conditions": conditions,
            "strata": [
                {"name": "all", "p": str((data["share"] / 100).quantize(Decimal("0.0001")))}
            ],
            "channels": data["channels"],
            "delay_seconds": int(data["delay_hours"] * 3600),
            "max_age_seconds": data["max_age_days"] * 86_400,
            "quiet": {
                "opens": f"{data['opens']:%H:%M}",
                "closes": f"{data['closes']:%H:%M}",
                "weekdays": [int(day) for day in data["weekdays"]],
                "holidays": data["holidays"],
            },
            "valid_days": data["valid_days"],
            "reminder_max": data["reminder_max"],
            "reminder_gap_days": data["reminder_gap_days"],
            "attribution": data["attribution"],
            "ask_without_consent": data["ask_without_consent"],
        }


def program_initial(program: Program) -> Json:
    quiet = QUIET_DEFAULT | (program.quiet or {})
    share = Decimal(str(program.strata[0]["p"])) * 100 if program.strata else Decimal(100)
    conditions = program.conditions
    return {
        "name": program.name,
        "share": share.normalize(),
        "queues": conditions.get("queues", []),
        "after": conditions.get("channels", []),
        "directions": conditions.get("directions", ["inbound"]),
        "min_handled_seconds": conditions.get("min_handled_seconds"),
        "channels": program.channels,
        "delay_hours": Decimal(program.delay_seconds) / 3600,
        "max_age_days": program.max_age_seconds // 86_400,
        "opens": quiet["opens"],
        "closes": quiet["closes"],
        "weekdays": [str(day) for day in quiet["weekdays"]],
        "holidays": " ".join(quiet["holidays"]),
        "valid_days": program.valid_days,
        "reminder_max": program.reminder_max,
        "reminder_gap_days": program.reminder_gap_days,
        "attribution": program.attribution,
        "ask_without_consent": program.ask_without_consent,
    }


class FrequencyForm(forms.Form):
    max_sends = forms.IntegerField(label="At most", min_value=1, max_value=100, initial=1)
    days = forms.IntegerField(label="in days", min_value=1, max_value=730, initial=30)
    scope = forms.ChoiceField(
        choices=[("global", "All surveys"), ("program", "This program"), ("survey", "This survey")]
    )
    mode = forms.ChoiceField(label="Otherwise", choices=RuleMode.choices)
    counts_reminders = forms.BooleanField(label="Count reminders", required=False)


class RecipientsForm(forms.Form):
    """A list of people to ask; at first it is only checked."""

    file = forms.FileField(help_text=f"At most {MOST_ROWS:,} rows.")
    only_check = forms.BooleanField(label="Only check, ask nobody yet", required=False)

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB. Split it into parts.")
        return file


class SimulateForm(forms.Form):
    """Another share, another rule instead of those there are, or both; what is empty stays."""

    share = forms.DecimalField(
        label="Share, in percent",
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        required=False,
    )
    max_sends = forms.IntegerField(
        label="Messages at most", min_value=1, max_value=100, required=False
    )
    days = forms.IntegerField(label="in days", min_value=1, max_value=730, required=False)

    def clean(self) -> Json:
        data = super().clean() or {}
        if not self.errors and (data["max_sends"] is None) != (data["days"] is None):
            missing = "days" if data["days"] is None else "max_sends"
            self.add_error(missing, "Say how many messages in how many days, or leave both empty.")
        return data

    def wanted(self) -> Json:
        """What to decide with instead of what the program has."""
        share, most = self.cleaned_data["share"], self.cleaned_data["max_sends"]
        found: Json = {"share": None if share is None else share / 100, "rules": None}
        if most is not None:
            window = self.cleaned_data["days"] * 86_400
            found["rules"] = [FrequencyRule(max_sends=most, window_seconds=window)]
        return found
