"""What is done to people, their rights and their teams: result, audit entry and fact."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction

from accounts import actions
from accounts.events import MembershipChanged, RoleEnded, RoleGranted, UserDeactivated
from accounts.models import AuditEntry, TeamMembership
from lib import events
from tests.factories.accounts import (
    AgentKeyFactory,
    RightGrantFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
JAN, FEB, MAR, APR = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4))


@pytest.fixture
def facts(monkeypatch):
    heard = []
    monkeypatch.setattr(events, "publish", heard.append)
    return heard


@pytest.fixture
def admin():
    return UserFactory(roles=["admin"])


def test_create_user_makes_an_account_that_can_sign_in(admin):
    user = actions.create_user(
        email=" Amy@Attune.Example ", full_name="Amy Stone", roles=["agent"], by=admin, at=AT
    )

    assert user.email == "amy@attune.example"
    assert user.roles == {"agent"}
    assert EmailAddress.objects.get(user=user).verified
    entry = AuditEntry.objects.get(verb="create_user")
    assert (entry.actor, entry.object_id) == (admin, str(user.pk))
    assert entry.payload.after["roles"] == ["agent"]


def test_create_user_refuses_a_taken_e_mail_in_any_case(admin):
    with pytest.raises(actions.EmailTaken, match="already signs in"):
        actions.create_user(email=admin.email.upper(), full_name="Amy", by=admin, at=AT)


def test_create_user_refuses_an_unknown_role(admin):
    with pytest.raises(actions.UnknownName, match="There is no role 'boss'"):
        actions.create_user(email="a@b.example", full_name="A", roles=["boss"], by=admin, at=AT)


def test_grant_and_end_role(admin, facts):
    user = UserFactory(roles=["agent"])

    actions.grant_role(user=user, role="evaluator", by=admin, at=AT, reason="Passed the course.")
    actions.end_role(user=user, role="agent", by=admin, at=AT)

    assert user.roles == {"evaluator"}
    granted, ended = AuditEntry.objects.order_by("id").filter(object_id=str(user.pk))
    assert granted.payload.before == {"roles": ["agent"]}
    assert granted.payload.after == {"roles": ["agent", "evaluator"]}
    assert granted.payload.reason == "Passed the course."
    assert ended.payload.after == {"roles": ["evaluator"]}
    assert [type(fact) for fact in facts] == [RoleGranted, RoleEnded]


def test_nobody_changes_their_own_roles(admin):
    with pytest.raises(actions.NotForOneself):
        actions.grant_role(user=admin, role="agent", by=admin, at=AT)
    with pytest.raises(actions.NotForOneself):
        actions.end_role(user=admin, role="admin", by=admin, at=AT)


def test_role_is_granted_once_and_ended_once(admin):
    user = UserFactory(roles=["agent"])

    with pytest.raises(actions.AlreadyHeld):
        actions.grant_role(user=user, role="agent", by=admin, at=AT)
    with pytest.raises(actions.NotHeld):
        actions.end_role(user=user, role="trainer", by=admin, at=AT)


def test_last_active_admin_stays():
    last = UserFactory(roles=["admin"])
    UserFactory(roles=["admin"], is_active=False, deactivated_at=AT)

    with pytest.raises(actions.LastAdmin, match="last active administrator"):
        actions.end_role(user=last, role="admin", by=None, at=AT)
    with pytest.raises(actions.LastAdmin):
        actions.deactivate_user(user=last, by=None, at=AT)
    last.refresh_from_db()
    assert last.is_active


def test_deactivated_user_may_do_nothing_and_come_back(admin, facts):
    user = UserFactory(roles=["agent"])
    version = user.version

    actions.deactivate_user(user=user, by=admin, at=AT, reason="Left the company.")

    assert (user.is_active, user.deactivated_at, user.session_epoch) == (False, AT, 1)
    assert user.version == version + 1
    assert facts == [
        UserDeactivated(user_id=user.pk, at=AT, by_id=admin.pk, event_id=facts[0].event_id)
    ]
    actions.reactivate_user(user=user, by=admin, at=AT)
    assert (user.is_active, user.deactivated_at) == (True, None)


def test_deactivating_twice_is_told_once(admin):
    user = UserFactory()

    actions.deactivate_user(user=user, by=admin, at=AT)
    actions.deactivate_user(user=user, by=admin, at=AT)

    assert AuditEntry.objects.filter(verb="deactivate_user").count() == 1


def test_right_is_granted_once_by_somebody_else_and_ended(admin):
    user, right = UserFactory(roles=["evaluator"]), "quality.manage_scorecards"

    grant = actions.grant_right(user=user, right=right, by=admin, at=AT, reason="Builds cards.")

    with pytest.raises(actions.AlreadyHeld):
        actions.grant_right(user=user, right=right, by=admin, at=AT, reason="Again.")
    with pytest.raises(actions.NotForOneself):
        actions.grant_right(user=admin, right=right, by=admin, at=AT, reason="For me.")
    with pytest.raises(actions.UnknownName):
        actions.grant_right(user=user, right="crm.fly", by=admin, at=AT, reason="Wings.")
    actions.end_right(grant=grant, by=admin, at=AT)
    with pytest.raises(actions.NotHeld):
        actions.end_right(grant=grant, by=admin, at=AT)
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["grant_right", "end_right"]


def test_database_refuses_a_second_open_grant_of_one_right():
    grant = RightGrantFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        RightGrantFactory(user=grant.user, right=grant.right)


def test_add_to_team_tells_what_span_changed(admin, facts):
    user, team = UserFactory(), TeamFactory()

    membership = actions.add_to_team(
        user=user, team=team, kind="agent", starts_at=JAN, ends_at=MAR, by=admin, at=AT
    )

    assert TeamMembership.objects.get() == membership
    fact = facts[0]
    assert isinstance(fact, MembershipChanged)
    assert (fact.user_id, fact.team_id, fact.kind) == (user.pk, team.pk, "agent")
    assert (fact.changed_from_at, fact.changed_until_at) == (JAN, MAR)
    assert AuditEntry.objects.get(verb="add_to_team").payload.after["team_id"] == team.pk


@pytest.mark.parametrize(
    ("starts_at", "ends_at"), [(JAN, None), (JAN, MAR), (APR, None), (FEB, APR)]
)
def test_second_agent_membership_of_a_time_is_refused(starts_at, ends_at):
    membership = TeamMembershipFactory(team__name="North", starts_at=FEB)

    with pytest.raises(actions.AlreadyInTeam, match=r"already in team North from 1 Feb 2026\."):
        actions.add_to_team(
            user=membership.user,
            team=TeamFactory(),
            kind="agent",
            starts_at=starts_at,
            ends_at=ends_at,
            by=None,
            at=AT,
        )


def test_memberships_that_touch_do_not_overlap():
    before = TeamMembershipFactory(starts_at=JAN, ends_at=MAR)

    actions.add_to_team(
        user=before.user, team=TeamFactory(), kind="agent", starts_at=MAR, by=None, at=AT
    )

    assert before.user.memberships.count() == 2


def test_person_may_lead_several_teams():
    led = TeamMembershipFactory(kind="supervisor")

    actions.add_to_team(
        user=led.user, team=TeamFactory(), kind="supervisor", starts_at=JAN, by=None, at=AT
    )

    assert led.user.memberships.count() == 2


def test_membership_cannot_end_before_it_starts():
    membership = TeamMembershipFactory(starts_at=FEB)

    with pytest.raises(actions.EndsBeforeItStarts, match="began on 1 Feb 2026"):
        actions.end_membership(membership=membership, ends_at=FEB, by=None, at=AT)


@pytest.mark.parametrize(
    ("old_end", "new_end", "changed"),
    [(None, MAR, (MAR, None)), (APR, MAR, (MAR, APR)), (MAR, APR, (MAR, APR))],
)
def test_end_membership_tells_what_span_changed(facts, old_end, new_end, changed):
    membership = TeamMembershipFactory(starts_at=JAN, ends_at=old_end)

    actions.end_membership(membership=membership, ends_at=new_end, by=None, at=AT)

    assert (facts[0].changed_from_at, facts[0].changed_until_at) == changed
    assert facts[0].ends_at == new_end


def test_later_end_is_refused_where_the_next_team_stands():
    first = TeamMembershipFactory(starts_at=JAN, ends_at=FEB)
    TeamMembershipFactory(user=first.user, team__name="South", starts_at=MAR)

    with pytest.raises(actions.AlreadyInTeam, match="South"):
        actions.end_membership(membership=first, ends_at=APR, by=None, at=AT)


def test_move_to_team_leaves_no_gap_and_no_overlap(facts):
    old, south = TeamMembershipFactory(starts_at=JAN), TeamFactory()

    new = actions.move_to_team(user=old.user, team=south, from_at=MAR, by=None, at=AT)

    old.refresh_from_db()
    assert (old.ends_at, new.starts_at, new.team) == (MAR, MAR, south)
    assert [fact.team_id for fact in facts] == [old.team_id, south.pk]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no exclusion constraint")
def test_postgresql_itself_refuses_overlaps():
    membership, key = TeamMembershipFactory(), AgentKeyFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        TeamMembershipFactory(user=membership.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        AgentKeyFactory(source=key.source, key=key.key)
