"""What an agent was doing on a day, on the person's page."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import User
from crm import agent_day
from crm.models import AgentStateSpan
from crm.views.common import person


def agent_states(request: HttpRequest, pk: int) -> HttpResponse:
    """The strip of one day, the last one that is known unless another is asked for."""
    user, now = person(request), timezone.now()
    agent = get_object_or_404(User.objects.visible_to(user), pk=pk)
    on = asked_day(request.GET.get("on", "")) or last_day(agent) or timezone.localdate(now)
    found = agent_day.stretches(agent_day.spans_of(agent.pk, on), on, now)
    context = {
        "agent": agent,
        "on": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1) if on < timezone.localdate(now) else None,
        "stretches": found,
        "strip": agent_day.strip(found) if found else "",
        "totals": agent_day.totals(found),
    }
    return render(request, "crm/agent_states.html", context)


def asked_day(text: str) -> date | None:
    """A day as 2026-03-16; None for all else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def last_day(agent: User) -> date | None:
    last = AgentStateSpan.objects.filter(agent=agent).order_by("-started_at").first()
    return timezone.localdate(last.started_at) if last else None
