"""Pages of results: who sees what, and that private words stay private."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessEntry
from quality import scoring
from quality.actions import evaluations as actions
from quality.models import Evaluation, EvaluationRevision
from quality.sheets import evaluation_sheet_html
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import World, document, handled_leg, member

pytestmark = pytest.mark.django_db
CANARY = "Canary-4711-private"


@pytest.fixture
def world():
    return World()


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


def read(client, user, name, *args):
    client.force_login(user)
    return client.get(url(name, *args))


def with_private_words(world):
    """A released result with the canary in every private place."""
    draft = world.answered()
    world.save(draft, "greet", seen=1, comment_public="Well done.", comment_private=CANARY)
    EvaluationRevision.objects.filter(evaluation=draft).update(comment_private=CANARY)
    return world.submit(draft)


# --- The result -------------------------------------------------------------------------------


def test_result_shows_score_answers_and_evidence(client, world):
    evaluation = with_private_words(world)

    page = read(client, world.evaluator, "evaluation_detail", evaluation.pk).content.decode()

    assert "80.00" in page
    assert "Solves the matter" in page
    assert "In part" in page
    assert "Well done." in page
    assert CANARY in page


@pytest.mark.parametrize(
    "name", ["evaluation_detail", "evaluation_receipt", "evaluation_receipt_json"]
)
@pytest.mark.parametrize("role", ["agent", "trainer"])
def test_private_words_reach_no_agent_and_no_trainer(client, world, name, role):
    evaluation = with_private_words(world)
    reader = world.agent if role == "agent" else member("trainer", world.team)

    response = read(client, reader, name, evaluation.pk)

    assert response.status_code == 200
    assert CANARY not in response.content.decode()


def test_private_words_reach_no_sheet(world):
    evaluation = with_private_words(world)

    html = evaluation_sheet_html(
        evaluation, evaluation.current_revision, reader=world.evaluator, at=AT
    )

    assert "Well done." in html
    assert CANARY not in html


def test_hidden_evaluator_is_masked_for_the_agent(client):
    world = World(document(evaluator_hidden=True))
    world.evaluator.full_name = "Erika Mustermann"
    world.evaluator.save()
    evaluation = world.submitted()
    names = ["evaluation_detail", "evaluation_receipt", "evaluation_receipt_json", "my_results"]

    for name in names:
        args = [] if name == "my_results" else [evaluation.pk]
        page = read(client, world.agent, name, *args).content.decode()
        assert "Mustermann" not in page
    sheet = evaluation_sheet_html(
        evaluation, evaluation.current_revision, reader=world.agent, at=AT
    )
    assert "Mustermann" not in sheet


@pytest.mark.parametrize(
    "name",
    ["evaluation_detail", "evaluation_receipt", "evaluation_receipt_json", "evaluation_sheet"],
)
def test_result_of_another_team_is_404(client, world, name):
    evaluation = world.submitted()

    for role in ("agent", "evaluator", "trainer", "supervisor"):
        stranger = member(role, handled_leg().team)
        assert read(client, stranger, name, evaluation.pk).status_code == 404


def test_unreleased_result_is_404_for_its_agent(client):
    world = World(document(release_mode="manual"))
    evaluation = world.submitted()

    assert read(client, world.agent, "evaluation_detail", evaluation.pk).status_code == 404


def test_receipt_is_recomputed_and_equal(client, world):
    evaluation = world.submitted()

    page = read(client, world.agent, "evaluation_receipt", evaluation.pk).content.decode()

    assert "Recomputed just now: equal" in page
    assert evaluation.current_revision.receipt_sha256 in page


def test_receipt_file_gives_the_same_hash_when_scored_again(client, world):
    evaluation = world.submitted()

    body = read(client, world.agent, "evaluation_receipt_json", evaluation.pk).json()
    request = body["request"]
    again = scoring.score(request["scorecard"], request["answers"], request["facts"])

    assert again.receipt.sha256 == body["receipt"]["sha256"]
    assert json.loads(again.as_json()) == {"result": body["result"], "receipt": body["receipt"]}


def test_earlier_revision_stays_readable(client, world):
    evaluation = world.submitted()
    actions.resubmit_evaluation(
        evaluation=evaluation, reason="Heard it again.", by=world.evaluator, at=AT
    )
    world.save(evaluation, "solve", seen=1, answer={"option": "full"})
    world.submit(evaluation)
    client.force_login(world.evaluator)

    now = client.get(url("evaluation_detail", evaluation.pk)).content.decode()
    before = client.get(url("evaluation_detail", evaluation.pk), {"revision": "1"})

    assert "100.00" in now
    assert "This is an earlier revision" in before.content.decode()
    assert client.get(url("evaluation_detail", evaluation.pk), {"revision": "9"}).status_code == 404


# --- Acts -------------------------------------------------------------------------------------


def test_agent_acknowledges_once(client, world):
    evaluation = world.submitted()
    client.force_login(world.agent)

    first = client.post(url("evaluation_acknowledge", evaluation.pk), {"comment": "Fair."})
    second = client.post(url("evaluation_acknowledge", evaluation.pk))

    assert first.status_code == 302
    assert second.status_code == 409
    assert "This is not possible" in second.content.decode()


def test_nobody_else_acknowledges(client, world):
    evaluation = world.submitted()

    client.force_login(UserFactory(roles=["admin"]))
    assert client.post(url("evaluation_acknowledge", evaluation.pk)).status_code == 403


def test_supervisor_voids_with_a_reason(client, world):
    evaluation = world.submitted()
    client.force_login(member("supervisor", world.team))

    refused = client.post(url("evaluation_void", evaluation.pk), {"reason": "no"})
    done = client.post(url("evaluation_void", evaluation.pk), {"reason": "The wrong call."})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert Evaluation.objects.get().state == "void"


def test_evaluator_cannot_void(client, world):
    evaluation = world.submitted()
    client.force_login(world.evaluator)

    response = client.post(url("evaluation_void", evaluation.pk), {"reason": "The wrong call."})

    assert response.status_code == 403


def test_release_by_hand(client):
    world = World(document(release_mode="manual"))
    evaluation = world.submitted()
    client.force_login(world.evaluator)

    first = client.post(url("evaluation_release", evaluation.pk))
    second = client.post(url("evaluation_release", evaluation.pk))

    assert (first.status_code, second.status_code) == (302, 409)


def test_score_again_leads_to_the_workspace(client, world):
    evaluation = world.submitted()
    client.force_login(world.evaluator)

    response = client.post(url("evaluation_resubmit", evaluation.pk), {"reason": "Heard it again."})

    assert response.url == url("evaluation_score", evaluation.pk)
    assert client.get(response.url).status_code == 200


# --- Lists ------------------------------------------------------------------------------------


def many(count):
    """A world whose evaluator has scored so many legs of one team."""
    world = World()
    for _ in range(count):
        world.leg = handled_leg(world.team, agent=world.agent, turns=0)
        world.submitted()
    return world


@pytest.mark.parametrize(
    ("name", "who", "most"),
    [
        ("evaluation_list", "evaluator", 12),
        ("work_list", "evaluator", 14),
        ("work_by_hand", "evaluator", 14),
        ("my_results", "agent", 18),
    ],
)
def test_lists_cost_the_same_for_1_row_and_for_50(client, name, who, most):
    counts = []
    for rows in (1, 50):
        world = many(rows)
        for _ in range(rows):
            handled_leg(world.team, agent=world.agent, turns=0)
        client.force_login(getattr(world, who))
        client.get(url(name))
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url(name))
        assert response.status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= most


def test_list_narrows_by_outcome(client, world):
    world.submitted()

    def found(**filters):
        client.force_login(world.evaluator)
        return client.get(url("evaluation_list"), filters).content.decode()

    ref = Evaluation.objects.get().public_ref
    assert ref in found(outcome="passed")
    assert ref not in found(outcome="failed")
    assert ref not in found(until_on="2020-01-01")


def test_bad_filter_value_is_400(client, world):
    client.force_login(world.evaluator)

    assert client.get(url("evaluation_list"), {"from_on": "31 February"}).status_code == 400


def test_work_by_hand_offers_what_the_scorecard_is_for(client, world):
    chat = handled_leg(world.team, channel="chat", turns=0)
    world.scorecard.channels = ["voice"]
    world.scorecard.save()

    page = read(client, world.evaluator, "work_by_hand").content.decode()

    assert world.leg.interaction.reference in page
    assert chat.interaction.reference not in page


def test_started_leg_moves_to_open_work(client, world):
    draft = world.start()

    mine = read(client, world.evaluator, "work_list").content.decode()
    offers = read(client, world.evaluator, "work_by_hand").content.decode()

    assert draft.public_ref in mine
    assert world.leg.interaction.reference not in offers


def test_leg_is_started_by_hand_with_a_reason(client, world):
    client.force_login(world.evaluator)
    address = url("evaluation_start", world.leg.pk)
    fields = {"scorecard": world.scorecard.pk, "reason": "The customer praised it."}

    refused = client.post(address, fields | {"reason": "short"})
    started = client.post(address, fields)

    evaluation = Evaluation.objects.get()
    assert refused.status_code == 422
    assert started.url == url("evaluation_score", evaluation.pk)
    assert (evaluation.selection, evaluation.selection_reason) == (
        "manual",
        "The customer praised it.",
    )


def test_leg_that_somebody_else_has_is_409_with_a_link(client, world):
    evaluation = world.submitted()
    other = member("evaluator", world.team)
    client.force_login(other)
    fields = {"scorecard": world.scorecard.pk, "reason": "The customer praised it."}

    response = client.post(url("evaluation_start", world.leg.pk), fields)

    assert response.status_code == 409
    assert evaluation.public_ref in response.content.decode()


def test_my_results_show_no_average_below_five(client, world):
    world.submitted()

    page = read(client, world.agent, "my_results").content.decode()

    assert "Not enough evidence" in page
    assert "To acknowledge" in page


def test_reading_somebody_elses_result_is_noted_once(client):
    """C-106."""
    world = World()
    evaluation = world.submitted()
    supervisor = member("supervisor", world.team)
    for person in (world.agent, world.evaluator, supervisor, supervisor):
        client.force_login(person)
        client.get(reverse("quality:evaluation_detail", args=[evaluation.pk]))

    entry = AccessEntry.objects.get(kind="viewed_evaluation")

    assert (entry.actor, entry.about) == (supervisor, world.agent)


def test_list_tells_what_was_not_acknowledged_in_time(client):
    """Q-601."""
    world = World(document(acknowledge_hours=1))
    evaluation = world.submitted()
    client.force_login(member("supervisor", world.team))
    address = reverse("quality:evaluation_list")

    found = {
        word: [
            row.pk for row in client.get(f"{address}?acknowledged={word}").context["evaluations"]
        ]
        for word in ("yes", "no", "overdue")
    }

    assert found == {"yes": [], "no": [evaluation.pk], "overdue": [evaluation.pk]}
