"""The quality dashboard."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import saved_pages
from quality.models import Evaluation
from quality.slice_form import SliceForm
from reports.quality_board import board_of
from reports.views.common import WHOLE, opened_view, person


def quality(request: HttpRequest) -> HttpResponse:
    """What quality's own pages say, of all teams one may see at once."""
    user = person(request)
    form = SliceForm(request.GET, user=user, without=("faults",), ignored=(WHOLE,))
    if elsewhere := opened_view(request, "quality_board", form.outdated()):
        return elsewhere
    views = saved_pages.picker(request, "quality_board")
    context: dict[str, Any] = {"form": form, "views": views}
    if not form.is_valid():
        return render(request, "reports/quality.html", context, status=400)
    rows = Evaluation.objects.visible_to(user)
    if form.cleaned_data.get("team"):
        rows = rows.filter(team=form.cleaned_data["team"])
    context |= {"board": board_of(rows, form.slice())}
    return render(request, "reports/quality.html", context)
