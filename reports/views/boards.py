"""The dashboards of whole months: voice of the customer, training, recognition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from crm import saved_pages
from feedback.recovery_figures import recovery_figures
from feedback.survey_slices import DIMENSIONS
from reports import access, board_files
from reports.board_files import Line
from reports.definitions import DEFAULTS, parse
from reports.forms import DEFINITION_PREFIX, PlainChoice
from reports.kinds import RESPONSE_RATE_WORDS
from reports.learning_board import learning_board_of
from reports.month_form import MonthForm
from reports.numbers import Number, side_by_side
from reports.periods import Period
from reports.recognition_board import recognition_board_of
from reports.registry import Registry
from reports.rollups.marking import site_day
from reports.slices import Slice
from reports.sums import Reader
from reports.views.common import WHOLE, as_csv, opened_view, person, told_at, wrong_addresses
from reports.voice_board import recoveries_of, voices_of

SHOWN_RATE = f"{DEFINITION_PREFIX}rr"


class VoiceForm(MonthForm):
    """Also the parts of each survey, and the response rate that stands beside them."""

    by = PlainChoice(
        label="Parts by", required=False, choices=[(name, name.capitalize()) for name in DIMENSIONS]
    )

    def __init__(self, data: QueryDict, **limits: Any) -> None:
        super().__init__(data, **limits)
        self.fields[SHOWN_RATE] = PlainChoice(
            label="Response rate",
            required=False,
            choices=[(slug, slug.upper()) for slug in RESPONSE_RATE_WORDS],
        )


@dataclass(frozen=True)
class Board:
    """A board as asked for: its filters, what its page shows, and the same as lines of a file."""

    form: MonthForm
    context: dict[str, Any]
    lines: Iterator[Line]


Make = Callable[[User, MonthForm, datetime], Board]


def form_of(request: HttpRequest, name: str, at: datetime) -> MonthForm:
    today, ignored = site_day(at), (WHOLE,)
    if name == "voice":
        return VoiceForm(request.GET, today=today, ignored=ignored)
    teams = None
    if name == "training":
        teams = access.shown_teams(person(request), "training.view_compliance")
    return MonthForm(request.GET, today=today, teams=teams, ignored=ignored)


def voice_board(user: User, form: MonthForm, at: datetime) -> Board:
    start, end = form.moments
    recoveries = recoveries_of(user, start, end)
    by = form.cleaned_data["by"] or "team"
    found = recovery_figures(recoveries, at) if recoveries else None
    rate = form.cleaned_data[SHOWN_RATE] or next(iter(RESPONSE_RATE_WORDS))
    voices = voices_of(user, form.period, by, rate)
    context: dict[str, Any] = {"voices": voices, "recoveries": found}
    if any(voice.solved for voice in voices) and access.may_view_operations(user):
        context["resolutions"] = resolutions(user, form.period)
    return Board(form, context, board_files.voice_lines(voices, by, found))


def resolutions(user: User, period: Period) -> list[Number]:
    """FCR1 and FCR2, which stand beside what customers say and are never added to it."""
    piece = Slice(period, access.queues_of(user))
    reader, registry = Reader(piece), Registry(period.end)
    gross = parse(DEFAULTS["fcr"])
    query = urlencode({"begin": period.start, "end": period.end})
    return side_by_side([gross, replace(gross, variant="2")], reader, registry, query)


def training_board(user: User, form: MonthForm, at: datetime) -> Board:
    start, end = form.moments
    board = learning_board_of(
        user, on=form.period.end, start=start, end=end, at=at, team=form.team_key
    )
    return Board(form, {"board": board}, board_files.training_lines(board))


def recognition_board(user: User, form: MonthForm, at: datetime) -> Board:
    board = recognition_board_of(user, access.shown_teams(user), *form.moments, at)
    return Board(form, {"board": board}, board_files.recognition_lines(board))


BOARDS: dict[str, Make] = {
    "voice": voice_board,
    "training": training_board,
    "recognition": recognition_board,
}


def page_of(request: HttpRequest, name: str) -> HttpResponse:
    at = timezone.now()
    form = form_of(request, name, at)
    if elsewhere := opened_view(request, f"{name}_board", form.outdated()):
        return elsewhere
    form.check()
    board = BOARDS[name](person(request), form, at)
    views = saved_pages.picker(request, f"{name}_board")
    context = {"form": form, "views": views, "query": urlencode(form.asked)} | board.context
    return render(request, f"reports/{name}.html", context)


@wrong_addresses
def voice(request: HttpRequest) -> HttpResponse:
    """What customers said in a month, survey by survey; at most 25 queries."""
    return page_of(request, "voice")


@wrong_addresses
def training(request: HttpRequest) -> HttpResponse:
    """Who has learned what they must, and whether coaching helped; at most 25 queries."""
    return page_of(request, "training")


@wrong_addresses
def recognition(request: HttpRequest) -> HttpResponse:
    """Who is thanked at all, by team and without a name; at most 25 queries."""
    return page_of(request, "recognition")


@wrong_addresses
def board_export(request: HttpRequest, name: str) -> HttpResponseBase:
    """Every figure of a board as a file; where the page hides one, so does the file."""
    at = timezone.now()
    form = form_of(request, name, at)
    form.check()
    board = BOARDS[name](person(request), form, at)
    return as_csv(name, board_files.file_of(told_at(at), form.words, board.lines))
