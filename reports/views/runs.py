"""Ordered reports and their schedules."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from lib import keyset
from lib.answers import must, page_refusals
from lib.refusals import Invalid
from lib.speaking import spoken
from ops import files
from reports import access, periods
from reports.actions import runs as actions
from reports.actions import schedules
from reports.models import ReportRun, ReportSchedule
from reports.models.outputs import ItemState, ReportKind, RunState, ScheduleState
from reports.months import month_query
from reports.printing import JOINED
from reports.rollups.marking import site_day
from reports.views.common import person

MONTHS_BACK = 13
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class OrderForm(forms.Form):
    """One document kind for one month, about the people or teams one may see."""

    kind = forms.ChoiceField(label=gettext_lazy("Report"))
    month = forms.ChoiceField(label=gettext_lazy("Month"))
    team = forms.ChoiceField(
        label=gettext_lazy("Team"),
        required=False,
        help_text=gettext_lazy("For reviews and team quality; otherwise it does not matter."),
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        kinds = access.kinds_for(user)
        months = periods.months_back(site_day(timezone.now()), MONTHS_BACK)[::-1]
        teams = access.shown_teams(user)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["month"].choices = [(month_query(on), date_format(on, "F Y")) for on in months]  # type: ignore[attr-defined]
        self.fields["month"].initial = month_query(months[min(1, len(months) - 1)])
        whose = [("", _("All of mine")), *((str(t.pk), t.name) for t in teams)]
        self.fields["team"].choices = whose  # type: ignore[attr-defined]
        if not teams:
            del self.fields["team"]

    @property
    def query(self) -> str:
        """The filters as an address; operations takes a span of days."""
        chosen = self.cleaned_data
        if chosen["kind"] == ReportKind.OPERATIONS:
            start = forms.DateField().clean(f"{chosen['month']}-01")
            end = periods.next_start(start, "month") - periods.DAY
            return f"period=days&begin={start}&end={end}"
        team = f"&team={chosen['team']}" if chosen.get("team") else ""
        return f"month={chosen['month']}{team}"


@page_refusals
def run_list(request: HttpRequest) -> HttpResponse:
    """What one ordered or is about oneself, newest first; and the form to order another."""
    user = person(request)
    form = OrderForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            run = actions.order_report(
                kind=form.cleaned_data["kind"], query=form.query, by=user, at=timezone.now()
            )
            return redirect("reports:run_detail", run.pk)
        except Invalid as refusal:
            form.add_error(None, spoken(str(refusal)))
    rows = ReportRun.objects.visible_to(user).select_related("requested_by")
    page = keyset.page_of(request, rows, order="-created_at")
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "form": form,
        "runs": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": _("{n} shown").format(n=len(page)),
        "may_schedule": access.may_schedule(user),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "reports/run_list.html", context, status=status)


def order(request: HttpRequest) -> HttpResponse:
    """Order what a page shows, with its filters."""
    user, kind = person(request), request.POST.get("kind", "")
    must(kind in {known.value for known in access.kinds_for(user)})
    try:
        run = actions.order_report(
            kind=kind, query=request.POST.get("query", "")[:1000], by=user, at=timezone.now()
        )
    except Invalid as refusal:
        context = {"sentence": spoken(str(refusal))}
        return render(request, "reports/wrong_address.html", context, status=422)
    return redirect("reports:run_detail", run.pk)


def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a run is, its documents, and what has changed since."""
    run = visible_run(request, pk)
    items = access.items_for(person(request), run).select_related("file")
    context = {
        "run": run,
        "items": list(items[:500]),
        "is_mine": run.requested_by_id == person(request).pk,
        "changed": changed_values(run, person(request)) if run.state == RunState.DONE else [],
        "finished": run.done + run.failed,
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "reports/run_detail.html#state" if is_part else "reports/run_detail.html"
    return render(request, template, context)


def changed_values(run: ReportRun, user: User) -> list[tuple[str, str, str, str]]:
    """(document, value, as printed, now) of what differs by now; for whoever ordered a few."""
    if run.requested_by_id != user.pk or run.total > 20:
        return []
    return actions.changed_since(run=run, at=timezone.now())


def run_archive(request: HttpRequest, pk: int) -> HttpResponse:
    """The single documents of a run in a ZIP file; each reading enters the access log."""
    run, user = visible_run(request, pk), person(request)
    items = access.items_for(user, run).filter(state=ItemState.RENDERED).select_related("file")
    items = items.exclude(subject_kind=JOINED)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as folder:
        for item in items:
            if item.file is not None and files.may_read(user, item.file):
                files.note_read(user, item.file)
                with files.open_file(item.file) as content:
                    folder.writestr(f"{item.pk}-{item.file.name}", content.read())
    response = HttpResponse(archive.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = str(
        content_disposition_header(as_attachment=True, filename=f"report-{run.pk}.zip")
    )
    return response


@page_refusals
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = own_run(request, pk)
    actions.cancel_run(run=run, by=person(request), at=timezone.now())
    return redirect("reports:run_detail", run.pk)


@page_refusals
def run_retry(request: HttpRequest, pk: int) -> HttpResponse:
    run = own_run(request, pk)
    actions.retry_failed(run=run, by=person(request), at=timezone.now())
    return redirect("reports:run_detail", run.pk)


def visible_run(request: HttpRequest, pk: int) -> ReportRun:
    rows = ReportRun.objects.select_related("requested_by", "schedule")
    run = get_object_or_404(rows, pk=pk)
    if not access.may_read_run(person(request), run):
        raise Http404
    return run


def own_run(request: HttpRequest, pk: int) -> ReportRun:
    run = visible_run(request, pk)
    must(run.requested_by_id == person(request).pk or access.may_see_every_run(person(request)))
    return run


# --- Schedules -----------------------------------------------------------------------------------


class ScheduleForm(forms.ModelForm):
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(),
        required=False,
        help_text="They get a mail. Choose only people who may read reports.",
    )

    class Meta:
        model = ReportSchedule
        fields = ("name", "kind", "rhythm", "weekday", "month_day", "at", "delivery")
        widgets = {"at": forms.TimeInput(attrs={"type": "time"})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind.label) for kind in access.kinds_for(user)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["weekday"] = forms.TypedChoiceField(
            coerce=int, choices=list(enumerate(WEEKDAYS)), initial=0, label="Day of the week"
        )
        people = User.objects.visible_to(user).active().order_by("full_name")
        self.fields["recipients"].queryset = people  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["recipients"].initial = self.instance.recipients.all()


def schedule_list(request: HttpRequest) -> HttpResponse:
    """Own schedules, all of them for administrators, each with its next three moments."""
    now = timezone.now()
    rows = access.schedules_of(person(request)).select_related("owner")
    listed = [(row, schedules.next_slots(row, now)) for row in rows]
    return render(request, "reports/schedule_list.html", {"schedules": listed})


@page_refusals
def schedule_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new schedule, or one's own changed."""
    user, now = person(request), timezone.now()
    rows = access.schedules_of(user)
    schedule = get_object_or_404(rows, pk=pk) if pk else ReportSchedule(owner=user)
    form = ScheduleForm(request.POST or None, instance=schedule, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            schedules.save_schedule(
                schedule=form.save(commit=False),
                recipients=list(form.cleaned_data["recipients"]),
                by=user,
                at=now,
            )
            return redirect("reports:schedule_list")
        except Invalid as refusal:
            form.add_error(refusal.field or None, str(refusal))
    context = {
        "form": form,
        "schedule": schedule,
        "slots": schedules.next_slots(schedule, now) if schedule.pk else [],
    }
    status = 422 if form.is_bound else 200
    return render(request, "reports/schedule_edit.html", context, status=status)


@page_refusals
def schedule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause a schedule, or let it go on."""
    user, now = person(request), timezone.now()
    schedule = get_object_or_404(access.schedules_of(user), pk=pk)
    if schedule.state == ScheduleState.ACTIVE:
        schedules.pause_schedule(schedule=schedule, by=user, at=now)
    else:
        schedules.resume_schedule(schedule=schedule, by=user, at=now)
    return redirect("reports:schedule_list")
