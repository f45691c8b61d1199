"""Unusual days: the list by size, one with its band, and what people found out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from lib import charts, keyset
from lib.answers import must, page_refusals
from reports import access, figures, kpis, periods
from reports.actions import anomalies as actions
from reports.anomalies import LUCK
from reports.definitions import parse
from reports.models import AnomalyFlag, FactDay
from reports.models.outputs import FlagState
from reports.numbers import Number
from reports.periods import Period
from reports.slices import Slice
from reports.sums import Reader
from reports.views.common import person
from routing.models import Queue

DAYS_SHOWN = 56


class ExplainForm(forms.Form):
    note = forms.CharField(label="What was it?", max_length=500, widget=forms.Textarea({"rows": 2}))
    is_data_fault = forms.BooleanField(
        required=False, label="The data was wrong; leave this day out of later profiles"
    )


def anomaly_list(request: HttpRequest) -> HttpResponse:
    """Flags of one's queues, the newest first, and how many were false alarms."""
    queues = access.queues_of(person(request))
    rows = AnomalyFlag.objects.of_queues(queues).select_related("queue")
    shown = rows if request.GET.get("all") == "1" else rows.unsettled()
    page = keyset.page_of(request, shown, order="-on_date")
    previous_url, next_url = keyset.page_links(request, page)
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    settled = counts.get(FlagState.EXPLAINED, 0) + counts.get(FlagState.FALSE_ALARM, 0)
    false = kpis.share_of(counts.get(FlagState.FALSE_ALARM, 0), settled)
    judged = len(actions.JUDGED) * (len(queues) if queues is not None else queue_count())
    context = {
        "flags": [(flag, parse(flag.definition), shown_values(flag)) for flag in page.rows],
        "is_all": request.GET.get("all") == "1",
        "false": false,
        "judged": judged,
        "by_luck": round(judged * LUCK, 1),
        "has_facts": FactDay.objects.exists(),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": f"{len(page)} shown",
    }
    return render(request, "reports/anomaly_list.html", context)


def queue_count() -> int:
    return Queue.objects.filter(is_active=True).count()


def shown_values(flag: AnomalyFlag) -> dict[str, str]:
    unit = parse(flag.definition).unit
    return {
        "value": kpis.show(flag.value, unit),
        "expected": kpis.show(flag.expected, unit),
        "band": f"{kpis.show(flag.low, unit)} to {kpis.show(flag.high, unit)}",
    }


@page_refusals
def anomaly_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The days before with the band; acknowledge, explain, or call it a false alarm."""
    user = person(request)
    rows = AnomalyFlag.objects.of_queues(access.queues_of(user))
    flag = get_object_or_404(rows.select_related("queue", "settled_by"), pk=pk)
    form = ExplainForm(request.POST if request.POST.get("act") == "explain" else None)
    if request.method == "POST":
        must(access.may_handle_flag(user, flag))
        if act(request, flag, form):
            return redirect("reports:anomaly_detail", flag.pk)
    context = {
        "flag": flag,
        "definition": parse(flag.definition),
        "values": shown_values(flag),
        "chart": band_chart(flag),
        "form": form if access.may_handle_flag(user, flag) else None,
        "is_open": flag.state in (FlagState.OPEN, FlagState.ACKNOWLEDGED),
    }
    status = 422 if form.is_bound else 200
    return render(request, "reports/anomaly_detail.html", context, status=status)


def act(request: HttpRequest, flag: AnomalyFlag, form: ExplainForm) -> bool:
    """Do what was chosen; False where the explanation is missing."""
    user, now, chosen = person(request), timezone.now(), request.POST.get("act")
    if chosen == "explain":
        if not form.is_valid():
            return False
        actions.explain_flag(flag=flag, by=user, at=now, **form.cleaned_data)
    elif chosen == "false_alarm":
        actions.call_false_alarm(flag=flag, note="", by=user, at=now)
    else:
        actions.acknowledge_flag(flag=flag, by=user, at=now)
    return True


def band_chart(flag: AnomalyFlag) -> charts.Chart:
    """Eight weeks of the queue's KPI, and the band of the flagged weekday."""
    definition = parse(flag.definition)
    period = Period(flag.on_date - periods.DAY * DAYS_SHOWN, flag.on_date)
    reader = Reader(Slice(period, frozenset({flag.queue_id})))
    found = figures.measure(definition, reader, ("day",))
    days = list(period)
    values: list[Any] = [found[(on,)].value if (on,) in found else None for on in days]
    same = [on.weekday() == flag.on_date.weekday() for on in days]
    show = Number(definition, kpis.NOTHING, 0).show
    return charts.line(
        [periods.step_label(on, "day") for on in days],
        [
            charts.Series(definition.kind.title, values),
            charts.Series(
                "Usual on this weekday",
                [flag.expected if is_same else None for is_same in same],
                low=[flag.low if is_same else None for is_same in same],
                high=[flag.high if is_same else None for is_same in same],
                tone="quiet",
            ),
        ],
        title=f"{definition.kind.title} of {flag.queue}",
        note="Dots: what is usual on this weekday, by a robust band over eight weeks.",
        show=show,
        annotations=[(len(days) - 1, "flagged")],
    )
