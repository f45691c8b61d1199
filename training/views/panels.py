"""Fragments of training that stand in other apps' pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import User
from training.coaching_board import own_standings
from training.models import CoachingSession
from training.my_learning import desk_of
from training.reach import people_for
from training.views.common import person

SHOWN = 5


def agent_panel(request: HttpRequest, agent_id: int) -> HttpResponse:
    """What follows from results: courses to take, what was agreed, coaching to answer.

    At most 12 queries. Actions and coaching are shown to the agent alone.
    """
    user, at = person(request), timezone.now()
    agent = get_object_or_404(
        User.objects.filter(people_for(user, "training.view_board")).distinct()
        if agent_id != user.pk
        else User.objects.filter(pk=user.pk),
        pk=agent_id,
    )
    is_own = agent.pk == user.pk
    context = {
        "rows": desk_of(agent, at).rows[:SHOWN],
        "standings": own_standings(user, at)[:SHOWN] if is_own else [],
        "sessions": CoachingSession.objects.waiting_for(user)[:SHOWN] if is_own else [],
    }
    return render(request, "training/agent_panel.html", context)
