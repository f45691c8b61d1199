"""The agent's page: own released results, to acknowledge."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import has
from lib import keyset
from lib.panels import panels_for
from quality.models import Evaluation
from quality.models.evaluations import Purpose
from quality.own_study import own_study
from quality.views.common import person


def my_results(request: HttpRequest) -> HttpResponse:
    """Results about oneself, newest first, those to assess and acknowledge above.

    At most 18 queries. Other apps place panels into `agent.results`, by the agent's id.
    """
    user = person(request)
    seen = Evaluation.objects.visible_to(user).filter(agent=user, purpose=Purpose.STANDARD)
    mine = seen.released()
    page = keyset.page_of(request, mine.for_reading(), order="-released_at", limit=25)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "to_assess": list(Evaluation.objects.to_assess_by(user).for_reading()[:20]),
        "panels": [one for one in panels_for("agent.results") if has(user, one.verb)],
        "agent_id": user.pk,
        "waiting": list(mine.filter(acknowledged_at__isnull=True).for_reading()[:20]),
        "evaluations": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "study": own_study(user, timezone.localdate(), timezone.now()),
    }
    return render(request, "quality/my_results.html", context)
