"""Quality for programs: what each role sees, what is written through the verbs, what is refused."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from quality.actions.calibration import close_calibration
from quality.models import Dispute, Evaluation
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.quality import AT
from tests.quality.plan_worlds import PlanWorld
from tests.quality.test_actions_calibration import plan, rate
from tests.quality.test_actions_disputes import REASON, disputed_world, file
from tests.quality.worlds import World, document, member

pytestmark = pytest.mark.django_db
URL = "/api/v1/quality/"
SCOPES = ["quality:read", "quality:write"]


class Program:
    """A client that speaks for one person."""

    def __init__(self, person):
        token = ApiTokenFactory(owner=person, scopes=SCOPES)
        self.client = Client(headers={"Authorization": f"Bearer {token.text}"})

    def get(self, path):
        return self.client.get(URL + path)

    def ids(self, path):
        return [row["id"] for row in self.get(path).json()["results"]]

    def send(self, method, path, body=None, seen=None):
        headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": seen} if seen else {})
        content = {"content_type": "application/json", "headers": headers}
        return self.client.generic(method, URL + path, json.dumps(body or {}), **content)


@pytest.fixture
def world():
    return World()


# --- Reading ----------------------------------------------------------------------------------


def test_evaluations_are_narrowed_and_shown_with_figures_and_answers(world):
    """Q-804."""
    evaluation = world.submitted()
    program = Program(world.evaluator)

    body = program.get(f"evaluations/{evaluation.pk}/").json()

    narrowed = program.ids(f"evaluations/?scorecard={world.scorecard.pk}&outcome=passed")
    assert narrowed == [evaluation.pk]
    assert program.ids("evaluations/?state=draft") == []
    assert body["public_ref"] == evaluation.public_ref
    assert body["figures"]["score_percent"] == "80.0000"
    solve = next(answer for answer in body["answers"] if answer["key"] == "solve")
    assert (solve["option_keys"], solve["state"], solve["is_failed"]) == (["part"], "scored", False)


def test_unknown_filter_is_refused_and_foreign_rows_are_not_there(world):
    foreign = World().submitted()
    program = Program(world.evaluator)

    assert program.get("evaluations/?color=red").status_code == 400
    assert program.get(f"evaluations/{foreign.pk}/").status_code == 404
    assert program.get(f"evaluations/{foreign.pk}/answers/greet/").status_code == 404


def test_agent_reads_released_results_without_private_words_and_evaluator():
    """Q-121, Q-309."""
    world = World(document(evaluator_hidden=True, release_mode="manual"))
    draft = world.answered()
    world.save(draft, "greet", seen=1, comment_private="CANARY", comment_public="Kind")
    evaluation = world.submit(draft)
    agent, evaluator = Program(world.agent), Program(world.evaluator)

    assert agent.ids("evaluations/") == []
    Evaluation.objects.filter(pk=evaluation.pk).update(state="released", released_at=AT)
    told = agent.get(f"evaluations/{evaluation.pk}/")

    assert told.json()["evaluator"] is None
    assert "CANARY" not in told.content.decode() and "comment_private" not in told.content.decode()
    assert "CANARY" in evaluator.get(f"evaluations/{evaluation.pk}/").content.decode()


def test_versions_leave_hidden_points_out_except_for_managers():
    """Q-121."""
    world = World(document(weights_hidden=True))
    path = f"versions/{world.scorecard.current_version_id}/"

    read = Program(world.evaluator).get(path).json()["content"]
    whole = Program(UserFactory(roles=["admin"])).get(path).json()["content"]

    greet = read["sections"][0]["criteria"][0]
    assert "weight" not in greet and "points" not in greet["options"][0]
    assert whole["sections"][0]["criteria"][0]["weight"] == "20"


def test_scorecards_and_draws_follow_the_pages():
    plans = PlanWorld(calls=1)
    draw = plans.drawn()
    supervisor, agent = Program(plans.supervisor), Program(UserFactory(roles=["agent"]))

    row = supervisor.get(f"draws/{draw.pk}/").json()

    assert (row["picked"], row["seed"]) == (draw.picked, draw.commitment.seed)
    assert agent.get("draws/").status_code == 403
    assert agent.ids("scorecards/") == [draw.plan.scorecard_id]


def test_seats_of_a_calibration_are_empty_until_it_closes(world):
    """Q-502."""
    session = plan(world)
    rate(world, world.raters[0])
    program = Program(world.raters[1])

    before = program.get(f"calibrations/{session.pk}/").json()
    close_calibration(session=session, by=None, at=AT)
    after = program.get(f"calibrations/{session.pk}/").json()

    assert (before["seats"], before["seat_count"], before["submitted_count"]) == ([], 3, 1)
    assert len(after["seats"]) == 3


def test_list_costs_the_same_for_one_row_and_for_many(world, django_assert_max_num_queries):
    world.submitted()
    program = Program(UserFactory(roles=["admin"]))
    program.ids("evaluations/")
    for _ in range(4):
        World().submitted()

    with django_assert_max_num_queries(12):
        assert len(program.ids("evaluations/")) == 5


# --- Writing ----------------------------------------------------------------------------------


def test_answer_is_written_under_its_version(world):
    draft = world.start()
    program, path = Program(world.evaluator), f"evaluations/{draft.pk}/answers/greet/"

    without = program.send("PUT", path, {"answer": {"option": "yes"}})
    first = program.send("PUT", path, {"answer": {"option": "yes"}}, seen='"0"')
    stale = program.send("PUT", path, {"answer": {"option": "no"}}, seen='"0"')
    second = program.send("PUT", path, {"answer": {"option": "no"}}, seen=first["ETag"])

    assert [r.status_code for r in (without, first, stale, second)] == [428, 200, 412, 200]
    assert second.json()["option_keys"] == ["no"]


@pytest.mark.parametrize(
    "body",
    [
        {"state": "scored"},
        {"earned": "10"},
        {"evaluator": 1},
        {"answer": {"option": "maybe"}},
        {"answer": {"number": "x"}},
        {"fault_owner": "moon"},
    ],
)
def test_what_cannot_be_written_is_400_and_changes_nothing(world, body):
    """Q-901."""
    draft = world.start()
    path = f"evaluations/{draft.pk}/answers/greet/"

    reply = Program(world.evaluator).send("PUT", path, body, seen='"0"')

    assert reply.status_code == 400
    assert not draft.open_revision.answers.exists()


def test_submit_names_the_gaps_and_then_submits(world):
    draft = world.start()
    program, path = Program(world.evaluator), f"evaluations/{draft.pk}/submit/"
    address = f"evaluations/{draft.pk}/"

    refused = program.send("POST", path, seen=program.get(address)["ETag"])
    for key, option in {"greet": "yes", "verify": "yes", "solve": "full", "hold": "yes"}.items():
        world.save(draft, key, answer={"option": option})
    done = program.send("POST", path, seen=program.get(address)["ETag"])
    again = program.send("POST", path, seen=done["ETag"])

    assert refused.status_code == 400
    assert {"/answers/greet", "/answers/verify"} <= {e["pointer"] for e in refused.json()["errors"]}
    assert (done.status_code, done.json()["state"]) == (200, "released")
    assert again.status_code == 409


def test_nobody_else_submits_or_writes(world):
    draft = world.answered()
    supervisor = Program(member("supervisor", world.team))
    other = Program(UserFactory(roles=["admin"]))
    address = f"evaluations/{draft.pk}/"
    seen = other.get(address)["ETag"]

    submit = other.send("POST", f"{address}submit/", seen=seen)
    write = other.send("PUT", f"{address}answers/greet/", {"answer": None}, seen='"1"')

    assert (submit.status_code, write.status_code) == (403, 403)
    assert supervisor.get(address).status_code == 404


def test_agent_acknowledges_once_and_disputes():
    world = disputed_world()
    Evaluation.objects.update(released_at=timezone.now())
    program, path = Program(world.agent), f"evaluations/{world.evaluation.pk}/"
    seen = program.get(path)["ETag"]

    done = program.send("POST", f"{path}acknowledge/", {"comment": "Read."}, seen=seen)
    again = program.send("POST", f"{path}acknowledge/", seen=done["ETag"])
    item = {"criterion": "solve", "option": "full", "reason": "The card was sent at once."}
    body = {"reason": REASON, "items": [item]}
    filed = program.send("POST", f"{path}dispute/", body, seen=done["ETag"])

    assert (done.status_code, again.status_code, filed.status_code) == (200, 409, 201)
    assert filed.json()["items"][0]["proposed_option"] == "full"


def test_dispute_is_taken_and_decided():
    world = disputed_world()
    dispute = file(world)
    program, path = Program(world.evaluator), f"disputes/{dispute.pk}/"
    item = {"criterion": "solve", "outcome": "accepted", "note": "Turn 12 shows it."}
    body = {"note": "Heard.", "items": [item]}
    bare = {"note": "Heard.", "items": []}

    taken = program.send("POST", f"{path}take/", seen=program.get(path)["ETag"])
    refused = program.send("POST", f"{path}decide/", bare, seen=taken["ETag"])
    decided = program.send("POST", f"{path}decide/", body, seen=taken["ETag"])

    assert (taken.status_code, refused.status_code) == (200, 400)
    assert (decided.status_code, decided.json()["state"]) == (200, "decided")
    assert Dispute.objects.get().decided_revision is not None
