"""How the customer record reacts to facts of other apps."""

from __future__ import annotations

from accounts.events import CalendarChanged, MembershipChanged
from accounts.models import MembershipKind
from crm import clock_causes
from crm.actions import interactions, policies


def stamp_legs_anew(fact: MembershipChanged) -> None:
    """An agent was in another team than the legs say: stamp the legs of that span again."""
    if fact.kind == MembershipKind.AGENT:
        interactions.restamp_legs(
            agent_id=fact.user_id,
            from_at=fact.changed_from_at,
            until_at=fact.changed_until_at,
            by=None,
            at=fact.at,
        )


def count_clocks_anew(fact: CalendarChanged) -> None:
    """Other hours are in force: unfinished clocks follow them from that moment on."""
    policies.count_anew_later(at=fact.at, cause=f"{clock_causes.HOURS}{fact.version_id}")
