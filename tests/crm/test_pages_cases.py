from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm import closing
from crm.actions import case_links, case_messages, cases, clocks
from crm.case_sheet import case_sheet_html
from crm.models import Case, CaseStatus, Macro, Note, SlaPolicy
from tests.factories.accounts import (
    BusinessCalendarFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import CustomerFactory, InteractionFactory, LegFactory
from tests.factories.crm_cases import CannedReplyFactory, MacroFactory, SlaPolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def agent(team):
    user = UserFactory(roles=["agent"])
    TeamMembershipFactory(user=user, team=team)
    return user


@pytest.fixture
def boss(team):
    user = UserFactory(roles=["supervisor"])
    TeamMembershipFactory(user=user, team=team, kind="supervisor")
    return user


@pytest.fixture
def admin():
    return UserFactory(roles=["admin"])


def opened(team, **kwargs):
    told = {"subject": "Parcel is late", "by": None, "at": timezone.now(), "team": team}
    return cases.open_case(**told | kwargs)


def queries():
    return CaptureQueriesContext(connection)


def page(client, user, name, /, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"crm:{name}", args=args), query)


def post(client, user, name, /, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"crm:{name}", args=args), data)


# --- Who sees what -------------------------------------------------------------------------------


def test_a_team_sees_its_own_cases(client, team, agent):
    opened(team, subject="Ours")
    opened(TeamFactory(), subject="Theirs")

    text = page(client, agent, "case_list").content.decode()

    assert "Ours" in text
    assert "Theirs" not in text


@pytest.mark.parametrize("name", ["case_detail", "case_clocks", "case_sheet"])
def test_another_teams_case_is_not_there(client, agent, name):
    other = opened(TeamFactory())

    assert page(client, agent, name, other.pk).status_code == 404


def test_a_trainer_reads_and_changes_nothing(client, team):
    trainer = UserFactory(roles=["trainer"])
    TeamMembershipFactory(user=trainer, team=team, kind="trainer")
    case = opened(team)

    assert page(client, trainer, "case_detail", case.pk).status_code == 200
    assert post(client, trainer, "case_take", case.pk).status_code == 403


@pytest.mark.parametrize("query", [{}, {"view": "board"}])
def test_the_list_asks_as_often_for_one_case_as_for_many(client, team, boss, query):
    opened(team, customer=CustomerFactory(), assignee=boss)
    page(client, boss, "case_list", **query)
    with queries() as one:
        page(client, boss, "case_list", **query)
    for _number in range(20):
        opened(team, customer=CustomerFactory(), assignee=UserFactory())
    with queries() as many:
        page(client, boss, "case_list", **query)

    assert len(many) == len(one) <= 20


def test_a_filter_that_cannot_be_is_told(client, boss):
    answer = page(client, boss, "case_list", priority="huge")

    assert answer.status_code == 400


def test_filters_narrow(client, team, boss):
    opened(team, subject="Urgent one", priority="urgent")
    done = opened(team, subject="Done one")
    cases.resolve_case(case=done, by=None, at=timezone.now())

    assert "Urgent one" in page(client, boss, "case_list", priority="urgent").content.decode()
    assert "Urgent one" not in page(client, boss, "case_list", state="resolved").content.decode()
    assert "Done one" in page(client, boss, "case_list", state="resolved").content.decode()
    assert "Done one" in page(client, boss, "case_list", q="done", state="any").content.decode()


# --- Opening and changing ------------------------------------------------------------------------


def test_a_case_is_opened_from_an_interaction(client, team, agent):
    customer = CustomerFactory()
    call = InteractionFactory(customer=customer)
    call.legs.create(position=1, agent=agent)
    assert (
        call.reference
        in page(client, agent, "case_new", **{"from": call.reference}).content.decode()
    )

    answer = post(
        client,
        agent,
        "case_new",
        **{"from": call.reference},
        subject="Lost parcel",
        customer=customer.reference,
        kind="problem",
        priority="high",
        team=team.pk,
        assignee=agent.pk,
    )

    case = Case.objects.get()
    assert answer.url == case.get_absolute_url()
    assert (case.customer, case.assignee, case.opened_by) == (customer, agent, agent)
    assert list(case.interactions.all()) == [call]


