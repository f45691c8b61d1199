"""Leaderboards: one's own place, and the first ones where the center shows them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Team, User
from feedback.actions import boards as actions
from feedback.models import BoardPreference, Leaderboard, LeaderboardSnapshot
from feedback.models.boards import BoardMetric, BoardUnit, BoardVisibility
from feedback.views.recognition_common import person
from lib.answers import page_refusals


def board_list(request: HttpRequest) -> HttpResponse:
    """Every board with one's own row. Six queries."""
    user = person(request)
    boards = list(Leaderboard.objects.exclude(visibility=BoardVisibility.OFF))
    context = {
        "boards": [board_page(board, user) for board in boards],
        "is_admin": "admin" in user.roles,
        "visibilities": BoardVisibility.choices,
        "all_boards": Leaderboard.objects.all() if "admin" in user.roles else [],
    }
    return render(request, "feedback/board_list.html", context)


@require_POST
@page_refusals
def board_show(request: HttpRequest, pk: int) -> HttpResponse:
    actions.show_board(
        board=get_object_or_404(Leaderboard, pk=pk),
        visibility=request.POST.get("visibility", ""),
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:board_list")


def board_page(board: Leaderboard, user: User) -> dict[str, Any]:
    """What this person may see of a board: their own row, and the first names where shown."""
    snapshot = LeaderboardSnapshot.objects.filter(board=board).first()
    rows = snapshot.rows if snapshot else []
    own_id = own_unit(board, user)
    own = next((row for row in rows if row["id"] == own_id), None)
    return {
        "board": board,
        "snapshot": snapshot,
        "own": shown(board, own) if own else None,
        "top": [shown(board, row) for row in top_rows(board, rows)],
        "ranked_note": _("of {n} ranked").format(n=sum(row["place"] is not None for row in rows)),
        "method": actions.spoken_method(snapshot.method) if snapshot else "",
    }


def own_unit(board: Leaderboard, user: User) -> int | None:
    if board.unit == BoardUnit.AGENT:
        return user.pk
    span = user.memberships.in_force(timezone.now()).agents().first()
    return span.team_id if span else None


def top_rows(board: Leaderboard, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first places with names, where the board shows them and the people do not mind."""
    if board.visibility != BoardVisibility.TOP_N:
        return []
    first = [row for row in rows if row["place"] is not None and row["place"] <= board.top_n]
    ids = [row["id"] for row in first]
    if board.unit == BoardUnit.TEAM:
        names = dict(Team.objects.filter(pk__in=ids).values_list("pk", "name"))
    else:
        people = User.objects.filter(pk__in=ids, is_active=True)
        names = {one.pk: one.short_name for one in people}
        for preference in BoardPreference.objects.filter(user__in=ids):
            if preference.is_hidden:
                names.pop(preference.user_id, None)
            elif preference.alias:
                names[preference.user_id] = preference.alias
    return [row | {"name": names[row["id"]]} for row in first if row["id"] in names]


def shown(board: Leaderboard, row: dict[str, Any]) -> dict[str, Any]:
    """Shares as percent, so that every board has one scale."""
    factor = 1 if board.metric == BoardMetric.QA_MEAN else 100
    figures = {
        name: None if row[name] is None else factor * row[name]
        for name in ("mean", "lower", "upper")
    }
    return row | figures
