"""The quality of teams: which ones, one of them, and its report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import Team
from quality import access
from quality.models import Evaluation
from quality.models.evaluations import EvaluationQuerySet
from quality.slice_form import SliceForm
from quality.team_report import team_report_pdf
from quality.team_study import study_of
from quality.views.common import pdf_response, person

NOT_ASKED_OF_A_TEAM = ("team", "faults")


def team_list(request: HttpRequest) -> HttpResponse:
    """The teams whose quality one may see; three queries beside the frame."""
    teams = access.teams_whose_quality_shows(person(request)).order_by("name")
    return render(request, "quality/team_list.html", {"teams": teams})


def team_quality(request: HttpRequest, pk: int) -> HttpResponse:
    """One team in a period, by the filters of the address; at most 22 queries."""
    team, form = _asked(request, pk)
    context: dict[str, Any] = {"team": team, "form": form, "query": request.GET.urlencode()}
    if not form.is_valid():
        return render(request, "quality/team_quality.html", context, status=400)
    piece = form.slice()
    context |= {"piece": piece, "study": study_of(team_rows(request, team), piece)}
    return render(request, "quality/team_quality.html", context)


def team_report(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page shows, with the same filters, as PDF."""
    team, form = _asked(request, pk)
    if not form.is_valid():
        context = {"team": team, "form": form}
        return render(request, "quality/team_quality.html", context, status=400)
    document = team_report_pdf(team, team_rows(request, team), form, at=timezone.now())
    return pdf_response(document, f"team-quality-{team.pk}")


def team_rows(request: HttpRequest, team: Team) -> EvaluationQuerySet:
    return Evaluation.objects.visible_to(person(request)).filter(team=team)


def _asked(request: HttpRequest, pk: int) -> tuple[Team, SliceForm]:
    """The team, 404 if it is not one's own; and the filters, bound."""
    user = person(request)
    team = get_object_or_404(access.teams_whose_quality_shows(user), pk=pk)
    return team, SliceForm(request.GET, user=user, without=NOT_ASKED_OF_A_TEAM)
