"""Who is in which team, and since when."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import formats, timezone

from accounts import audit, teams
from accounts.events import MembershipChanged
from accounts.models import MembershipKind, Team, TeamMembership, User
from lib import events, faults


def day(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j M Y")


class AlreadyInTeam(Exception):
    """An agent is in one team at a time."""

    def __str__(self) -> str:
        other: TeamMembership = self.args[0]
        until = f" to {day(other.ends_at)}" if other.ends_at else ""
        return f"This agent is already in team {other.team} from {day(other.starts_at)}{until}."


class EndsBeforeItStarts(Exception):
    def __str__(self) -> str:
        return f"This membership began on {day(self.args[0])}; it can only end later than that."


@transaction.atomic
def add_to_team(
    *,
    user: User,
    team: Team,
    kind: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> TeamMembership:
    """Raises AlreadyInTeam and EndsBeforeItStarts. `starts_at` may lie in the past."""
    if ends_at is not None and ends_at <= starts_at:
        raise EndsBeforeItStarts(starts_at)
    lock_person(user.pk)
    membership = TeamMembership(
        user=user, team=team, kind=kind, starts_at=starts_at, ends_at=ends_at
    )
    clash = teams.clash_of(membership)
    if clash is not None:
        raise AlreadyInTeam(clash)
    membership.save()
    after = span_facts(membership)
    audit.record(verb="add_to_team", record=user, by=by, at=at, after=after)
    publish_change(membership, starts_at, ends_at, by=by, at=at)
    return membership


@transaction.atomic
def end_membership(
    *, membership: TeamMembership, ends_at: datetime, by: User | None, at: datetime
) -> TeamMembership:
    """End a membership, or move its end. Raises EndsBeforeItStarts and AlreadyInTeam."""
    user = lock_person(membership.user_id)
    membership.refresh_from_db()
    before, old_end = span_facts(membership), membership.ends_at
    if ends_at <= membership.starts_at:
        raise EndsBeforeItStarts(membership.starts_at)
    membership.ends_at = ends_at
    clash = teams.clash_of(membership)
    if clash is not None:
        raise AlreadyInTeam(clash)
    membership.save(update_fields=["ends_at", "updated_at"])
    after = span_facts(membership)
    audit.record(verb="end_membership", record=user, by=by, at=at, before=before, after=after)
    first, last = (old_end, ends_at) if old_end and old_end < ends_at else (ends_at, old_end)
    publish_change(membership, first, last, by=by, at=at)
    return membership


@transaction.atomic
def move_to_team(
    *, user: User, team: Team, from_at: datetime, by: User | None, at: datetime
) -> TeamMembership:
    """End the agent membership in force at `from_at` there and begin one in `team`.

    Raises AlreadyInTeam where a later membership stands in the way.
    """
    lock_person(user.pk)
    current = user.memberships.in_force(from_at).agents().first()
    if current is not None:
        end_membership(membership=current, ends_at=from_at, by=by, at=at)
    kind = MembershipKind.AGENT
    return add_to_team(user=user, team=team, kind=kind, starts_at=from_at, by=by, at=at)


def lock_person(pk: int) -> User:
    """The person, locked: memberships of one person change one after another."""
    people = User.objects.all()
    if faults.guard_is_on("accounts.person"):
        people = people.select_for_update()
    return people.get(pk=pk)


def span_facts(membership: TeamMembership) -> dict[str, str | int | None]:
    ends_at = membership.ends_at
    return {
        "membership_id": membership.pk,
        "team_id": membership.team_id,
        "team": membership.team.name,
        "kind": str(membership.kind),
        "starts_at": membership.starts_at.isoformat(),
        "ends_at": ends_at.isoformat() if ends_at else None,
    }


def publish_change(
    membership: TeamMembership,
    first: datetime,
    last: datetime | None,
    *,
    by: User | None,
    at: datetime,
) -> None:
    events.publish(
        MembershipChanged(
            at=at,
            by_id=by.pk if by else None,
            user_id=membership.user_id,
            team_id=membership.team_id,
            kind=str(membership.kind),
            starts_at=membership.starts_at,
            ends_at=membership.ends_at,
            changed_from_at=first,
            changed_until_at=last,
        )
    )
