"""Whose learning somebody may see: the one rule behind every `visible_to` of training."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import scope
from accounts.teams import members_of_teams_led_by


def people_for(user: User, verb: str) -> Q:
    """Users whom `verb` reaches now: oneself, who is in a team one leads, or everybody."""
    reach = scope(user, verb)
    if reach == "all":
        return Q()
    mine = Q(pk=user.pk)
    if reach == "team":
        return mine | members_of_teams_led_by(user, timezone.now())
    return mine if reach == "own" else Q(pk__in=[])


def rows_about(user: User, verb: str, *, person: str = "person") -> Q:
    """Rows whose `person` the verb reaches, and always one's own."""
    if scope(user, verb) == "all":
        return Q()
    reached = User.objects.filter(people_for(user, verb)).values("pk")
    return Q(**{person: user}) | Q(**{f"{person}__in": reached})
