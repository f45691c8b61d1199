"""The workspace's page and endpoints: what they show, whom they refuse, what they cost."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quality.models import Answer, Evaluation
from tests.factories.accounts import UserFactory
from tests.quality.worlds import GIVEN, YES_NO, World, document, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def draft(world):
    return world.start()


def url(name, evaluation, *more):
    return reverse(f"quality:{name}", args=[evaluation.pk, *more])


@pytest.fixture
def send(client, world):
    """Send JSON as the evaluator, or as somebody else."""

    def sent(method, address, body, user=None):
        client.force_login(user or world.evaluator)
        return client.generic(method, address, json.dumps(body), content_type="application/json")

    return sent


def save(send, draft, key, user=None, **body):
    body = {"row_version": 0, "save_id": str(uuid4()), **body}
    return send("PUT", url("answer_save", draft, key), body, user)


def queries_of(call):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return [
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]


def big_world(criteria, turns):
    content = document(weight_mode="points", bands=[])
    content["sections"] = [
        {
            "key": f"s{n}",
            "title": f"Section {n}",
            "criteria": [
                {"key": f"c{n}-{m}", "text": f"Question {n}.{m}", "options": YES_NO}
                for m in range(10)
            ],
        }
        for n in range(criteria // 10)
    ]
    return World(content, turns=turns)


# --- The page ---------------------------------------------------------------------------------


def test_page_shows_transcript_and_scorecard(client, world, draft):
    client.force_login(world.evaluator)

    page = client.get(url("evaluation_score", draft)).content.decode()

    assert "Turn number 3 of the call." in page
    assert "Verifies the caller" in page
    assert "No recording for this voice interaction" in page


@pytest.mark.parametrize("role", ["evaluator", "supervisor", "trainer", "agent"])
def test_page_of_a_draft_is_not_there_for_others(client, world, draft, role):
    client.force_login(member(role, world.team))

    assert client.get(url("evaluation_score", draft)).status_code in (403, 404)


def test_page_of_a_submitted_evaluation_leads_to_the_result(client, world):
    evaluation = world.submitted()
    client.force_login(world.evaluator)

    response = client.get(url("evaluation_score", evaluation))

    assert response.url == url("evaluation_detail", evaluation)


def test_page_costs_the_same_for_10_and_100_criteria(client):
    counts = []
    for criteria, turns in ((10, 5), (100, 60)):
        world = big_world(criteria, turns)
        draft = world.start()
        client.force_login(world.evaluator)
        client.get(url("evaluation_score", draft))
        counts.append(len(queries_of(lambda d=draft: client.get(url("evaluation_score", d)))))

    assert counts[0] == counts[1] <= 20


def test_page_of_60_criteria_stays_under_200_kilobytes(client):
    world = big_world(60, 100)
    draft = world.start()
    client.force_login(world.evaluator)

    page = client.get(url("evaluation_score", draft)).content

    assert len(page) < 200_000


def test_turns_come_in_pieces_of_200(client):
    world = World(turns=230)
    draft = world.start()
    client.force_login(world.evaluator)

    first = client.get(url("evaluation_score", draft)).content.decode()
    rest = client.get(url("evaluation_turns", draft), {"after": "199"}).content.decode()

    assert first.count("data-turn=") == 200
    assert rest.count("data-turn=") == 30


def test_weights_hidden_are_nowhere_until_submit(client, send):
    content = document(weights_hidden=True)
    content["sections"][1]["criteria"][0]["options"][0]["points"] = "7777"
    world = World(content)
    draft = world.start()
    client.force_login(world.evaluator)

    page = client.get(url("evaluation_score", draft)).content.decode()
    reply = save(send, draft, "greet", world.evaluator, answer={"option": "yes"})

    assert "7777" not in page
    assert reply.json()["running"] is None


# --- Saving -----------------------------------------------------------------------------------


def test_save_answers_with_the_state_and_the_score_so_far(send, draft):
    reply = save(send, draft, "solve", answer={"option": "part"})

    body = reply.json()
    assert body["answers"]["solve"]["answer"] == {"option": "part"}
    assert body["answers"]["solve"]["row_version"] == 1
    assert body["running"]["score_percent"] == "50.00"
    assert body["failed"] == {"solve": False}
    assert body["hidden"] == []
    assert len(reply.content) < 4096


def test_save_costs_at_most_ten_queries_on_200_criteria(client, send):
    world = big_world(200, 0)
    draft = world.start()
    save(send, draft, "c0-0", world.evaluator, answer={"option": "yes"})
    client.force_login(world.evaluator)
    address = url("answer_save", draft, "c0-1")
    body = {"row_version": 0, "save_id": str(uuid4()), "answer": {"option": "yes"}}

    queries = queries_of(
        lambda: client.generic("PUT", address, json.dumps(body), content_type="application/json")
    )

    assert len(queries) <= 10


def test_save_without_row_version_is_428(send, draft):
    reply = send("PUT", url("answer_save", draft, "greet"), {"answer": None})

    assert reply.status_code == 428


def test_stale_save_is_409_with_both_sides(send, world, draft):
    save(send, draft, "greet", answer={"option": "yes"})

    reply = save(send, draft, "greet", answer={"option": "no"})

    assert reply.status_code == 409
    assert reply.json()["current"]["answer"] == {"option": "yes"}
    assert reply.json()["current"]["saved_by"] == str(world.evaluator)


@pytest.mark.parametrize(
    "body",
    [
        {"answer": {"option": "maybe"}},
        {"answer": {"option": ["yes"]}},
        {"answer": "yes"},
        {"score": 100},
        {"answer": None, "save_id": "no uuid"},
        {"answer": None, "row_version": "1"},
        {"answer": None, "row_version": 10**30},
    ],
)
def test_bad_save_is_422_with_a_sentence(send, draft, body):
    reply = save(send, draft, "greet", **body)

    assert reply.status_code == 422
    assert reply.json()["error"].endswith(".")
    assert Answer.objects.count() == 0


@pytest.mark.parametrize("raw", ["", "[", "[]", "7", '{"a":' * 50_000, '"text"', "\x00"])
def test_unreadable_body_is_422(client, world, draft, raw):
    client.force_login(world.evaluator)
    address = url("answer_save", draft, "greet")

    reply = client.generic("PUT", address, raw, content_type="application/json")

    assert reply.status_code == 422


def test_others_cannot_save(send, world, draft):
    stranger = UserFactory(roles=["evaluator"])
    colleague = member("evaluator", world.team)

    assert save(send, draft, "greet", stranger, answer=None).status_code == 404
    assert save(send, draft, "greet", colleague, answer=None).status_code == 404
    assert save(send, draft, "greet", world.agent, answer=None).status_code in (403, 404)
    released = World().submitted()
    supervisor = UserFactory(roles=["admin"])
    assert save(send, released, "greet", supervisor, answer=None).status_code == 403


def test_save_after_submit_is_409(send, world):
    evaluation = world.submitted()

    assert save(send, evaluation, "greet", answer=None, row_version=1).status_code == 409


def test_section_not_applicable_and_back(send, draft):
    address = url("section_not_applicable", draft, "opening")

    on = send("PUT", address, {"na": True, "row_versions": {}})
    off = send("PUT", address, {"na": False, "row_versions": {"greet": 1}})

    assert on.json()["answers"]["greet"]["answer"] == {"na": True}
    assert off.json()["answers"]["greet"]["answer"] is None


def test_evidence_is_attached_and_removed(send, world, draft):
    transcript = world.leg.interaction.transcripts.get()
    body = {"criterion": "greet", "transcript": transcript.pk, "turn_from": 1, "turn_to": 1}

    added = send("POST", url("evidence_add", draft), body)
    again = send("POST", url("evidence_add", draft), body)
    removed = send("DELETE", url("evidence_remove", draft, added.json()["id"]), {})

    assert "Turn number 1 of the call." in added.json()["chip"]
    assert again.json()["id"] == added.json()["id"]
    assert removed.status_code == 200


def test_forged_evidence_is_422(send, draft):
    body = {"criterion": "greet", "transcript": 999_999, "turn_from": 0, "turn_to": 0}

    assert send("POST", url("evidence_add", draft), body).status_code == 422


def test_mark_and_comment_are_saved(send, draft):
    mark = send("POST", url("mark_add", draft), {"offset_ms": 1500, "is_private": True})
    comment = send("PUT", url("comment_save", draft), {"comment_private": "Sounds tired."})

    assert "private" in mark.json()["chip"]
    assert comment.status_code == 200
    assert draft.open_revision.comment_private == "Sounds tired."


# --- Submitting -------------------------------------------------------------------------------


def test_submit_with_gaps_is_422_with_their_list(send, draft):
    reply = send("POST", url("evaluation_submit", draft), {"key": str(uuid4())})

    assert reply.status_code == 422
    assert [gap["key"] for gap in reply.json()["gaps"]] == ["greet", "verify", "solve", "hold"]


def test_submit_twice_with_one_key_is_one_result(send, world):
    draft = world.answered()
    body = {"key": str(uuid4())}

    first = send("POST", url("evaluation_submit", draft), body)
    second = send("POST", url("evaluation_submit", draft), body)

    assert first.json() == second.json() == {"url": url("evaluation_detail", draft)}
    assert Evaluation.objects.get().revisions.count() == 1


def test_untouched_presets_are_409_until_confirmed(send):
    content = document()
    content["sections"][0]["criteria"][0]["default_rule"] = "highest"
    world = World(content)
    draft = world.start()
    for key in ("verify", "solve", "hold"):
        world.save(draft, key, answer={"option": GIVEN[key]})
    body = {"key": str(uuid4())}

    asked = send("POST", url("evaluation_submit", draft), body, world.evaluator)
    done = send(
        "POST", url("evaluation_submit", draft), body | {"confirmed": True}, world.evaluator
    )

    assert (asked.status_code, asked.json()["untouched"]) == (409, 1)
    assert done.status_code == 200
