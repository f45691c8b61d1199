"""Documents about quality, as PDF; all without private comments."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import User
from quality import access
from quality.accuracy_report import accuracy_report_pdf
from quality.agent_report import agent_report_pdf
from quality.calibration_record import calibration_record_pdf
from quality.dispute_record import dispute_record_pdf
from quality.models import Evaluation
from quality.models.evaluations import DISCLOSED_STATES, EvaluationQuerySet, Purpose
from quality.sheets import evaluation_sheet_pdf
from quality.slice_form import SliceForm
from quality.version_sheet import version_sheet_pdf
from quality.views.calibrations import visible_session
from quality.views.common import pdf_response, person, visible_evaluation
from quality.views.scorecards import visible_version

NOT_ASKED_OF_AN_AGENT = ("team", "faults", "agent")
NOT_ASKED_OF_FAMILIES = ("grain",)


def evaluation_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of one result."""
    evaluation = visible_evaluation(request, pk)
    if evaluation.current_revision is None:
        raise Http404
    revision, reader = evaluation.current_revision, person(request)
    pdf = evaluation_sheet_pdf(evaluation, revision, reader=reader, at=timezone.now())
    return pdf_response(pdf, evaluation.public_ref)


def dispute_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was filed and decided about one result."""
    evaluation = visible_evaluation(request, pk)
    if not evaluation.disputes.exists():
        raise Http404
    pdf = dispute_record_pdf(evaluation, reader=person(request), at=timezone.now())
    return pdf_response(pdf, f"{evaluation.public_ref}-disputes")


def agent_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The quality of one agent: oneself, or somebody of a team whose quality one sees."""
    user = person(request)
    agent = get_object_or_404(access.agents_whose_quality_shows(user), pk=pk)
    form = SliceForm(request.GET, user=user, without=NOT_ASKED_OF_AN_AGENT)
    if not form.is_valid():
        return _bad_filters(request, form)
    pdf = agent_report_pdf(agent, _results_of(user, agent), form, at=timezone.now())
    return pdf_response(pdf, f"quality-{agent.pk}")


def accuracy_report(request: HttpRequest) -> HttpResponse:
    """Families against their targets, with the filters of the page."""
    user = person(request)
    form = SliceForm(request.GET, user=user, without=NOT_ASKED_OF_FAMILIES)
    if not form.is_valid():
        return _bad_filters(request, form)
    teams = access.teams_whose_quality_shows(user)
    rows = Evaluation.objects.visible_to(user).filter(team__in=teams)
    return pdf_response(accuracy_report_pdf(rows, form, at=timezone.now()), "accuracy")


def calibration_record(request: HttpRequest, pk: int) -> HttpResponse:
    """A closed session; ?letters=1 puts letters in the place of names."""
    session = visible_session(request, pk)
    if session.state not in DISCLOSED_STATES:
        raise Http404
    letters = request.GET.get("letters") == "1"
    pdf = calibration_record_pdf(session, letters=letters, at=timezone.now())
    return pdf_response(pdf, f"calibration-{session.pk}")


def version_sheet(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version to print, with what changed since the one before it."""
    version = visible_version(request, pk, number)
    pdf = version_sheet_pdf(version, reader=person(request), at=timezone.now())
    return pdf_response(pdf, f"scorecard-{pk}-version-{number}")


# --- Below the views --------------------------------------------------------------------------


def _results_of(user: User, agent: User) -> EvaluationQuerySet:
    """Released results alone for the agent, what one may see for others."""
    rows = Evaluation.objects.filter(agent=agent, purpose=Purpose.STANDARD)
    return rows.released() if agent.pk == user.pk else rows.visible_to(user)


def _bad_filters(request: HttpRequest, form: SliceForm) -> HttpResponse:
    return render(request, "quality/report_filters.html", {"form": form}, status=400)