def test_a_form_that_cannot_be_used_comes_back_with_what_was_typed(client, team, agent):
    answer = post(client, agent, "case_new", subject="Lost", customer="C-99", team=team.pk)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "There is no C-… of that number" in text
    assert "Lost" in text


def test_a_change_over_somebody_elses_is_a_conflict(client, team, boss):
    case = opened(team)
    told = {"subject": "New words", "kind": "question", "priority": "low", "team": team.pk}

    assert post(client, boss, "case_edit", case.pk, **told, version=99).status_code == 409
    assert post(client, boss, "case_edit", case.pk, **told, version=case.version).status_code == 302
    assert Case.objects.get().subject == "New words"


# --- The page of one case ------------------------------------------------------------------------


def test_the_page_shows_what_was_said_and_done(client, team, agent):
    case = opened(team, customer=CustomerFactory(), is_from_customer=True)
    at = timezone.now()
    case_messages.record_message(case=case, speaker="agent", body="On our way.", by=agent, at=at)
    case_messages.write_note(case=case, body="<b>Ask Tom</b>", by=agent, at=at)
    cases.resolve_case(case=case, by=agent, at=at)

    text = page(client, agent, "case_detail", case.pk).content.decode()

    assert "On our way." in text
    assert "&lt;b&gt;Ask Tom&lt;/b&gt;" in text
    assert "New → Resolved" in text


def test_the_page_asks_as_often_for_a_long_thread(client, team, agent):
    case = opened(team, customer=CustomerFactory())

    def say(count):
        for _number in range(count):
            at = timezone.now()
            case_messages.record_message(case=case, speaker="agent", body="…", by=agent, at=at)
            case_messages.write_note(case=case, body="…", by=agent, at=at)

    say(1)
    page(client, agent, "case_detail", case.pk)
    with queries() as short:
        page(client, agent, "case_detail", case.pk)
    say(5)
    with queries() as long:
        page(client, agent, "case_detail", case.pk)

    assert len(long) == len(short) <= 45


def test_an_empty_message_comes_back(client, team, agent):
    case = opened(team)

    answer = post(
        client, agent, "case_message", case.pk, body=" ", speaker="agent", channel="email"
    )

    assert answer.status_code == 422


def test_messages_and_notes_are_written(client, team, agent):
    case = opened(team)
    told = {"body": "We look.", "speaker": "agent", "channel": "email"}

    assert post(client, agent, "case_message", case.pk, **told).status_code == 302
    assert (
        post(client, agent, "case_note", case.pk, body="Note", mention=agent.pk).status_code == 302
    )

    assert Note.objects.get().author == agent
    assert case.watchers.get().reason == "mentioned"


def test_a_macro_is_run_whole_or_not_at_all(client, team, agent, monkeypatch):
    case = opened(team)
    steps = [{"do": "priority", "value": "high"}, {"do": "status", "value": "resolved"}]
    macro = MacroFactory(scope="shared", actions=steps)
    monkeypatch.setattr(closing, "_guards", [lambda case: ["Choose a root cause."]])

    refused = post(client, agent, "case_macro", case.pk, macro=macro.pk)

    assert refused.status_code == 409
    assert "Choose a root cause." in refused.content.decode()
    assert Case.objects.get().priority == "normal"
    assert post(client, agent, "case_macro", case.pk, macro=0).status_code == 404


def status_named(name):
    return CaseStatus.objects.get(name=name)


def test_a_guard_stops_the_page_and_the_admin(client, team, boss, monkeypatch):
    case = opened(team)
    monkeypatch.setattr(closing, "_guards", [lambda case: ["Choose a root cause."]])

    by_page = post(client, boss, "case_move", case.pk, status=status_named("Resolved").pk)
    by_admin = client.post(
        reverse("admin:crm_case_changelist"),
        {"action": "resolve_row", "_selected_action": [case.pk], "is_confirmed": 1, "reason": "x"},
        follow=True,
    )

    assert by_page.status_code == 409
    assert "Choose a root cause." in by_admin.content.decode()
    assert Case.objects.select_related("status").get().category == "open"


