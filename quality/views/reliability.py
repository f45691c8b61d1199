"""How far evaluators agree, by criterion and by pair."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from lib.http import number_in
from quality.drift import drift_of
from quality.models import Scorecard, ScorecardVersion
from quality.reliability import TOO_FEW, by_criterion, by_pair, forest, ratings_of
from quality.views.common import person


def reliability(request: HttpRequest) -> HttpResponse:
    """One version at a time; the one in force of the first scorecard unless ?version= says so."""
    cards = Scorecard.objects.visible_to(person(request)).filter(archived_at__isnull=True)
    versions = (
        ScorecardVersion.objects.filter(scorecard__in=cards.values("pk"))
        .exclude(state="draft")
        .select_related("scorecard")
        .order_by("scorecard__name", "-number")
    )
    wanted = request.GET.get("version", "")
    named = number_in(wanted)
    version = get_object_or_404(versions, pk=named) if named else versions.first()
    context: dict[str, Any] = {"versions": versions, "version": version, "too_few": TOO_FEW}
    if version:
        ratings = ratings_of(version)
        criteria = by_criterion(version, ratings)
        context |= {
            "criteria": criteria,
            "pairs": by_pair(ratings),
            "legs": len(ratings.legs),
            "chart": forest(criteria),
            "drift": drift_of(version),
        }
    return render(request, "quality/reliability.html", context)
