"""Surveys: the list, one of them with its settings, versions and open links."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from io import BytesIO
from typing import Any

import segno
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from feedback import indices, links
from feedback.actions import surveys as actions
from feedback.models import Survey, SurveyVersion
from feedback.survey_access import may_design
from feedback.survey_forms import (
    AnnotationForm,
    CollectorForm,
    SurveyCreateForm,
    SurveySettingsForm,
)
from feedback.survey_readings import latest_readings
from feedback.survey_slices import visible_tallies
from feedback.survey_templates import TEMPLATES
from feedback.views.common import person, visible_survey
from lib.answers import page_refusals
from lib.http import number_in
from lib.refusals import Invalid, Refused

LATELY = timedelta(days=30)
STATE_TONES = {"live": "good", "paused": "warn", "closed": "", "archived": "", "draft": "accent"}


def survey_list(request: HttpRequest) -> HttpResponse:
    """Every survey one may see, with its figure of the last 30 days; seven queries."""
    user = person(request)
    versions = SurveyVersion.objects.order_by("-number")
    rows = list(
        Survey.objects.visible_to(user)
        .exclude(state="archived")
        .prefetch_related(Prefetch("versions", queryset=versions, to_attr="shown_versions"))
    )
    found = latest_readings(rows, visible_tallies(user), timezone.localdate() - LATELY)
    shown = []
    for survey in rows:
        reading, field = found.get(survey.pk, (None, Counter()))
        rates = indices.response_rates(*(max(0, field[key]) for key in _DISPOSITIONS))
        shown.append(
            {
                "survey": survey,
                "tone": STATE_TONES[survey.state],
                "version": survey.shown_versions[0] if survey.shown_versions else None,
                "reading": reading,
                "rate": None if rates.rr1 is None else indices.shown(100 * rates.rr1),
            }
        )
    context = {"rows": shown, "may_design": may_design(user)}
    return render(request, "feedback/survey_list.html", context)


_DISPOSITIONS = ("I", "P", "R", "NC", "O", "U")


def survey_create(request: HttpRequest) -> HttpResponse:
    """A new survey from a template of the library."""
    form = SurveyCreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            survey = actions.create_survey(
                by=person(request), at=timezone.now(), **form.cleaned_data
            )
            return redirect("feedback:survey_edit", code=survey.code)
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {"form": form, "templates": TEMPLATES.items()}
    return render(
        request, "feedback/survey_create.html", context, status=422 if form.errors else 200
    )


def survey_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Settings, versions, open links and remarks of one survey."""
    survey = visible_survey(request, code)
    form = SurveySettingsForm(request.POST or None, instance=survey)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.change_survey(
                    survey=survey,
                    changes=form.cleaned_data,
                    seen=number_in(request.POST.get("version", "")),
                    by=person(request),
                    at=timezone.now(),
                )
                return redirect("feedback:survey_detail", code=code)
            except Refused as refusal:
                status = refusal.status
                name = refusal.field if isinstance(refusal, Invalid) else None
                form.add_error(name if name in form.fields else None, str(refusal))
        survey = visible_survey(request, code)
    return render(request, "feedback/survey_detail.html", _detail(survey, form), status=status)


def _detail(survey: Survey, form: SurveySettingsForm) -> dict[str, Any]:
    now = timezone.now()
    return {
        "survey": survey,
        "tone": STATE_TONES[survey.state],
        "form": form,
        "versions": survey.versions.select_related("published_by"),
        "collectors": [
            (row, links.collector_link(row.slug), row.is_open(now))
            for row in survey.collectors.all()
        ],
        "collector_form": CollectorForm(),
        "annotations": survey.annotations.select_related("by"),
        "annotation_form": AnnotationForm(initial={"on_date": timezone.localdate()}),
        "programs": survey.programs.all(),
    }


@require_POST
@page_refusals
def survey_state(request: HttpRequest, code: str) -> HttpResponse:
    """Pause, resume, close, reopen or archive."""
    closes_at = parse_datetime(request.POST.get("closes_at") or "")
    if closes_at is not None and timezone.is_naive(closes_at):
        closes_at = timezone.make_aware(closes_at)
    actions.set_state(
        survey=visible_survey(request, code),
        state=request.POST.get("state", ""),
        closes_at=closes_at,
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:survey_detail", code=code)


@require_POST
@page_refusals
def collector_open(request: HttpRequest, code: str) -> HttpResponse:
    """An open link or QR code."""
    form = CollectorForm(request.POST)
    if not form.is_valid():
        raise Invalid("name", "Say where the link is used, and at most how many answer in a day.")
    actions.open_collector(
        survey=visible_survey(request, code),
        by=person(request),
        at=timezone.now(),
        **form.cleaned_data,
    )
    return redirect("feedback:survey_detail", code=code)


@require_POST
@page_refusals
def collector_close(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    survey = visible_survey(request, code)
    collector = get_object_or_404(survey.collectors, pk=pk)
    actions.close_collector(collector=collector, by=person(request), at=timezone.now())
    return redirect("feedback:survey_detail", code=code)


def collector_code(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The QR code of an open link, as SVG or PNG, to be printed."""
    collector = get_object_or_404(visible_survey(request, code).collectors, pk=pk)
    picture, stream = segno.make(links.collector_link(collector.slug), error="m"), BytesIO()
    if request.GET.get("as") == "png":
        picture.save(stream, kind="png", scale=12, border=4)
        response = HttpResponse(stream.getvalue(), content_type="image/png")
        response["Content-Disposition"] = f'attachment; filename="survey-{collector.pk}.png"'
        return response
    picture.save(stream, kind="svg", scale=4, border=4, xmldecl=False)
    return HttpResponse(stream.getvalue(), content_type="image/svg+xml")


@require_POST
@page_refusals
def survey_annotate(request: HttpRequest, code: str) -> HttpResponse:
    """A remark at a day of the survey's trend."""
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        raise Invalid("on_date", "Give a day and what happened on it.")
    actions.annotate(
        survey=visible_survey(request, code),
        by=person(request),
        at=timezone.now(),
        **form.cleaned_data,
    )
    return redirect("feedback:survey_detail", code=code)