def test_an_agent_does_not_reopen_a_closed_case(client, team, agent, boss):
    case = opened(team)
    at = timezone.now()
    cases.resolve_case(case=case, by=None, at=at)
    cases.close_case(case=case, by=None, at=at)
    told = {"status": status_named("New").pk, "reason": "The parcel came back."}

    assert post(client, agent, "case_move", case.pk, **told).status_code == 403
    assert post(client, boss, "case_move", case.pk, **told).status_code == 302


def test_an_illegal_move_names_the_allowed_ones(client, team, boss):
    case = opened(team)

    answer = post(client, boss, "case_move", case.pk, status=status_named("Closed").pk)

    assert answer.status_code == 409
    assert "can only become open or waiting or resolved" in answer.content.decode()


def test_merging_and_splitting(client, team, boss):
    customer = CustomerFactory()
    case, into = opened(team, customer=customer), opened(team, customer=customer)
    told = {"into": into.reference, "reason": "The same parcel twice."}

    assert (
        post(client, boss, "case_merge", case.pk, into=case.reference, reason="…").status_code
        == 422
    )
    answer = post(client, boss, "case_merge", case.pk, **told)

    assert answer.url == into.get_absolute_url()
    case.refresh_from_db()
    assert (case.merged_into, case.category) == (into, "closed")
    assert set(case.clocks.values_list("state", flat=True)) == {"canceled"}
    assert post(client, boss, "case_split", into.pk, subject="Other").status_code == 422


def test_a_case_is_split_by_its_interactions(client, team, boss):
    case = opened(team, customer=CustomerFactory())
    stays, goes = (
        LegFactory(team=team, interaction__customer=case.customer).interaction for _ in range(2)
    )
    for interaction in (stays, goes):
        case_links.link_interaction(case=case, interaction=interaction, by=boss, at=timezone.now())

    shown = page(client, boss, "case_split", case.pk).content.decode()
    answer = post(
        client, boss, "case_split", case.pk, subject="The invoice", interactions=[goes.pk]
    )

    made = Case.objects.get(follow_up_of=case)
    assert stays.reference in shown and goes.reference in shown
    assert answer.url == made.get_absolute_url()
    assert (made.subject, made.customer, made.team) == ("The invoice", case.customer, team)
    assert list(made.interactions.all()) == [goes]
    assert list(case.interactions.all()) == [stays]


# --- Why is this late ----------------------------------------------------------------------------


def test_the_clocks_are_told_step_by_step(client, team, boss):
    SlaPolicyFactory(targets={"resolution": 3600})
    opened_at = timezone.now() - timedelta(hours=5)
    case = opened(team, at=opened_at)
    clocks.note_breaches(at=timezone.now())

    text = page(client, boss, "case_clocks", case.pk, hours="12").content.decode()

    assert "The target was used up" in text
    assert "Nothing is saved." in text
    assert page(client, boss, "case_clocks", case.pk, hours="x").status_code == 200


def test_excusing_is_for_others_than_the_assignee(client, team, agent, boss):
    SlaPolicyFactory(targets={"resolution": 60})
    case = opened(team, at=timezone.now() - timedelta(hours=1), assignee=boss)
    clocks.note_breaches(at=timezone.now())
    clock = case.clocks.get()
    told = {"reason": "The carrier was on strike."}

    assert post(client, agent, "case_excuse", case.pk, clock.pk, **told).status_code == 403
    assert post(client, boss, "case_excuse", case.pk, clock.pk, **told).status_code == 403
    cases.assign_case(case=case, assignee=agent, by=boss, at=timezone.now())
    assert post(client, boss, "case_excuse", case.pk, clock.pk, reason="").status_code == 422
    assert post(client, boss, "case_excuse", case.pk, clock.pk, **told).status_code == 302
    clock.refresh_from_db()
    assert clock.is_excused


