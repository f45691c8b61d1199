"""Approval by a second person, and what is given back."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from lib import events
from quality.actions import approval, release
from quality.actions.approval import OwnWorkNotApproved
from quality.actions.evaluations import NotPossibleNow
from quality.events import EvaluationFinalized
from quality.models import Evaluation
from quality.refusals import Invalid
from tests.factories.quality import AT
from tests.quality.worlds import World, document, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World(document(approval_percent="100"))


@pytest.fixture
def heard(monkeypatch):
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    monkeypatch.setattr(events, "is_heard", lambda fact: True)
    return [facts]


def finalized(heard):
    return [fact for fact in heard[0] if isinstance(fact, EvaluationFinalized)]


def test_approved_result_is_released(world, heard):
    evaluation = world.submitted()
    assert not finalized(heard)

    approval.approve_evaluation(evaluation=evaluation, by=member("supervisor", world.team), at=AT)

    assert Evaluation.objects.get().state == "released"
    assert len(finalized(heard)) == 1
    assert AuditEntry.objects.filter(verb="approve_evaluation").count() == 1


@pytest.mark.parametrize("who", ["evaluator", "agent"])
def test_neither_evaluator_nor_agent_approves(world, who):
    evaluation = world.submitted()

    with pytest.raises(OwnWorkNotApproved):
        approval.approve_evaluation(evaluation=evaluation, by=getattr(world, who), at=AT)


def test_given_back_work_goes_on_in_a_new_revision(world):
    evaluation = world.submitted()
    by = member("supervisor", world.team)

    with pytest.raises(Invalid):
        approval.return_evaluation(evaluation=evaluation, reason="no", by=by, at=AT)
    returned = approval.return_evaluation(
        evaluation=evaluation, reason="Listen to the hold again.", by=by, at=AT
    )
    world.save(returned, "solve", seen=1, answer={"option": "full"})
    again = world.submit(returned)

    assert again.state == "in_approval"
    assert again.current_revision.number == 2
    assert again.current_revision.reason_text == "Listen to the hold again."
    assert again.current_revision.score_percent == 100


def test_what_does_not_wait_is_not_approved():
    evaluation = World().submitted()

    with pytest.raises(NotPossibleNow):
        approval.approve_evaluation(
            evaluation=evaluation, by=member("supervisor", evaluation.team), at=AT
        )


@pytest.mark.parametrize("percent", [0, 25, 100])
def test_share_in_approval_is_what_the_version_says(percent):
    share = percent / 100

    waiting = sum(
        release.falls_into("approval:7", f"E-{n:010}", release.Fraction(percent, 100))
        for n in range(4000)
    )

    assert abs(waiting / 4000 - share) <= 0.02


def test_due_results_are_released_once_by_the_clock(heard):
    world = World(document(release_mode="delayed", release_delay_hours=24))
    world.submitted()

    early = release.release_due(at=AT + timedelta(hours=23))
    due = release.release_due(at=AT + timedelta(hours=24))
    again = release.release_due(at=AT + timedelta(hours=25))

    assert (early, due, again) == (0, 1, 0)
    assert len(finalized(heard)) == 1
    assert Evaluation.objects.get().released_by is None


def test_approval_by_page(client, world):
    evaluation = world.submitted()
    supervisor = member("supervisor", world.team)
    address = f"/quality/evaluations/{evaluation.pk}/"

    client.force_login(world.evaluator)
    own = client.post(address + "approve/")
    client.force_login(supervisor)
    page = client.get(address).content.decode()
    done = client.post(address + "approve/")
    again = client.post(address + "approve/")

    assert own.status_code == 403
    assert "Give back" in page
    assert (done.status_code, again.status_code) == (302, 409)
