"""The admin by the house rules: visible rows, verbs, versions, and nothing else."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.urls import reverse

from accounts.models import (
    AccessEntry,
    AgentKey,
    AuditEntry,
    RightGrant,
    Team,
    TeamMembership,
    User,
)
from tests.factories.accounts import (
    AccessEntryFactory,
    AgentKeyFactory,
    AuditEntryFactory,
    RightGrantFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
NO_INLINES = {
    f"{prefix}-{name}": "0"
    for prefix in ("memberships", "agent_keys")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def admin_user():
    return UserFactory(roles=["admin"], full_name="Ada Admin")


@pytest.fixture
def as_admin(client, admin_user):
    client.force_login(admin_user)
    return client


@pytest.fixture
def supervised():
    """A supervisor with one agent in the team, and an agent of another team."""
    led = TeamMembershipFactory(user__roles=["supervisor"], kind="supervisor")
    mine = TeamMembershipFactory(team=led.team, user__roles=["agent"])
    TeamMembershipFactory(user__roles=["agent"], user__full_name="Oscar Other")
    return led.user, mine.user, led.team


def page(client, name, *args):
    return client.get(reverse(f"admin:accounts_{name}", args=args))


def person(user, **changes):
    fields = {
        "email": user.email,
        "full_name": user.full_name,
        "display_name": "",
        "kind": "person",
        "time_zone": "",
        "language": "",
        "hired_on": "",
        "left_on": "",
        "seen_version": user.version,
    }
    return fields | NO_INLINES | changes


@pytest.mark.parametrize(
    "name",
    [
        "user", "team", "agentkey", "rightgrant", "auditentry", "accessentry", "auditanchor",
        "audithead",
    ],
)  # fmt: skip
def test_lists_open_for_admins(as_admin, name):
    for factory in (AgentKeyFactory, RightGrantFactory, AuditEntryFactory, AccessEntryFactory):
        factory()

    answer = page(as_admin, f"{name}_changelist")

    assert answer.status_code == 200


def test_list_of_people_costs_the_same_for_one_and_for_fifty(
    as_admin, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        page(as_admin, "user_changelist")
    TeamMembershipFactory.create_batch(50, team=TeamFactory())

    with django_assert_max_num_queries(12):
        page(as_admin, "user_changelist")


def test_supervisor_finds_only_people_of_the_team(client, supervised):
    supervisor, mine, _team = supervised
    client.force_login(supervisor)

    shown = page(client, "user_changelist").content.decode()

    assert mine.full_name in shown
    assert "Oscar Other" not in shown


def test_supervisor_may_look_but_not_change(client, supervised):
    supervisor, mine, team = supervised
    client.force_login(supervisor)

    assert page(client, "user_change", mine.pk).status_code == 200
    assert (
        client.post(
            reverse("admin:accounts_user_change", args=[mine.pk]), person(mine, full_name="Changed")
        ).status_code
        == 403
    )
    assert page(client, "user_add").status_code == 403
    assert page(client, "team_change", team.pk).status_code == 200
    mine.refresh_from_db()
    assert mine.full_name != "Changed"


def test_person_of_another_team_is_as_absent(client, supervised):
    supervisor, _mine, _team = supervised
    client.force_login(supervisor)
    other = User.objects.get(full_name="Oscar Other")

    there = page(client, "user_change", other.pk)
    nowhere = page(client, "user_change", 999_999)

    assert there.status_code == nowhere.status_code == 302


@pytest.mark.parametrize("role", ["agent", "evaluator", "trainer"])
def test_other_roles_stay_outside(client, role):
    client.force_login(UserFactory(roles=[role]))

    assert page(client, "user_changelist").status_code == 403


def test_change_writes_one_audit_entry_and_moves_the_version(as_admin, admin_user):
    user = UserFactory(full_name="Amy Stone")

    answer = as_admin.post(
        reverse("admin:accounts_user_change", args=[user.pk]), person(user, full_name="Amy Rock")
    )

    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.full_name, user.version) == ("Amy Rock", 2)
    entry = AuditEntry.objects.get(verb="change_user")
    assert (entry.actor, entry.object_id, entry.source) == (admin_user, str(user.pk), "admin")
    assert entry.payload.before == {"full_name": "Amy Stone"}
    assert entry.payload.after == {"full_name": "Amy Rock"}


def test_old_version_is_refused_and_may_be_saved_on_purpose(as_admin):
    user = UserFactory(full_name="Amy Stone", version=3)
    url = reverse("admin:accounts_user_change", args=[user.pk])

    refused = as_admin.post(url, person(user, full_name="Amy Rock", seen_version=2))

    assert refused.status_code == 409
    text = refused.content.decode()
    assert "you saw version 2, it is now at version 3" in text
    assert 'value="Amy Rock"' in text
    assert 'name="seen_version" value="3"' in text
    assert as_admin.post(url, person(user, full_name="Amy Rock")).status_code == 302


def test_invalid_form_answers_422(as_admin):
    user = UserFactory()

    answer = as_admin.post(
        reverse("admin:accounts_user_change", args=[user.pk]), person(user, full_name="")
    )

    assert answer.status_code == 422


def test_new_person_can_sign_in_after_choosing_a_password(as_admin):
    answer = as_admin.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "Amy@attune.example",
            "full_name": "Amy Stone",
            "display_name": "",
            "kind": "person",
            "roles": ["agent", "evaluator"],
        },
    )

    assert answer.status_code == 302
    user = User.objects.get(email="amy@attune.example")
    assert user.roles == {"agent", "evaluator"}
    assert EmailAddress.objects.get(user=user).verified
    assert AuditEntry.objects.get().verb == "create_user"


def test_new_e_mail_is_the_new_sign_in(as_admin):
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    as_admin.post(
        reverse("admin:accounts_user_change", args=[user.pk]),
        person(user, email="new@attune.example"),
    )

    assert EmailAddress.objects.get(user=user).email == "new@attune.example"


def run_action(client, name, action, *rows, **more):
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(reverse(f"admin:accounts_{name}_changelist"), data, follow=True)


def test_deactivation_asks_first_and_keeps_the_reason(as_admin):
    user = UserFactory(full_name="Amy Stone")

    asked = run_action(as_admin, "user", "deactivate_person", user)
    user.refresh_from_db()
    assert user.is_active
    assert "1 row is chosen" in asked.content.decode()

    run_action(as_admin, "user", "deactivate_person", user, is_confirmed="1", reason="Left.")

    user.refresh_from_db()
    assert not user.is_active
    assert AuditEntry.objects.get(verb="deactivate_user").payload.reason == "Left."


def test_last_admin_refuses_all(as_admin, admin_user):
    user = UserFactory()

    answer = run_action(
        as_admin, "user", "deactivate_person", user, admin_user, is_confirmed="1", reason=""
    )

    assert "Nothing was changed. This is the last active administrator" in answer.content.decode()
    user.refresh_from_db()
    assert user.is_active


def test_supervisor_has_no_such_action(client, supervised):
    supervisor, mine, _team = supervised
    client.force_login(supervisor)

    run_action(client, "user", "deactivate_person", mine, is_confirmed="1", reason="Bye.")

    mine.refresh_from_db()
    assert mine.is_active


def membership_rows(prefix="memberships", initial=0, **row):
    data = {f"{prefix}-TOTAL_FORMS": "1", f"{prefix}-INITIAL_FORMS": str(initial)}
    return data | {f"{prefix}-0-{name}": value for name, value in row.items()}


def test_membership_is_added_through_its_verb(as_admin):
    user, team = UserFactory(), TeamFactory()

    as_admin.post(
        reverse("admin:accounts_user_change", args=[user.pk]),
        person(user)
        | membership_rows(
            team=team.pk, kind="agent", starts_at_0="2026-03-01", starts_at_1="00:00:00"
        ),
    )

    membership = TeamMembership.objects.get()
    assert (membership.user, membership.team) == (user, team)
    assert AuditEntry.objects.filter(verb="add_to_team").count() == 1


def test_overlapping_membership_is_told_in_the_form(as_admin):
    held = TeamMembershipFactory(team__name="North")

    answer = as_admin.post(
        reverse("admin:accounts_user_change", args=[held.user.pk]),
        person(held.user)
        | membership_rows(
            team=TeamFactory().pk,
            kind="agent",
            starts_at_0="2026-03-01",
            starts_at_1="00:00:00",
        ),
    )

    assert answer.status_code == 422
    assert "already in team North from 1 Jan 2020" in answer.content.decode()
    assert TeamMembership.objects.count() == 1


def test_membership_is_ended_through_its_verb(as_admin):
    held = TeamMembershipFactory()

    as_admin.post(
        reverse("admin:accounts_team_change", args=[held.team.pk]),
        {"name": held.team.name, "description": "", "seen_version": 1}
        | membership_rows(
            initial=1,
            id=held.pk,
            team=held.team.pk,
            user=TeamMembershipFactory().user.pk,
            ends_at_0="2026-03-01",
            ends_at_1="00:00:00",
        ),
    )

    before = held.user
    held.refresh_from_db()
    assert held.ends_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert held.user == before
    assert AuditEntry.objects.filter(verb="end_membership").count() == 1


def test_agent_key_names_one_person_at_a_time(as_admin):
    key = AgentKeyFactory(user__full_name="Amy Stone")

    answer = as_admin.post(
        reverse("admin:accounts_agentkey_add"),
        {
            "source": key.source,
            "key": key.key,
            "user": UserFactory().pk,
            "starts_at_0": "2026-03-01",
            "starts_at_1": "00:00:00",
        },
    )

    assert answer.status_code == 422
    assert "In that time this key already names Amy Stone." in answer.content.decode()
    assert AgentKey.objects.count() == 1


def test_right_is_granted_and_ended_by_verbs(as_admin, admin_user):
    user = UserFactory()
    right = "quality.manage_scorecards"

    as_admin.post(
        reverse("admin:accounts_rightgrant_add"),
        {"user": user.pk, "right": right, "reason": "Builds the billing scorecard."},
    )
    grant = RightGrant.objects.get()
    assert (grant.user, grant.right, grant.granted_by) == (user, right, admin_user)
    refused = run_action(as_admin, "rightgrant", "end_grant", grant, is_confirmed="1", reason="")
    assert refused.status_code == 422

    run_action(as_admin, "rightgrant", "end_grant", grant, is_confirmed="1", reason="Moved on.")

    grant.refresh_from_db()
    assert grant.to_at is not None
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["grant_right", "end_right"]


def test_nobody_grants_a_right_to_themselves(as_admin, admin_user):
    answer = as_admin.post(
        reverse("admin:accounts_rightgrant_add"),
        {"user": admin_user.pk, "right": "reports.view_all", "reason": "Curious."},
    )

    assert answer.status_code == 422
    assert not RightGrant.objects.exists()


@pytest.mark.parametrize("name", ["auditentry", "accessentry"])
def test_records_of_acts_are_read_only_for_everyone(as_admin, name):
    AuditEntryFactory()
    AccessEntryFactory()
    row = {"auditentry": AuditEntry, "accessentry": AccessEntry}[name].objects.get()

    assert page(as_admin, f"{name}_change", row.pk).status_code == 200
    assert page(as_admin, f"{name}_add").status_code == 403
    assert page(as_admin, f"{name}_delete", row.pk).status_code == 403
    url = reverse(f"admin:accounts_{name}_change", args=[row.pk])
    assert as_admin.post(url, {"verb": "nothing"}).status_code == 403


def test_autocomplete_offers_visible_people_only(client, supervised):
    supervisor, mine, _team = supervised
    client.force_login(supervisor)
    asked = {"app_label": "accounts", "model_name": "agentkey", "field_name": "user"}

    found = client.get(reverse("admin:autocomplete"), asked | {"term": ""}).json()["results"]

    assert {int(row["id"]) for row in found} == {supervisor.pk, mine.pk}


def test_tables_of_libraries_have_no_page(as_admin):
    for path in ("auth/group/", "account/emailaddress/", "django_q/schedule/", "sessions/session/"):
        assert as_admin.get(f"/admin/{path}").status_code == 404


def test_team_page_shows_who_is_in_it_now(as_admin):
    led = TeamMembershipFactory(kind="supervisor", user__full_name="Sue Visor")
    TeamMembershipFactory(team=led.team)

    assert "Sue Visor" in page(as_admin, "team_changelist").content.decode()
    assert Team.objects.count() == 1


def test_every_list_of_children_can_be_shown(rf):
    request = rf.get("/admin/")
    request.user = UserFactory(roles=["admin"])

    for model, registered in admin.site._registry.items():
        for inline in registered.inlines:
            assert inline(model, admin.site).get_formset(request), inline