def test_the_case_as_a_document(client, team, boss):
    case = opened(team, customer=CustomerFactory())

    answer = page(client, boss, "case_sheet", case.pk)

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_document_of_a_case_says_as_of_when(team, boss):
    at = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)

    html = case_sheet_html(opened(team), boss, at=at)

    assert "Data as of 2026-05-04 08:30 UTC" in html


# --- Policies and prepared work ------------------------------------------------------------------


def policy_form(**more):
    return {
        "name": "Standard",
        "hours-resolution-any": "8",
        "clock-first_response": "business",
        "clock-next_response": "business",
        "clock-resolution": "business",
        "pauses-resolution": "on",
        "all-field": ["priority", ""],
        "all-operator": ["is", "is"],
        "all-value": ["urgent", ""],
        **more,
    }


def test_a_policy_is_saved_as_versions(client, admin):
    calendar = BusinessCalendarFactory()

    assert post(client, admin, "policy_new", **policy_form(calendar=calendar.pk)).status_code == 302
    policy = SlaPolicy.objects.get()
    old = post(client, admin, "policy_detail", policy.pk, **policy_form(version=7))
    new = post(client, admin, "policy_detail", policy.pk, **policy_form(version=1))

    assert (old.status_code, new.status_code) == (409, 302)
    policy.refresh_from_db()
    assert policy.current.number == 2
    assert policy.current.conditions["all"][0]["value"] == "urgent"
    assert policy.current.targets.get().target_seconds == 8 * 3600
    assert page(client, admin, "policy_detail", policy.pk).status_code == 200


def test_conditions_that_cannot_be_come_back(client, admin):
    told = policy_form(**{"all-value": ["huge", ""]})

    answer = post(client, admin, "policy_new", **told)

    assert answer.status_code == 422
    assert "Priority is one of" in answer.content.decode()


def test_policies_are_put_in_order_and_tried(client, team, admin):
    first, second = SlaPolicyFactory(targets={}), SlaPolicyFactory(targets={"resolution": 60})
    case = opened(team)

    post(client, admin, "policy_move", second.pk, direction="up")
    text = page(client, admin, "policy_list", case=case.reference).content.decode()

    assert list(SlaPolicy.objects.values_list("pk", flat=True)) == [second.pk, first.pk]
    assert "Fits" in text
    assert "There is no K-…" in page(client, admin, "policy_list", case="K-9").content.decode()
    post(client, admin, "policy_switch", first.pk)
    assert not SlaPolicy.objects.get(pk=first.pk).is_active


def test_supervisors_do_not_change_policies(client, boss):
    assert page(client, boss, "policy_list").status_code == 403


def test_macros_and_replies_are_kept(client, agent):
    macro = {
        "name": "Refund and go",
        "scope": "personal",
        "do": ["note", ""],
        "value": ["Done.", ""],
    }
    reply = {"name": "Refund", "scope": "personal", "shortcut": "refund", "body": "Refunded."}

    assert post(client, agent, "macro_new", **macro).status_code == 302
    assert post(client, agent, "macro_new", **macro | {"do": "", "value": ""}).status_code == 422
    assert post(client, agent, "reply_new", **reply).status_code == 302
    assert post(client, agent, "reply_new", **reply | {"body": "{customer.ssn}"}).status_code == 422
    text = page(client, agent, "macro_list").content.decode()
    assert "/refund" in text
    made = Macro.objects.get()
    assert page(client, agent, "macro_edit", made.pk).status_code == 200
    assert post(client, agent, "macro_retire", made.pk).status_code == 302
    assert "Refund and go" not in page(client, agent, "macro_list").content.decode()
    assert page(client, agent, "macro_list", unused="1").status_code == 200


def test_somebody_elses_personal_reply_is_not_there(client, agent):
    other = CannedReplyFactory(scope="personal")

    assert page(client, agent, "reply_edit", other.pk).status_code == 404
