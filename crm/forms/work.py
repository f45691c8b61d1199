"""Forms of tasks and promises."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import BusinessCalendar, Team, User
from crm import promise_dates
from crm.forms.cases import ReferenceField, colleagues_of, teams_of
from crm.models import Case, Customer, Interaction
from crm.models.cases import Priority
from crm.models.work import LONGEST_TITLE, PromiseKind, TaskKind
from lib.intervals import NeverOpen

MOMENT = {"type": "datetime-local"}


class TaskForm(forms.Form):
    title = forms.CharField(max_length=LONGEST_TITLE, label="What is to be done?")
    kind = forms.ChoiceField(choices=TaskKind.choices)
    due_at = forms.DateTimeField(label="Due", widget=forms.DateTimeInput(attrs=MOMENT))
    priority = forms.ChoiceField(choices=Priority.choices, initial=Priority.NORMAL)
    assignee = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody: a team takes it"
    )
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="No team")
    reminder_at = forms.DateTimeField(
        required=False, label="Remind", widget=forms.DateTimeInput(attrs=MOMENT)
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("assignee", colleagues_of(user)), ("team", teams_of(user))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        for name in ("due_at", "reminder_at"):
            widget = self.fields[name].widget
            assert isinstance(widget, forms.DateTimeInput)
            widget.format = "%Y-%m-%dT%H:%M"


class NewTaskForm(TaskForm):
    """A task may be about a customer, a case or an interaction."""

    customer = ReferenceField("C", required=False)
    case = ReferenceField("K", required=False)
    interaction = ReferenceField("I", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        rows = {
            "customer": Customer.objects.visible_to(user).active(),
            "case": Case.objects.visible_to(user),
            "interaction": Interaction.objects.visible_to(user),
        }
        for name, found in rows.items():
            field = self.fields[name]
            assert isinstance(field, ReferenceField)
            field.rows = found


class PromiseForm(forms.Form):
    """“Call back by Fri” is enough; a date means the last close of that date."""

    text = forms.CharField(
        max_length=300,
        label="What was promised?",
        help_text="“call back by Friday”, “send the invoice by 2026-04-02” fill in the date.",
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    due_on = forms.DateField(
        required=False, label="By", widget=forms.DateInput(attrs={"type": "date"})
    )
    due_time = forms.TimeField(
        required=False,
        label="At",
        help_text="Empty is the last close of that day.",
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    calendar = forms.ModelChoiceField(
        BusinessCalendar.objects.filter(is_active=True).select_related("current"),
        required=False,
        empty_label="No calendar: the end of the day",
    )
    kind = forms.ChoiceField(choices=PromiseKind.choices)
    grace_seconds = forms.TypedChoiceField(
        label="Grace",
        coerce=int,
        choices=[(0, "None"), (900, "15 minutes"), (3600, "1 hour"), (14_400, "4 hours")],
    )
    customer = ReferenceField("C", required=False)
    case = ReferenceField("K", required=False)
    interaction = ReferenceField("I", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {
            "customer": Customer.objects.visible_to(user).active(),
            "case": Case.objects.visible_to(user).select_related("customer"),
            "interaction": Interaction.objects.visible_to(user).select_related("customer"),
        }
        for name, found in rows.items():
            field = self.fields[name]
            assert isinstance(field, ReferenceField)
            field.rows = found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("customer"):
            about = cleaned.get("case") or cleaned.get("interaction")
            cleaned["customer"] = about.customer if about else None
        if cleaned["customer"] is None and "customer" not in self.errors:
            self.add_error("customer", "Say whom it was promised to.")
        self._read_due(cleaned)
        return cleaned

    def _read_due(self, cleaned: dict[str, Any]) -> None:
        if "due_on" in self.errors or "due_time" in self.errors or "text" in self.errors:
            return
        today = timezone.localdate()
        on = cleaned.get("due_on") or promise_dates.read_day(cleaned["text"], today)
        if on is None:
            self.add_error("due_on", "Choose a day, or write “by Friday”.")
            return
        try:
            cleaned["due_at"] = due_moment(on, cleaned.get("due_time"), cleaned.get("calendar"))
        except promise_dates.ClosedOn as refusal:
            self.add_error("due_on", str(refusal))
        except NeverOpen:
            self.add_error("calendar", "This calendar is not open before that day.")


def due_moment(on: date, at: time | None, calendar: BusinessCalendar | None) -> datetime:
    """A time is meant in the reader's zone, a day alone as the calendar's last close."""
    if at is not None:
        return timezone.make_aware(datetime.combine(on, at))
    if calendar is not None:
        return promise_dates.due_on(calendar.hours, on)
    return timezone.make_aware(datetime.combine(on, time(23, 59)))
