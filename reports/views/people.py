"""Scorecards: one's own, and those of the people one leads."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts import access_log
from accounts.models import AccessKind, User
from reports import access
from reports.scorecard_sides import SideReader
from reports.scorecards import Scorecards
from reports.views.common import asked, person, surroundings, wrong_addresses

ONLY_PERIOD = ("queue", "channel", "direction", "team", "agent", "segment", "by", "compare")


def agent_list(request: HttpRequest) -> HttpResponse:
    """The people whose scorecard one may open, by name."""
    agents = access.agents_of(person(request))
    return render(request, "reports/agent_list.html", {"agents": agents})


@wrong_addresses
def own_scorecard(request: HttpRequest) -> HttpResponse:
    """What is said about oneself; nobody else's name or value stands in it."""
    return scorecard_page(request, person(request))


@wrong_addresses
def agent_scorecard(request: HttpRequest, pk: int) -> HttpResponse:
    """Another person's scorecard; opening it is written into the access log first."""
    return scorecard_page(request, read_agent(request, pk))


@wrong_addresses
def agent_sides(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the scorecard about customers, learning and recognition, fetched on its own."""
    agent = read_agent(request, pk)
    form = asked(request, without=ONLY_PERIOD)
    if not form.checked():
        return render(request, "reports/scorecard_sides.html", {"form": form}, status=422)
    period = form.whole_period.until(form.today)
    sides = SideReader(agent, period, is_own=agent == person(request)).read()
    return render(request, "reports/scorecard_sides.html", {"sides": sides})


def read_agent(request: HttpRequest, pk: int) -> User:
    """Whose scorecard may be read, which is noted where it is another's; else 404."""
    user = person(request)
    agent = get_object_or_404(User, pk=pk)
    if not access.may_view_scorecard(user, agent):
        raise Http404
    if agent.pk != user.pk:
        access_log.note(
            kind=AccessKind.VIEWED_SCORECARD, record=agent, by=user, at=timezone.now(), about=agent
        )
    return agent


def scorecard_page(request: HttpRequest, agent: User) -> HttpResponse:
    """Thirty queries at most, whoever the person is."""
    user = person(request)
    form = asked(request, without=ONLY_PERIOD)
    context: dict[str, Any] = {"form": form, "agent": agent, "is_own": agent.pk == user.pk}
    if not form.checked():
        return render(request, "reports/scorecard.html", context, status=422)
    period = form.whole_period.until(form.today)
    cards = Scorecards(period, [agent], only_released=agent.pk == user.pk)
    context |= surroundings(form) | {"card": cards.of(agent), "period": period}
    if not context["is_own"]:
        context["neighbors"] = neighbors(access.agents_of(user), agent)
    return render(request, "reports/scorecard.html", context)


def neighbors(agents: list[User], agent: User) -> tuple[User | None, User | None]:
    """Who stands before and after in the list, for the arrow keys."""
    place = next((index for index, one in enumerate(agents) if one.pk == agent.pk), None)
    if place is None:
        return None, None
    before = agents[place - 1] if place else None
    return before, agents[place + 1] if place + 1 < len(agents) else None
