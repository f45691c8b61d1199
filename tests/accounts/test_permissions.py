"""Roles and single rights add up; the widest reach wins."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts import permissions
from tests.factories.accounts import RightGrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("roles", "verb", "reach"),
    [
        (["agent"], "crm.view_interaction", "own"),
        (["evaluator"], "crm.view_interaction", "team"),
        (["agent", "admin"], "crm.view_interaction", "all"),
        (["agent", "supervisor"], "crm.view_interaction", "team"),
        (["agent"], "crm.import_records", None),
        ([], "crm.view_customer", None),
    ],
)
def test_widest_reach_of_the_roles_wins(roles, verb, reach):
    user = UserFactory(roles=roles)

    assert permissions.scope(user, verb) == reach
    assert permissions.has(user, verb) is (reach is not None)


def test_right_in_force_counts_like_a_role():
    grant = RightGrantFactory(user__roles=["evaluator"])

    assert permissions.scope(grant.user, "quality.manage_scorecards") == "all"


@pytest.mark.parametrize(("from_days", "to_days"), [(1, None), (-5, -1)])
def test_right_outside_its_span_gives_nothing(from_days, to_days):
    now = timezone.now()
    grant = RightGrantFactory(
        from_at=now + timedelta(days=from_days),
        to_at=now + timedelta(days=to_days) if to_days else None,
    )

    assert permissions.scope(grant.user, "quality.manage_scorecards") is None


def test_nobody_and_inactive_people_may_do_nothing():
    inactive = UserFactory(roles=["admin"], is_active=False, deactivated_at=timezone.now())

    assert permissions.scope(AnonymousUser(), "crm.view_customer") is None
    assert permissions.scope(inactive, "crm.view_customer") is None


def test_unknown_verb_is_refused_loudly():
    with pytest.raises(permissions.UnknownVerb, match=r"no verb crm\.fly"):
        permissions.scope(UserFactory(), "crm.fly")


def test_many_questions_cost_one_query(django_assert_num_queries):
    user = UserFactory(roles=["agent", "supervisor"])

    with django_assert_num_queries(1):
        for verb in permissions.policy().verbs:
            permissions.scope(user, verb)


def test_not_self_finds_the_person_in_the_record():
    user, other = UserFactory(), UserFactory()

    own, others = RightGrantFactory(user=user), RightGrantFactory(user=other)

    assert permissions.forbids_self(user, "accounts.grant_role", user)
    assert permissions.forbids_self(user, "accounts.grant_role", own)
    assert not permissions.forbids_self(user, "accounts.grant_role", others)
    assert not permissions.forbids_self(user, "accounts.grant_role", other)
    assert not permissions.forbids_self(user, "accounts.manage_users", user)


def test_admin_questions_are_answered_by_the_file():
    supervisor, agent = UserFactory(roles=["supervisor"]), UserFactory(roles=["agent"])

    assert supervisor.has_perm("crm.change_customer")
    assert not supervisor.has_perm("crm.delete_customer")
    assert not supervisor.has_perm("crm.fly_customer")
    assert not supervisor.has_perm("sessions.view_session")
    assert supervisor.has_module_perms("crm")
    assert supervisor.is_staff
    assert not agent.is_staff
