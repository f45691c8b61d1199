"""The quality dashboard."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from accounts.permissions import has
from crm import saved_pages
from lib import keyset
from quality.models import Evaluation
from quality.models.evaluations import EvaluationQuerySet
from quality.slice_form import SliceForm
from reports import board_files, periods
from reports.forms import WrongAddress
from reports.quality_board import QualityBoard, board_of
from reports.verdict_pairs import GROUPS, groups_of, in_group, paired
from reports.views.common import (
    WHOLE,
    as_csv,
    opened_view,
    person,
    told_at,
    wrong_addresses,
)


def quality(request: HttpRequest) -> HttpResponse:
    """What quality's own pages say, of all teams one may see at once."""
    user, form = person(request), form_of(request)
    if elsewhere := opened_view(request, "quality_board", form.outdated()):
        return elsewhere
    views = saved_pages.picker(request, "quality_board")
    context: dict[str, Any] = {
        "form": form,
        "views": views,
        "query": saved_pages.plain_query(request.GET),
    }
    if not form.is_valid():
        return render(request, "reports/quality.html", context, status=400)
    context["board"] = board(user, form)
    if has(user, "feedback.view_comment"):
        context["pairs"] = groups_of(paired(rows_of(user, form), form.slice(), user))
    return render(request, "reports/quality.html", context)


@wrong_addresses
def verdict_pairs(request: HttpRequest) -> HttpResponse:
    """The evaluations of one outcome whose customers gave one kind of answer."""
    user, group = person(request), request.GET.get("group", "")
    form = form_of(request)
    if group not in GROUPS:
        raise WrongAddress("There is no such group of evaluations.")
    if not form.is_valid():
        raise WrongAddress("These filters cannot be used.")
    piece = form.slice()
    period = periods.Period(piece.from_on, piece.until_on)
    found = in_group(paired(rows_of(user, form), piece, user), group)
    shown = found.select_related("agent", "team", "scorecard", "current_revision")
    page = keyset.page_of(request, shown, order="-handled_at")
    previous_url, next_url = keyset.page_links(request, page)
    kept = request.GET.copy()
    kept.pop("group")
    outcome, answer = GROUPS[group]
    context = {
        "outcome": outcome,
        "answer": answer,
        "count": found.count(),
        "rows": page.rows,
        "words": [("Period", period.words), *form.in_words()],
        "query": saved_pages.plain_query(kept),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": f"{len(page)} shown",
    }
    return render(request, "reports/verdict_pairs.html", context)


def quality_export(request: HttpRequest) -> HttpResponseBase:
    """Every figure of the page as a file."""
    form = form_of(request)
    if not form.is_valid():
        return render(request, "reports/quality.html", {"form": form}, status=400)
    lines = board_files.quality_lines(board(person(request), form))
    words = ", ".join(f"{name}: {value}" for name, value in form.in_words())
    return as_csv("quality", board_files.file_of(told_at(timezone.now()), words, lines))


def form_of(request: HttpRequest) -> SliceForm:
    ignored = (WHOLE, "group", keyset.CURSOR_PARAMETER)
    return SliceForm(request.GET, user=person(request), without=("faults",), ignored=ignored)


def rows_of(user: User, form: SliceForm) -> EvaluationQuerySet:
    rows = Evaluation.objects.visible_to(user)
    if form.cleaned_data.get("team"):
        rows = rows.filter(team=form.cleaned_data["team"])
    return rows


def board(user: User, form: SliceForm) -> QualityBoard:
    return board_of(rows_of(user, form), form.slice())
