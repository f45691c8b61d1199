"""Verbs on interactions: legs stamped with the team of their moment."""

from datetime import timedelta

import pytest

from accounts.events import MembershipChanged
from crm import handlers
from crm.actions import interactions
from tests.factories.accounts import TeamMembershipFactory
from tests.factories.crm import STARTED_AT, InteractionFactory, LegFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_restamping_gives_each_leg_the_team_of_its_moment():
    before = TeamMembershipFactory(ends_at=STARTED_AT)
    after = TeamMembershipFactory(user=before.user, starts_at=STARTED_AT)
    legs = [
        LegFactory(
            agent=before.user,
            answered_at=answered_at,
            interaction=InteractionFactory(started_at=STARTED_AT + offset),
            team=before.team,
        )
        for answered_at, offset in (
            (STARTED_AT - timedelta(seconds=1), -DAY),
            (STARTED_AT, -DAY),
            (None, DAY),
        )
    ]

    changed = interactions.restamp_legs(
        agent_id=before.user_id, from_at=STARTED_AT - DAY, until_at=None, by=None, at=STARTED_AT
    )

    for leg in legs:
        leg.refresh_from_db()
    assert [leg.team for leg in legs] == [before.team, after.team, after.team]
    assert changed == 2


def test_restamping_touches_nothing_outside_its_span_and_nothing_twice():
    membership = TeamMembershipFactory()
    inside = LegFactory(agent=membership.user)
    outside = LegFactory(agent=membership.user, answered_at=STARTED_AT + DAY)
    span = {"agent_id": membership.user_id, "from_at": STARTED_AT, "until_at": STARTED_AT + DAY}

    first = interactions.restamp_legs(**span, by=None, at=STARTED_AT)
    second = interactions.restamp_legs(**span, by=None, at=STARTED_AT)

    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (first, second) == (1, 0)
    assert (inside.team, outside.team) == (membership.team, None)


@pytest.mark.parametrize(("kind", "is_stamped"), [("agent", True), ("supervisor", False)])
def test_only_memberships_of_agents_stamp_legs_anew(kind, is_stamped):
    membership = TeamMembershipFactory()
    leg = LegFactory(agent=membership.user)

    handlers.stamp_legs_anew(
        MembershipChanged(
            at=STARTED_AT,
            by_id=None,
            user_id=membership.user_id,
            team_id=membership.team_id,
            kind=kind,
            starts_at=membership.starts_at,
            ends_at=None,
            changed_from_at=membership.starts_at,
            changed_until_at=None,
        )
    )

    leg.refresh_from_db()
    assert (leg.team is not None) == is_stamped
