"""The pages of people and of the audit trail: what they show, and to whom."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts import actions, sealing
from accounts.models import AuditEntry, TeamMembership
from accounts.permissions import policy
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


@pytest.fixture
def ada():
    return UserFactory(roles=["admin"], full_name="Ada Admin")


@pytest.fixture
def as_ada(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def world():
    """A supervisor who leads North with Amy; Oscar is in another team."""
    led = TeamMembershipFactory(user__roles=["supervisor"], kind="supervisor", team__name="North")
    amy = TeamMembershipFactory(team=led.team, user__roles=["agent"], user__full_name="Amy Stone")
    oscar = TeamMembershipFactory(user__roles=["agent"], user__full_name="Oscar Other")
    return {"sue": led.user, "amy": amy.user, "oscar": oscar.user, "north": led.team}


def text(answer):
    return " ".join(answer.content.decode().split())


# --- People -------------------------------------------------------------------------------------


def test_team_list_shows_who_is_visible(client, world):
    client.force_login(world["sue"])

    shown = text(client.get("/team/"))

    assert "Amy Stone" in shown
    assert "North" in shown
    assert "Oscar Other" not in shown


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ada Admin", "Amy Stone", "Oscar Other"}),
        ("?q=amy", {"Amy Stone"}),
        ("?q=stone+amy", {"Amy Stone"}),
        ("?role=admin", {"Ada Admin"}),
        ("?with_inactive=on", {"Ada Admin", "Amy Stone", "Oscar Other", "Zed Gone"}),
        ("?q=nobody", set()),
    ],
)
def test_team_list_is_narrowed(as_ada, world, query, names):
    UserFactory(full_name="Zed Gone", is_active=False, deactivated_at=AT)

    shown = text(as_ada.get(f"/team/{query}"))

    everybody = {"Amy Stone", "Oscar Other", "Zed Gone"} | (names & {"Ada Admin"})
    assert {name for name in everybody if name in shown.split("<main")[1]} == names


def test_team_list_of_one_team(as_ada, world):
    shown = text(as_ada.get(f"/team/?team={world['north'].pk}"))

    assert "Amy Stone" in shown
    assert "Oscar Other" not in shown


@pytest.mark.parametrize("query", ["?team=999999", "?team=x", "?role=boss"])
def test_unknown_filter_values_answer_400(as_ada, query):
    assert as_ada.get(f"/team/{query}").status_code == 400


def test_team_list_costs_the_same_for_one_and_for_fifty(as_ada, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as few:
        as_ada.get("/team/")
    TeamMembershipFactory.create_batch(50, team=TeamFactory(), user__roles=["agent"])

    with django_assert_max_num_queries(12) as many:
        as_ada.get("/team/")
    assert len(many) == len(few)


def test_person_page_shows_teams_roles_and_keys(as_ada, world):
    amy = world["amy"]
    AgentKeyFactory(user=amy, key="agent-07")
    RightGrantFactory(user=amy, reason="Builds the billing card.")

    shown = text(as_ada.get(f"/team/{amy.pk}/"))

    for words in ("Amy Stone", "North", "1 Jan 2020", "agent-07", "Builds the billing card."):
        assert words in shown


def test_person_of_another_team_is_absent(client, world):
    client.force_login(world["sue"])

    assert client.get(f"/team/{world['oscar'].pk}/").status_code == 404
    assert client.get("/team/999999/").status_code == 404


def test_agent_sees_only_the_own_page(client, world):
    client.force_login(world["amy"])

    assert client.get(f"/team/{world['amy'].pk}/").status_code == 200
    assert client.get(f"/team/{world['sue'].pk}/").status_code == 404


def test_supervisor_sees_no_forms(client, world):
    client.force_login(world["sue"])

    shown = text(client.get(f"/team/{world['amy'].pk}/"))

    assert "Grant the role" not in shown
    assert "Close the account" not in shown
    answer = client.post(f"/team/{world['amy'].pk}/deactivate/", {"close-reason": "Bye."})
    assert answer.status_code == 403


def test_role_is_granted_and_ended_with_a_reason(as_ada, world):
    amy = world["amy"]
    url = f"/team/{amy.pk}/"

    as_ada.post(f"{url}grant-role/", {"grant-role": "evaluator", "grant-reason": "New task."})
    assert "Evaluator" in text(as_ada.get(url))

    as_ada.post(f"{url}end-role/", {"end-role": "agent", "end-reason": "New task."})
    amy.forget_grants()
    assert amy.roles == {"evaluator"}


def test_role_without_reason_is_asked_again(as_ada, world):
    answer = as_ada.post(
        f"/team/{world['amy'].pk}/grant-role/", {"grant-role": "evaluator", "grant-reason": ""}
    )

    assert answer.status_code == 422
    assert "This field is required." in text(answer)


def test_role_held_already_answers_409(as_ada, world):
    answer = as_ada.post(
        f"/team/{world['amy'].pk}/grant-role/", {"grant-role": "agent", "grant-reason": "Again."}
    )

    assert answer.status_code == 409
    assert "This person has that already." in text(answer)


def test_nobody_grants_themselves_a_role_or_closes_themselves(as_ada, ada):
    role = {"grant-role": "agent", "grant-reason": "For me."}

    assert as_ada.post(f"/team/{ada.pk}/grant-role/", role).status_code == 403
    assert as_ada.post(f"/team/{ada.pk}/deactivate/", {"close-reason": "x"}).status_code == 403


def test_agent_moves_to_another_team_on_a_day_of_the_site(as_ada, world, settings):
    settings.TIME_ZONE = "America/New_York"
    amy, south = world["amy"], TeamFactory(name="South")

    as_ada.post(
        f"/team/{amy.pk}/join-team/",
        {"join-team": south.pk, "join-kind": "agent", "join-starts_on": "2026-03-01"},
    )

    old, new = amy.memberships.order_by("starts_at")
    assert old.ends_at == new.starts_at == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert new.team == south


def test_membership_ends_on_a_day(as_ada, world):
    membership = world["amy"].memberships.get()
    url = reverse("accounts:person_leave_team", args=[world["amy"].pk, membership.pk])

    refused = as_ada.post(url, {"leave-ends_on": "2019-01-01"})
    assert refused.status_code == 409
    assert "it can only end later than that" in text(refused)
    as_ada.post(url, {"leave-ends_on": "2026-04-01"})

    membership.refresh_from_db()
    assert membership.ends_at == datetime(2026, 4, 1, tzinfo=UTC)


def test_membership_of_somebody_else_is_absent(as_ada, world):
    other = TeamMembership.objects.get(user=world["oscar"])

    url = reverse("accounts:person_leave_team", args=[world["amy"].pk, other.pk])

    assert as_ada.post(url, {"leave-ends_on": "2026-04-01"}).status_code == 404


def test_account_is_closed_and_opened_again(as_ada, world):
    amy = world["amy"]

    as_ada.post(f"/team/{amy.pk}/deactivate/", {"close-reason": "Left the company."})
    assert "Account closed" in text(as_ada.get(f"/team/{amy.pk}/"))
    as_ada.post(f"/team/{amy.pk}/reactivate/")

    amy.refresh_from_db()
    assert amy.is_active


# --- The matrix ---------------------------------------------------------------------------------


def test_matrix_prints_every_verb(as_ada):
    shown = text(as_ada.get("/team/matrix/"))

    assert "Customers and interactions" in shown
    assert "Merge customers" in shown
    assert f"{len(policy().verbs)} acts" in shown
    assert "Also by a single right" in shown


def test_matrix_is_searched(as_ada):
    shown = text(as_ada.get("/team/matrix/?q=merge+undo"))

    assert "1 act<" in shown
    assert "Undo merge" in shown
    assert "Submit evaluation" not in shown


# --- Audit --------------------------------------------------------------------------------------


def test_audit_list_tells_acts_in_words(as_ada, ada, world):
    actions.deactivate_user(user=world["amy"], by=ada, at=AT, reason="Left the company.")
    sealing.seal_chunk(at=AT)

    shown = text(as_ada.get("/audit/"))

    assert "<strong>Ada Admin</strong> · deactivate user ·" in shown
    assert "Left the company." in shown
    assert "Sealed up to entry 1" in shown


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?verb=rename+team", 2),
        ("?verb=nothing", 0),
        ("?who=ada", 1),
        ("?from_on=2026-03-16", 2),
        ("?from_on=2026-03-16&to_on=2026-03-17", 1),
    ],
)
def test_audit_list_is_narrowed(as_ada, ada, query, count):
    AuditEntryFactory(at=datetime(2026, 3, 15, 23, 59, tzinfo=UTC), by=ada, verb="open_case")
    AuditEntryFactory(at=AT)
    AuditEntryFactory(at=datetime(2026, 3, 17, tzinfo=UTC))

    assert as_ada.get(f"/audit/{query}").content.decode().count("Not sealed yet") == count


def test_audit_of_a_visible_record_is_whole(client, world):
    entry = AuditEntryFactory(record=world["north"], verb="rename_team")
    AuditEntryFactory(verb="rename_team")
    client.force_login(world["sue"])

    shown = text(client.get(f"/audit/?object=accounts.team:{world['north'].pk}"))

    assert shown.count("rename team") == 1
    assert str(entry.actor) in shown


def test_audit_of_an_invisible_record_is_empty(client, world):
    other = TeamMembership.objects.get(user=world["oscar"]).team
    AuditEntryFactory(record=other)
    client.force_login(world["sue"])

    assert "No entry here" in text(client.get(f"/audit/?object=accounts.team:{other.pk}"))


@pytest.mark.parametrize(("who", "count"), [("sue", 2), ("amy", 1), ("oscar", 0)])
def test_audit_reaches_as_far_as_the_role(client, world, who, count):
    AuditEntryFactory(by=world["amy"])
    AuditEntryFactory(by=world["sue"])
    AuditEntryFactory()
    client.force_login(world[who])

    assert client.get("/audit/").content.decode().count("Not sealed yet") == count


@pytest.mark.parametrize(
    "query", ["?object=x", "?object=crm.case:1'--", "?from_on=yesterday", "?object=a.b:1:2"]
)
def test_tampered_filters_answer_400(as_ada, query):
    assert as_ada.get(f"/audit/{query}").status_code == 400


@pytest.mark.parametrize("query", ["?object=no.model:1", "?object=accounts.user:abc"])
def test_unknown_objects_have_no_entries(as_ada, query):
    answer = as_ada.get(f"/audit/{query}")

    assert answer.status_code == 200
    assert "No entry here" in text(answer)


def test_audit_list_costs_the_same_for_one_and_for_fifty(as_ada, django_assert_max_num_queries):
    AuditEntryFactory()
    with django_assert_max_num_queries(12) as few:
        as_ada.get("/audit/")
    for _ in range(50):
        AuditEntryFactory()

    with django_assert_max_num_queries(12) as many:
        as_ada.get("/audit/")
    assert len(many) == len(few)
    assert AuditEntry.objects.count() == 51


def test_access_list_tells_who_read_what(as_ada, world):
    AccessEntryFactory(actor=world["sue"], about=world["amy"], kind="played_recording",
                       from_seconds=5, to_seconds=65)  # fmt: skip

    shown = text(as_ada.get("/audit/access/?kind=played_recording"))

    assert "Played a recording" in shown
    assert "0:05 to 1:05" in shown
    assert "No reading here" in text(as_ada.get("/audit/access/?kind=erased"))


def test_agent_sees_who_read_their_work(client, world):
    AccessEntryFactory(about=world["amy"], actor__full_name="Eve Reader")
    AccessEntryFactory(actor__full_name="Max Other")
    client.force_login(world["amy"])

    shown = text(client.get("/audit/access/"))

    assert "Eve Reader" in shown
    assert "Max Other" not in shown


@pytest.mark.parametrize("path", ["/audit/", "/audit/access/"])
@pytest.mark.parametrize("role", ["evaluator", "trainer"])
def test_audit_is_closed_to_evaluators_and_trainers(client, path, role):
    client.force_login(UserFactory(roles=[role]))

    assert client.get(path).status_code == 403
