"""Questions about teams over time, for the row rules of every app."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from accounts.models import AgentKey, TeamMembership, User

SpanT = TypeVar("SpanT", bound=Model)
LEADING_KINDS = ("supervisor", "evaluator", "trainer")


def spans_holding(at: datetime | F | OuterRef) -> Q:
    """Rows whose half-open span [starts_at, ends_at) holds the moment `at`."""
    return Q(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)


def spans_led_by(user: User, *, team: str = "team_id", at: str = "answered_at") -> Q:
    """Rows whose stamped team this person led, evaluated or trained at the row's moment.

    `team` and `at` name the row's own columns; one correlated EXISTS, no extra query.
    """
    from accounts.models import TeamMembership  # Models ask their row rules of this module.

    led = TeamMembership.objects.filter(
        spans_holding(OuterRef(at)),
        user=user,
        kind__in=LEADING_KINDS,
        team_id=OuterRef(team),
    )
    return Q(Exists(led))


def members_of_teams_led_by(user: User, at: datetime) -> Q:
    """Users who are at that moment in a team that this person then leads, evaluates or trains."""
    from accounts.models import TeamMembership  # Models ask their row rules of this module.

    in_force = TeamMembership.objects.filter(spans_holding(at))
    led = in_force.filter(user=user, kind__in=LEADING_KINDS).values("team_id")
    return Q(pk__in=in_force.filter(team_id__in=led).values("user_id"))


def overlapping(
    rows: QuerySet[SpanT], *, starts_at: datetime, ends_at: datetime | None
) -> QuerySet[SpanT]:
    """Those of `rows` whose half-open span shares a moment with [starts_at, ends_at)."""
    shared = rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at))
    return shared if ends_at is None else shared.filter(starts_at__lt=ends_at)


def clash_of(membership: TeamMembership) -> TeamMembership | None:
    """Another `agent` membership of the same person that overlaps this one, saved or not."""
    from accounts.models import TeamMembership  # Models ask their row rules of this module.

    if membership.kind != "agent":
        return None
    others = TeamMembership.objects.agents().filter(user_id=membership.user_id)
    others = others.exclude(pk=membership.pk).select_related("team")
    starts_at, ends_at = membership.starts_at, membership.ends_at
    return overlapping(others, starts_at=starts_at, ends_at=ends_at).first()


def clash_of_key(key: AgentKey) -> AgentKey | None:
    """Another span of the same source and key that overlaps this one, saved or not."""
    from accounts.models import AgentKey  # Models ask their row rules of this module.

    others = AgentKey.objects.filter(source=key.source, key=key.key).exclude(pk=key.pk)
    others = others.select_related("user")
    return overlapping(others, starts_at=key.starts_at, ends_at=key.ends_at).first()
