"""Surveys as PDF: the report of a period, one recovery, the proof of a program's draw."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from feedback import survey_papers as papers
from feedback.models import Recovery, Response
from feedback.survey_field import field_work
from feedback.survey_report import survey_report_pdf
from feedback.survey_result_forms import PeriodForm, ResultsForm
from feedback.survey_results import Results
from feedback.survey_slices import visible_tallies
from feedback.views.common import person, visible_survey
from feedback.views.recognition_common import pdf_response
from feedback.views.survey_programs import visible_program
from lib import pdf
from lib.answers import page_refusals
from lib.refusals import Invalid

PROOF_DAYS = timedelta(days=91)


def survey_report(request: HttpRequest, code: str) -> HttpResponse:
    """What the page shows, with up to twenty comments chosen by hash."""
    survey = visible_survey(request, code)
    user = person(request)
    form = ResultsForm(request.GET, user=user, survey=survey)
    if not form.is_valid():
        context = {"survey": survey, "form": form}
        return render(request, "feedback/survey_results.html", context, status=422)
    piece = form.slice()
    document = survey_report_pdf(
        Results(survey, visible_tallies(user, survey), piece),
        Response.objects.visible_to(user),
        form.in_words(),
        field_work(survey, piece.from_on, piece.until_on),
        at=timezone.now(),
    )
    return pdf_response(document, f"survey-{survey.code}")


def recovery_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One recovery of teams one leads."""
    rows = Recovery.objects.visible_to(person(request)).select_related(
        "alert__survey", "alert__response", "alert__customer", "alert__team", "invitation"
    )
    recovery = get_object_or_404(rows.select_related("root_cause"), pk=pk)
    at = timezone.now()
    html = papers.recovery_html(recovery, at=at)
    return pdf_response(pdf.render(html, generated_at=at), f"recovery-{recovery.pk}")


@page_refusals
def selection_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """How a program drew in a period, by default the last quarter."""
    program = visible_program(request, pk)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        raise Invalid("from_on", "Choose days such as 2026-03-01, the first before the last.")
    at, today = timezone.now(), timezone.localdate()
    until_on = form.cleaned_data["until_on"] or today
    from_on = form.cleaned_data["from_on"] or until_on - PROOF_DAYS
    html = papers.proof_html(program, from_on, until_on, at=at)
    return pdf_response(pdf.render(html, generated_at=at), f"selection-{program.pk}")
