"""What an agent sees of the answers about own work, and the panel beside an interaction."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import User
from crm.models import Interaction
from feedback import indices, survey_access
from feedback.indices import LEAST_FOR_INTERVAL, Figure
from feedback.models import PraiseDraft, Response
from feedback.models.survey_responses import Driver
from feedback.models.surveys import Anonymity
from feedback.redaction import mask_text
from feedback.views.common import person

MATURES_AFTER = timedelta(hours=24)
LATELY = timedelta(days=91)
MOST_COMMENTS = 10
Credited = tuple[bool, str, float]  # Satisfied, driver, weight.


def my_feedback(request: HttpRequest) -> HttpResponse:
    """Own figure against the team's, drivers, and the last comments; no names of others."""
    user, now = person(request), timezone.now()
    since = (now - LATELY).date()
    named, quiet = _credited(user, since)
    rows = [*named, *quiet]
    own = indices.agent_share(rows)
    context = {
        "own": shown(own),
        "team": shown(_team_figure(user, since)),
        "n_answers": len(rows),
        "needed": max(0, LEAST_FOR_INTERVAL - round(own.n)),
        "drivers": _drivers(named),
        "comments": _comments(user, now),
        "praise": _praise(user, now),
    }
    return render(request, "feedback/my_feedback.html", context)


def _credited(user: User, since: date) -> tuple[list[Credited], list[Credited]]:
    """Answers of identified surveys, and of those that promise more where enough are about people.

    The latter would tell who said what if they were few.
    """
    columns = ("is_satisfied", "driver_by_staff", "driver_by_customer")
    rows = (
        Response.objects.counting()
        .credited_to(user)
        .filter(submitted_on__gte=since, is_satisfied__isnull=False)
        .filter(invitation__credits__agent=user)
        .values_list(*columns, "invitation__credits__weight", "survey__anonymity")
    )
    found: dict[bool, list[Credited]] = {True: [], False: []}
    for satisfied, staff, customer, weight, anonymity in rows:
        row = (bool(satisfied), staff or customer, float(weight))
        found[anonymity == Anonymity.IDENTIFIED].append(row)
    about_people = sum(driver == Driver.PERSON for _, driver, _ in found[False])
    return found[True], found[False] if about_people >= LEAST_FOR_INTERVAL else []


def shown(figure: Figure) -> dict[str, object]:
    """A share in percent for the page; nothing below five answers."""
    if figure.value is None or figure.n < LEAST_FOR_INTERVAL or figure.low is None:
        return {"is_shown": False, "n": round(figure.n, 1)}
    assert figure.high is not None
    return {
        "is_shown": True,
        "n": round(figure.n, 1),
        "text": indices.shown(100 * figure.value),
        "value": 100 * figure.value,
        "low": 100 * figure.low,
        "high": 100 * figure.high,
    }


def _team_figure(user: User, since: object) -> Figure:
    """All answers credited to the agent's team."""
    teams = user.memberships.agents().in_force(timezone.now()).values("team")
    rows = Response.objects.counting().filter(
        team__in=teams, submitted_on__gte=since, is_satisfied__isnull=False
    )
    found = list(rows.values_list("is_satisfied", flat=True))
    return indices.share(sum(bool(one) for one in found), len(found))


def _drivers(rows: list[Credited]) -> list[tuple[str, int, int]]:
    """Each driver with how many answers named it, and how many of these were satisfied."""
    found: dict[str, list[int]] = {}
    for satisfied, driver, _ in rows:
        if driver:
            counts = found.setdefault(driver, [0, 0])
            counts[0] += 1
            counts[1] += satisfied
    return [(str(Driver(driver).label), n, good) for driver, (n, good) in sorted(found.items())]


def _comments(user: User, now: object) -> list[dict[str, object]]:
    """The last comments of identified surveys, a day old at least."""
    rows = (
        Response.objects.accepted()
        .credited_to(user)
        .filter(survey__anonymity="identified", submitted_at__lte=timezone.now() - MATURES_AFTER)
        .exclude(comment="")
        .select_related("survey")
        .order_by("-submitted_at")[:MOST_COMMENTS]
    )
    return [
        {"row": row, "text": mask_text(row.comment), "tone": "good" if row.is_satisfied else "bad"}
        for row in rows
    ]


def _praise(user: User, now: datetime) -> list[PraiseDraft]:
    """Words about oneself that wait for a supervisor, a day old at least."""
    waiting = PraiseDraft.objects.waiting().filter(agents=user)
    return list(waiting.filter(created_at__lte=now - MATURES_AFTER)[:MOST_COMMENTS])


def interaction_feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """What the customer said about an interaction, for whoever may see it by now."""
    user = person(request)
    interaction = get_object_or_404(Interaction.objects.visible_to(user), pk=pk)
    if not survey_access.may_see_response(user, interaction):
        return render(request, "feedback/interaction_panel.html", {"is_closed": True})
    rows = Response.objects.accepted().filter(
        invitation__interaction=interaction, survey__anonymity="identified"
    )
    if "evaluator" not in user.roles:
        rows = rows.filter(pk__in=Response.objects.visible_to(user).values("pk"))
    context = {
        "rows": [(row, mask_text(row.comment)) for row in rows.select_related("survey")],
        "may_open": "evaluator" not in user.roles or "supervisor" in user.roles,
    }
    return render(request, "feedback/interaction_panel.html", context)
