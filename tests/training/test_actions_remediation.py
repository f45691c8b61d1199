"""Proposals follow the evidence; people decide, once, and never about themselves."""

import random

import pytest
from django.urls import reverse

from quality.events import EvaluationVoided
from tests.training.judged import DAY, START, JudgedWorld
from tests.training.worlds import LearningWorld
from training import handlers
from training.actions import remediation as actions
from training.models import Assignment, Proposal
from training.replaying import replay

pytestmark = pytest.mark.django_db
LATER = START + 40 * DAY


def look(world, agent=None):
    actions.look_again(agent_id=(agent or world.agent).pk, at=LATER)


def ids(world, *numbers):
    return [world.evaluations[number].pk for number in numbers]


@pytest.fixture
def world():
    world = JudgedWorld("FPF")
    world.remedy = world.rule()
    return world


def test_two_of_five_propose_once(world):
    for _twice in range(2):
        look(world)

    proposal = Proposal.objects.get()
    assert proposal.evidence == ids(world, 0, 2)
    assert actions.sentence_of(proposal) == (
        "“Solves the matter” failed 2 times in runs of 5 evaluations: 4 and 6 May"
    )


def test_a_new_firing_joins_the_open_proposal(world):
    look(world)
    world.remedy.cool_off_days = 0
    world.remedy.save()
    world.judge("FF")
    look(world)

    assert Proposal.objects.get().evidence == ids(world, 0, 2, 3, 4)


def test_open_proposals_go_with_their_evidence_and_decided_ones_say_so(world):
    look(world)
    world.void(world.evaluations[0])
    fact = EvaluationVoided(
        at=LATER, by_id=None, evaluation_id=world.evaluations[0].pk, agent_id=world.agent.pk
    )
    handlers.judge_again(fact)
    assert Proposal.objects.get().state == "withdrawn"

    world.judge("F")
    look(world)
    proposal = Proposal.objects.get(state="proposed")
    actions.confirm_proposal(proposal=proposal, by=world.supervisor, at=LATER)
    world.void(world.evaluations[2])
    look(world)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.has_changed_evidence) == ("confirmed", True)
    assert not Proposal.objects.filter(state="proposed").exists()


def test_any_order_of_looking_gives_the_same(world):
    other = JudgedWorld.__new__(JudgedWorld)
    other.__dict__ |= world.__dict__
    world.judge("PFPF")
    for number in random.Random(3).sample(range(6), 6):
        look(world)
        assert number is not None

    found = Proposal.objects.values_list("criterion_key", "evidence")
    assert len(found) == 1
    assert replay(actions.asked_of(world.remedy), START - DAY, LATER, minutes_each=0).fired[
        0
    ].evidence == tuple(ids(world, 0, 2))


def test_confirming_gives_the_course_once_with_the_reason(world):
    course = LearningWorld().published().course
    world.remedy.course = course
    world.remedy.save()
    look(world)
    proposal = Proposal.objects.get()
    actions.confirm_proposal(proposal=proposal, by=world.supervisor, at=LATER)

    with pytest.raises(actions.NotOpen):
        actions.confirm_proposal(proposal=proposal, by=world.supervisor, at=LATER)
    row = Assignment.objects.get()
    assert (row.person, row.source) == (world.agent, "remediation")
    assert row.reason.startswith("“Solves the matter” failed 2 times")
    actions.withdraw_proposal(
        proposal=proposal, reason="The evidence is gone.", by=world.supervisor, at=LATER
    )
    row.refresh_from_db()
    assert row.withdrawn_at is not None


def test_rules_without_confirmation_give_courses_by_themselves(world):
    course = LearningWorld().published().course
    world.remedy.delete()
    world.rule(course=course, coaching_text="", needs_confirmation=False)
    look(world)

    assert (Proposal.objects.get().state, Assignment.objects.get().course) == ("confirmed", course)


