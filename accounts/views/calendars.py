"""Business calendars: the week, the days that differ, and the next fourteen days."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import hours
from accounts.actions import calendars as actions
from accounts.calendar_forms import CalendarForm, initial_of
from accounts.models import BusinessCalendar
from accounts.permissions import has
from accounts.views.common import signed_in
from lib import panels
from lib.refusals import Invalid, Stale

FORM = "accounts/calendar_form.html"
DAY = 86_400


def calendar_list(request: HttpRequest) -> HttpResponse:
    """Every calendar with whether it is open now."""
    at = timezone.now()
    rows = BusinessCalendar.objects.select_related("current")
    context = {"calendars": [(row, hours.is_open(row.hours, at)) for row in rows]}
    return render(request, "accounts/calendar_list.html", context)


def calendar_new(request: HttpRequest) -> HttpResponse:
    form = CalendarForm(
        request.POST or None, initial={"time_zone": timezone.get_default_timezone_name()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_calendar(
                name=form.cleaned_data["name"],
                told=form.told(),
                by=signed_in(request),
                at=timezone.now(),
            )
            return redirect(made)
        except Invalid as refusal:
            form.add_error(form.place_of(refusal.field), str(refusal))
    return render(request, FORM, _context(form), status=422 if form.is_bound else 200)


def calendar_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The hours with the next fourteen days, to change: saving makes the next version."""
    rows = BusinessCalendar.objects.select_related("current__calendar")
    calendar = get_object_or_404(rows, pk=pk)
    assert calendar.current is not None
    form = CalendarForm(request.POST or None, initial=initial_of(calendar.current))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_calendar(
                calendar=calendar,
                told=form.told(),
                version=form.cleaned_data["version"] or 0,
                by=signed_in(request),
                at=timezone.now(),
            )
            return redirect(calendar)
        except Invalid as refusal:
            form.add_error(form.place_of(refusal.field), str(refusal))
        except Stale as refusal:
            form.add_error(None, str(refusal))
            status = 409
    user = signed_in(request)
    shown = [panel for panel in panels.panels_for("calendar.side") if has(user, panel.verb)]
    context = _context(form) | {
        "calendar": calendar,
        "days": preview_rows(calendar),
        "versions": list(calendar.versions.select_related("made_by")[:20]),
        "panels": shown,
    }
    return render(request, FORM, context, status=status)


def preview_rows(calendar: BusinessCalendar) -> list[tuple[hours.PreviewDay, SafeString]]:
    """The next days, each with a strip of its open hours."""
    version = calendar.current
    assert version is not None
    first = timezone.localdate()
    labels = hours.labels_of(version.exceptions, first, hours.PREVIEW_DAYS)
    return [(day, strip(day)) for day in hours.preview(version.hours, labels, first)]


def strip(day: hours.PreviewDay) -> SafeString:
    """A day from midnight to midnight of the calendar's zone; what is open is filled."""
    length = DAY + day.change_seconds
    bars = format_html_join(
        "",
        '<rect class="open" x="{}" y="2" width="{}" height="10"/>',
        (
            (
                round((opens - day.starts_at).total_seconds() / length * 240, 1),
                round((closes - opens).total_seconds() / length * 240, 1),
            )
            for opens, closes in day.spans
        ),
    )
    return format_html(
        '<svg class="open-hours" viewBox="0 0 240 14" preserveAspectRatio="none"'
        ' aria-hidden="true">'
        '<rect class="closed" x="0" y="2" width="240" height="10"/>{}</svg>',
        bars,
    )


def _context(form: CalendarForm) -> dict[str, Any]:
    return {
        "form": form,
        "trail": [("Calendars", reverse("accounts:calendar_list"))],
        "zones": sorted(available_timezones()),
    }
