"""The dashboards of whole months: voice of the customer, training, recognition."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Team
from crm import saved_pages
from feedback.recovery_figures import recovery_figures
from feedback.survey_results import DIMENSIONS
from reports import access
from reports.forms import PlainChoice
from reports.learning_board import learning_board_of
from reports.month_form import MonthForm
from reports.recognition_board import recognition_board_of
from reports.rollups.marking import site_day
from reports.views.common import WHOLE, opened_view, person, wrong_addresses
from reports.voice_board import recoveries_of, voices_of


class VoiceForm(MonthForm):
    by = PlainChoice(
        label="Parts by", required=False, choices=[(name, name.capitalize()) for name in DIMENSIONS]
    )


@wrong_addresses
def voice(request: HttpRequest) -> HttpResponse:
    """What customers said in a month, survey by survey; at most 25 queries."""
    form = VoiceForm(request.GET, today=site_day(timezone.now()), ignored=(WHOLE,))
    if elsewhere := opened_view(request, "voice_board", form.outdated()):
        return elsewhere
    form.check()
    user, (start, end) = person(request), form.moments
    recoveries = recoveries_of(user, start, end)
    context: dict[str, Any] = {
        "form": form,
        "views": saved_pages.picker(request, "voice_board"),
        "voices": voices_of(user, form.period, form.cleaned_data["by"] or "team"),
        "recoveries": recovery_figures(recoveries, timezone.now()) if recoveries else None,
    }
    return render(request, "reports/voice.html", context)


@wrong_addresses
def training(request: HttpRequest) -> HttpResponse:
    """Who has learned what they must, and whether coaching helped; at most 25 queries."""
    user, at = person(request), timezone.now()
    teams = access.shown_teams(user, "training.view_compliance")
    form = MonthForm(request.GET, today=site_day(at), teams=teams, ignored=(WHOLE,))
    if elsewhere := opened_view(request, "training_board", form.outdated()):
        return elsewhere
    form.check()
    start, end = form.moments
    board = learning_board_of(
        user, on=form.period.end, start=start, end=end, at=at, team=form.team_key
    )
    views = saved_pages.picker(request, "training_board")
    return render(request, "reports/training.html", {"form": form, "views": views, "board": board})


@wrong_addresses
def recognition(request: HttpRequest) -> HttpResponse:
    """Who is thanked at all, by team and without a name; at most 25 queries."""
    user, at = person(request), timezone.now()
    form = MonthForm(request.GET, today=site_day(at), ignored=(WHOLE,))
    if elsewhere := opened_view(request, "recognition_board", form.outdated()):
        return elsewhere
    form.check()
    teams: list[Team] = access.shown_teams(user)
    board = recognition_board_of(user, teams, *form.moments, at)
    views = saved_pages.picker(request, "recognition_board")
    context = {"form": form, "views": views, "board": board}
    return render(request, "reports/recognition.html", context)
