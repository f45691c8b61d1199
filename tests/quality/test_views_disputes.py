"""Filing and deciding disputes by page."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quality.models import Dispute, Evaluation
from tests.quality.test_actions_disputes import REASON, disputed_world, file
from tests.quality.worlds import handled_leg, member

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


@pytest.fixture
def world():
    return disputed_world()


FILED = {
    "kind": "criteria",
    "option-solve": "full",
    "reason-solve": "The card was sent at once.",
    "reason": REASON,
}
DECIDED = {
    "outcome-solve": "accepted",
    "option-solve": "",
    "note-solve": "Turn 12 shows it.",
    "note": "Heard again.",
}


@pytest.fixture
def now(world):
    """Released just now, so that the window is open on the wall clock too."""
    from django.utils import timezone

    Evaluation.objects.update(released_at=timezone.now())


def test_agent_files_from_the_result(client, world, now):
    client.force_login(world.agent)

    result = client.get(url("evaluation_detail", world.evaluation.pk)).content.decode()
    form = client.get(url("dispute_file", world.evaluation.pk)).content.decode()
    done = client.post(url("dispute_file", world.evaluation.pk), FILED)

    dispute = Dispute.objects.get()
    assert url("dispute_file", world.evaluation.pk) in result
    assert "Solves the matter" in form
    assert "Greets" not in form
    assert done.url == url("dispute_detail", dispute.pk)
    assert dispute.items.get().proposed_option == "full"


def test_refused_dispute_keeps_what_was_typed(client, world, now):
    client.force_login(world.agent)

    page = client.post(url("dispute_file", world.evaluation.pk), FILED | {"reason": "Unfair"})

    assert page.status_code == 422
    assert "at least 20 characters" in page.content.decode()
    assert "The card was sent at once." in page.content.decode()


def test_window_that_closed_offers_no_dispute(client, world):
    client.force_login(world.agent)

    page = client.get(url("evaluation_detail", world.evaluation.pk)).content.decode()
    filed = client.post(url("dispute_file", world.evaluation.pk), FILED)

    assert url("dispute_file", world.evaluation.pk) not in page
    assert filed.status_code == 409
    assert "The window closed on" in filed.content.decode()


def test_others_cannot_file(client, world, now):
    client.force_login(world.evaluator)

    assert client.post(url("dispute_file", world.evaluation.pk), FILED).status_code == 403


def test_decider_takes_and_decides(client, world):
    dispute = file(world)
    client.force_login(world.evaluator)

    queue = client.get(url("dispute_list")).content.decode()
    client.post(url("dispute_take", dispute.pk))
    page = client.get(url("dispute_detail", dispute.pk)).content.decode()
    client.post(url("dispute_decide", dispute.pk), DECIDED)

    dispute.refresh_from_db()
    assert world.evaluation.public_ref in queue
    assert "data-dispute" in page
    assert dispute.state == "decided"
    assert Evaluation.objects.get().current_revision.score_percent == 100


def test_refused_decision_keeps_what_was_typed(client, world):
    dispute = file(world)
    client.force_login(world.evaluator)
    client.post(url("dispute_take", dispute.pk))

    page = client.post(
        url("dispute_decide", dispute.pk),
        DECIDED | {"outcome-solve": "other", "option-solve": "none"},
    )

    assert page.status_code == 409
    assert "would lower the score" in page.content.decode()
    assert "Turn 12 shows it." in page.content.decode()


def test_preview_tells_the_score_and_what_would_be_lost(client, world):
    dispute = file(world)
    client.force_login(world.evaluator)

    def preview(changes):
        body = json.dumps(changes)
        address = url("dispute_preview", dispute.pk)
        return client.post(address, body, content_type="application/json")

    better, worse = preview({"solve": "full"}).json(), preview({"solve": "none"}).json()
    assert (better["score_percent"], better["is_refused"]) == ("100.00", False)
    assert (worse["score_percent"], worse["is_refused"]) == ("60.00", True)
    assert preview({"solve": "magic"}).status_code == 422
    assert preview({"nonsense": "yes"}).status_code == 422


def test_private_note_reaches_the_decider_alone(client, world):
    dispute = file(world)
    client.force_login(world.evaluator)
    client.post(url("dispute_take", dispute.pk))
    client.post(url("dispute_decide", dispute.pk), DECIDED | {"private_note": "Canary-0815"})

    mine = client.get(url("dispute_detail", dispute.pk)).content.decode()
    client.force_login(world.agent)
    theirs = client.get(url("dispute_detail", dispute.pk)).content.decode()

    assert "Canary-0815" in mine
    assert "Canary-0815" not in theirs


def test_strangers_and_wrong_people_are_refused(client, world):
    dispute = file(world)
    client.force_login(member("evaluator", handled_leg().team))
    assert client.get(url("dispute_detail", dispute.pk)).status_code == 404
    client.force_login(world.supervisor)
    assert client.get(url("dispute_detail", dispute.pk)).status_code == 200
    assert client.post(url("dispute_take", dispute.pk)).status_code == 403
    assert client.post(url("dispute_decide", dispute.pk), DECIDED).status_code == 403
    client.force_login(world.agent)
    assert (
        client.post(url("dispute_preview", dispute.pk), "{}", "application/json").status_code == 403
    )


def test_agent_withdraws(client, world):
    dispute = file(world)
    client.force_login(world.agent)

    client.post(url("dispute_withdraw", dispute.pk))

    dispute.refresh_from_db()
    assert dispute.state == "withdrawn"


def test_queue_costs_the_same_for_1_and_for_20(client):
    counts = []
    for rows in (1, 20):
        world = disputed_world()
        file(world)
        for _ in range(rows - 1):
            world.leg = handled_leg(world.team, agent=world.agent, turns=0)
            world.evaluation = world.submitted()
            file(world)
        client.force_login(world.evaluator)
        client.get(url("dispute_list"))
        with CaptureQueriesContext(connection) as captured:
            client.get(url("dispute_list"))
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 12
