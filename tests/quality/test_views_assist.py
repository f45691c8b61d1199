"""Pages of assist rules, and proposals in the workspace: what shows, to whom, at what cost."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quality.actions import assist
from quality.models import AssistRule
from tests.factories.accounts import TeamFactory
from tests.factories.quality_rules import AssistRuleFactory
from tests.quality.worlds import World, member

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Greets",
    "proposes": "greet:yes",
    "otherwise": "greet:no",
    "kind": "phrase_present",
    "phrases": "turn number 0\nhello there",
    "speaker": "agent",
    "window": "first_turns",
    "window_size": "2",
    "bound": "at_least",
}


@pytest.fixture
def world():
    world = World()
    world.supervisor = member("supervisor", world.team)
    return world


@pytest.fixture
def ours(world):
    rule = AssistRuleFactory(scorecard=world.scorecard, otherwise_key="no")
    rule.teams.add(world.team)
    return rule


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


def form(world, **changes):
    return {**FORM, "scorecard": world.scorecard.pk, "teams": [world.team.pk], **changes}


def test_supervisor_writes_a_rule_for_the_own_team(client, world):
    client.force_login(world.supervisor)

    asked = client.get(url("assist_create"))
    page = client.get(url("assist_create"), {"scorecard": world.scorecard.pk})
    response = client.post(url("assist_create"), form(world))

    rule = AssistRule.objects.get()
    assert world.scorecard.name in asked.content.decode()
    assert "Verifies the caller" in page.content.decode()
    assert response.url == url("assist_detail", rule.pk)
    assert (rule.phrases, rule.window_size) == (["turn number 0", "hello there"], 2)
    assert "by the agent in the first 2 turns" in client.get(response.url).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"teams": []}, "This field is required."),
        ({"otherwise": "verify:yes"}, "Choose an answer of the same criterion."),
        ({"phrases": " \n"}, "Write 1 to 50 phrases, one a line."),
        ({"window_size": ""}, "Say how many seconds or turns, from 1 on."),
        ({"proposes": "greet:maybe"}, "Select a valid choice."),
    ],
)
def test_bad_input_comes_back_with_its_sentence(client, world, changes, sentence):
    client.force_login(world.supervisor)

    response = client.post(url("assist_create"), form(world, **changes))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Greets" in response.content.decode()
    assert not AssistRule.objects.exists()


def test_rule_for_every_team_is_read_but_not_changed_by_a_supervisor(client, world):
    general = AssistRuleFactory(scorecard=world.scorecard)
    client.force_login(world.supervisor)

    assert client.get(url("assist_detail", general.pk)).status_code == 200
    assert client.get(url("assist_edit", general.pk)).status_code == 403
    assert client.post(url("assist_switch", general.pk), {"act": "off"}).status_code == 403


def test_rule_of_another_team_is_not_there(client, world, ours):
    client.force_login(member("supervisor", TeamFactory()))

    assert client.get(url("assist_detail", ours.pk)).status_code == 404
    assert client.post(url("assist_switch", ours.pk)).status_code == 404
    assert ours.name not in client.get(url("assist_list")).content.decode()


def test_rule_is_changed_over_what_was_seen_only(client, world, ours):
    client.force_login(world.supervisor)
    changed = form(world, name="Says hello", row_version="1")

    assert client.post(url("assist_edit", ours.pk), changed).status_code == 302
    old = client.post(url("assist_edit", ours.pk), changed)

    assert old.status_code == 409
    assert "Somebody else changed this rule first" in old.content.decode()


def test_rule_is_switched_off_and_on(client, world, ours):
    client.force_login(world.supervisor)

    short = client.post(url("assist_switch", ours.pk), {"act": "off", "reason": "No."})
    client.post(url("assist_switch", ours.pk), {"act": "off", "reason": "It finds too much."})

    assert short.status_code == 422
    assert "It finds too much." in client.get(url("assist_detail", ours.pk)).content.decode()
    client.post(url("assist_switch", ours.pk), {"act": "on"})
    ours.refresh_from_db()
    assert (ours.is_active, ours.off_reason) == (True, "")


def test_trial_asks_recent_transcripts_while_writing(client, world):
    client.force_login(world.supervisor)

    found = client.post(url("assist_preview"), form(world)).content.decode()
    bad = client.post(url("assist_preview"), form(world, phrases="")).content.decode()

    assert "of the latest 1 transcripts" in found
    assert "Turn number 0 of the call." in found
    assert "Write 1 to 50 phrases" in bad


def test_list_costs_the_same_for_one_rule_and_many(client, world, ours):
    client.force_login(world.supervisor)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("assist_list")).status_code == 200
        counts.append(len(captured))
        for _more in range(8):
            AssistRuleFactory(scorecard=world.scorecard)

    assert counts[0] == counts[1]


# --- In the workspace -------------------------------------------------------------------------


def save(client, evaluation, **body):
    body = {"row_version": 0, "save_id": str(uuid4()), **body}
    address = url("answer_save", evaluation.pk, "greet")
    return client.put(address, json.dumps(body), content_type="application/json").json()


def test_workspace_shows_a_proposal_and_takes_it_over(client, world, ours, monkeypatch):
    monkeypatch.setattr(assist, "falls_into", lambda salt, name, share: False)
    evaluation = world.start()
    client.force_login(world.evaluator)

    page = client.get(url("evaluation_score", evaluation.pk)).content.decode()
    suggestion = evaluation.suggestions.get()
    saved = save(client, evaluation, answer={"option": "yes"}, suggestion=suggestion.pk)

    assert f'data-proposal="{suggestion.pk}"' in page
    assert "unproven, n = 0" in page
    assert "Turn number 0" in saved["chips"][0]


def test_blind_proposal_is_nowhere_before_the_answer(client, world, ours, monkeypatch):
    monkeypatch.setattr(assist, "falls_into", lambda salt, name, share: True)
    evaluation = world.start()
    client.force_login(world.evaluator)

    page = client.get(url("evaluation_score", evaluation.pk)).content.decode()
    saved = save(client, evaluation, answer={"option": "no"})

    assert ours.name not in page
    assert ours.name in saved["proposals"]


def test_admin_lists_rules_with_their_proof_and_switches_them(client, world, ours):
    client.force_login(world.supervisor)
    address = reverse("admin:quality_assistrule_changelist")
    fields = {"action": "assist_off", "_selected_action": [ours.pk], "is_confirmed": "1"}

    page = client.get(address).content.decode()
    client.post(address, {**fields, "reason": "It finds too much in chats."}, follow=True)

    assert "unproven, n = 0" in page
    ours.refresh_from_db()
    assert (ours.is_active, ours.off_reason) == (False, "It finds too much in chats.")