def test_nobody_decides_about_themselves(world):
    look(world)
    proposal = Proposal.objects.get()
    for verb, more in (("confirm_proposal", {}), ("dismiss_proposal", {"reason": "No need."})):
        with pytest.raises(actions.OwnProposal):
            getattr(actions, verb)(proposal=proposal, by=world.agent, at=LATER, **more)


def test_dismissed_evidence_is_not_proposed_again_and_silence_expires(world):
    look(world)
    actions.dismiss_proposal(
        proposal=Proposal.objects.get(), reason="Was ill.", by=world.supervisor, at=LATER
    )
    look(world)
    assert Proposal.objects.get().state == "dismissed"

    Proposal.objects.update(state="proposed", reason="")
    Proposal.objects.update(created_at=LATER - 31 * DAY)
    assert [actions.expire_proposals(at=LATER) for _ in range(2)] == [1, 0]


def test_history_before_the_rule_and_other_scopes_do_not_fire(world):
    world.remedy.active_since = LATER
    world.remedy.save()
    look(world)
    assert not Proposal.objects.exists()
    world.remedy.active_since, world.remedy.team = START - DAY, JudgedWorld().team
    world.remedy.save()
    look(world)
    assert not Proposal.objects.exists()


def test_one_failed_critical_criterion_is_enough():
    world = JudgedWorld()
    world.rule(kind="critical_fail", criterion_key="")
    from tests.quality.worlds import GIVEN

    draft = world.answered(GIVEN | {"verify": "no"})
    world.submit(draft, at=START, confirmed=True)
    look(world)

    assert Proposal.objects.get().criterion_key == "verify"


# --- Replay and pages ----------------------------------------------------------------------------


def test_replay_changes_nothing_and_tells_luck(world):
    run = replay(actions.asked_of(world.remedy), START, LATER, minutes_each=30)

    assert not Proposal.objects.exists()
    assert (run.agents, run.hours, run.judged, run.failed) == (1, 0.5, 3, 2)
    assert run.rate == pytest.approx(2 / 3)
    assert run.interval_percent is not None
    assert 0 < run.expected_by_luck < 1


def test_supervisors_decide_on_pages(client, world):
    look(world)
    proposal = Proposal.objects.get()
    client.force_login(world.supervisor)
    assert "Solves the matter" in client.get(reverse("training:proposal_list")).content.decode()
    path = reverse("training:proposal_detail", args=[proposal.pk])
    assert world.evaluations[0].public_ref in client.get(path).content.decode()
    client.post(f"{path}confirm/", {})
    proposal.refresh_from_db()
    assert proposal.state == "confirmed"
    foreign = JudgedWorld()
    client.force_login(foreign.supervisor)
    assert client.get(path).status_code == 404


def test_trainers_write_and_replay_rules_on_pages(client, world):
    client.force_login(world.trainer)
    form = {
        "name": "Greeting", "kind": "k_of_n", "criterion_key": "greet", "k": 6, "n": 5,
        "window_days": 90, "cool_off_days": 30, "coaching_text": "Greet", "due_days": 14,
        "needs_confirmation": "on", "is_active": "on",
    }  # fmt: skip
    create = reverse("training:remediation_create")
    assert client.post(create, form).status_code == 422
    page = client.post(create, form | {"k": 2}, follow=True)
    assert "Replay" in page.content.decode()
    path = reverse("training:remediation_replay", args=[world.remedy.pk])
    query = {"from_on": "2026-05-01", "until_on": "2026-06-01", "k": 1, "n": 5, "window_days": 90,
             "cool_off_days": 0}  # fmt: skip
    shown = client.get(path, query)
    assert [len(run.fired) for _, run in shown.context["runs"]] == [1, 2]
    assert client.get(path, query | {"until_on": "2028-01-01"}).status_code == 422
    assert client.get(reverse("training:remediation_list")).status_code == 200


def test_a_rule_for_any_critical_criterion_leaves_plain_failures_alone(world):
    world.rule(kind="critical_fail", criterion_key="", coaching_text="Critical")
    look(world)

    assert [one.rule for one in Proposal.objects.all()] == [world.remedy]
