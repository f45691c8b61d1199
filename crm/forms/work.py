"""Forms of tasks and promises."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessCalendar, Team, User
from crm import promise_dates
from crm.forms.cases import ReferenceField, colleagues_of, teams_of
from crm.models import Case, Customer, Interaction
from crm.models.cases import Priority
from crm.models.work import LONGEST_TITLE, PromiseKind, TaskKind
from lib.intervals import NeverOpen

MOMENT = {"type": "datetime-local"}


class TaskForm(forms.Form):
    title = forms.CharField(max_length=LONGEST_TITLE, label=_("What is to be done?"))
    kind = forms.ChoiceField(choices=TaskKind.choices, label=_("Kind"))
    due_at = forms.DateTimeField(label=_("Due"), widget=forms.DateTimeInput(attrs=MOMENT))
    priority = forms.ChoiceField(
        choices=Priority.choices, initial=Priority.NORMAL, label=_("Priority")
    )
    assignee = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=_("Assignee"),
        empty_label=_("Nobody: a team takes it"),
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, label=_("Team"), empty_label=_("No team")
    )
    reminder_at = forms.DateTimeField(
        required=False, label=_("Remind"), widget=forms.DateTimeInput(attrs=MOMENT)
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

    customer = ReferenceField("C", required=False, label=_("Customer"))
    case = ReferenceField("K", required=False, label=_("Case"))
    interaction = ReferenceField("I", required=False, label=_("Interaction"))

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
        label=_("What was promised?"),
        help_text=_("“call back by Friday”, “send the invoice by 2026-04-02” fill in the date."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    due_on = forms.DateField(
        required=False,
        label=pgettext_lazy("day", "By"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    due_time = forms.TimeField(
        required=False,
        label=pgettext_lazy("time", "At"),
        help_text=_("Empty is the last close of that day."),
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    calendar = forms.ModelChoiceField(
        BusinessCalendar.objects.filter(is_active=True).select_related("current"),
        required=False,
        label=_("Calendar"),
        empty_label=_("No calendar: the end of the day"),
    )
    kind = forms.ChoiceField(choices=PromiseKind.choices, label=_("Kind"))
    grace_seconds = forms.TypedChoiceField(
        label=_("Grace"),
        coerce=int,
        choices=[
            (0, _("None")),
            (900, _("15 minutes")),
            (3600, _("1 hour")),
            (14_400, _("4 hours")),
        ],
    )
    customer = ReferenceField("C", required=False, label=_("Customer"))
    case = ReferenceField("K", required=False, label=_("Case"))
    interaction = ReferenceField("I", required=False, label=_("Interaction"))

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
            self.add_error("customer", gettext("Say whom it was promised to."))
        self._read_due(cleaned)
        return cleaned

    def _read_due(self, cleaned: dict[str, Any]) -> None:
        if "due_on" in self.errors or "due_time" in self.errors or "text" in self.errors:
            return
        today = timezone.localdate()
        on = cleaned.get("due_on") or promise_dates.read_day(cleaned["text"], today)
        if on is None:
            self.add_error("due_on", gettext("Choose a day, or write “by Friday”."))
            return
        try:
            cleaned["due_at"] = due_moment(on, cleaned.get("due_time"), cleaned.get("calendar"))
        except promise_dates.ClosedOn as refusal:
            self.add_error("due_on", closed_on(refusal))
        except NeverOpen:
            self.add_error("calendar", gettext("This calendar is not open before that day."))


def closed_on(refusal: promise_dates.ClosedOn) -> str:
    """That the calendar is closed then, and the close before it."""
    return gettext("{day} is closed. Use {moment}?").format(
        day=date_format(refusal.on, "l j M"), moment=date_format(refusal.offer, "l j M H:i")
    )


def due_moment(on: date, at: time | None, calendar: BusinessCalendar | None) -> datetime:
    """A time is meant in the reader's zone, a day alone as the calendar's last close."""
    if at is not None:
        return timezone.make_aware(datetime.combine(on, at))
    if calendar is not None:
        return promise_dates.due_on(calendar.hours, on)
    return timezone.make_aware(datetime.combine(on, time(23, 59)))
