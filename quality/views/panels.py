"""Fragments of quality that stand in other apps' pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from crm.models import Interaction, Leg
from quality import access
from quality.models import Evaluation
from quality.offers import fitting_scorecards
from quality.views.common import person


def interaction_panel(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """The evaluations of an interaction that this person may see, and the legs to evaluate."""
    user = person(request)
    interaction = get_object_or_404(Interaction.objects.visible_to(user), pk=interaction_id)
    legs = Leg.objects.filter(interaction=interaction).select_related("interaction", "agent")
    offered = [
        leg
        for leg in legs
        if access.may_start_evaluation(user, leg) and fitting_scorecards(user, leg)
    ]
    evaluations = Evaluation.objects.visible_to(user).filter(leg__interaction=interaction)
    context = {"evaluations": evaluations.for_reading(), "legs": offered}
    return render(request, "quality/interaction_panel.html", context)
