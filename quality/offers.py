"""Which legs a scorecard is for, and which of them still wait to be evaluated."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from crm.models import Leg
from quality.models import Assignment, Evaluation, Scorecard
from quality.models.scorecards import BoundDirection, ScorecardKind


def legs_for(scorecard: Scorecard) -> Q:
    """The binding as a condition on legs: channels, direction, queues, teams."""
    condition = Q()
    if scorecard.channels:
        condition &= Q(interaction__channel__in=scorecard.channels)
    if scorecard.direction != BoundDirection.ANY:
        condition &= Q(interaction__direction=scorecard.direction)
    queues = [queue.pk for queue in scorecard.queues.all()]
    if queues:
        condition &= Q(queue__in=queues) | Q(queue__isnull=True, interaction__queue__in=queues)
    teams = [team.pk for team in scorecard.teams.all()]
    if teams:
        condition &= Q(team__in=teams)
    return condition


def offered_legs(user: User, scorecard: Scorecard) -> QuerySet[Leg]:
    """Handled legs that the person may see and score, and that nobody scored or was given."""
    scored = Evaluation.objects.filter(leg=OuterRef("pk"), scorecard=scorecard)
    given = Assignment.objects.filter(leg=OuterRef("pk"), scorecard=scorecard).waiting()
    return (
        Leg.objects.visible_to(user)
        .filter(legs_for(scorecard), agent__isnull=False, answered_at__isnull=False)
        .exclude(agent=user)
        .filter(~Exists(scored.exclude(state="void")), ~Exists(given))
        .annotate(channel=F("interaction__channel"))
        .select_related("interaction__customer", "interaction__queue", "queue", "agent", "team")
    )


def scorecards_for(user: User) -> list[Scorecard]:
    """Interaction scorecards in force that the person sees, by name; three queries."""
    rows = Scorecard.objects.visible_to(user).in_use().filter(kind=ScorecardKind.INTERACTION)
    return list(rows.select_related("current_version").prefetch_related("queues", "teams"))


def fitting_scorecards(user: User, leg: Leg) -> list[Scorecard]:
    """Those that are bound to this leg's kind of work."""
    return [
        scorecard
        for scorecard in scorecards_for(user)
        if Leg.objects.filter(legs_for(scorecard), pk=leg.pk).exists()
    ]
