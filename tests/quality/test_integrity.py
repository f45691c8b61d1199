"""Planted faults are found."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from quality import triggers
from quality.actions import evaluations
from quality.integrity import (
    ScoresDiffer,
    check_draws,
    check_revisions,
    check_revisions_in_force,
    check_sample,
    check_states,
    check_versions,
)
from quality.models import Answer, Criterion, Dispute, Draw, Evaluation, EvaluationRevision
from tests.factories.quality import AT
from tests.factories.quality_plans import AssignmentFactory
from tests.quality.plan_worlds import PlanWorld
from tests.quality.test_actions_disputes import disputed_world, file
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = World()
    world.evaluation = world.submitted()
    return world


@pytest.fixture
def unlocked():
    """Plain SQL by somebody who took the triggers away first."""
    triggers.remove(connection)
    yield
    triggers.install(connection)


def test_untouched_scores_follow_from_their_answers(world):
    assert list(check_revisions()) == []
    assert list(check_versions()) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"score_percent": 81}, "score_percent is 81, computed it is 80"),
        ({"outcome": "failed"}, "outcome is failed"),
        ({"receipt_sha256": "0" * 64}, "The receipt"),
        ({"facts": {"hold_seconds": "10"}}, "The receipt"),
    ],
)
def test_changed_revision_is_found(world, unlocked, change, sentence):
    EvaluationRevision.objects.update(**change)

    (found,) = check_revisions()

    assert found.sentence.startswith(sentence)
    assert found.reference.startswith(world.evaluation.public_ref)


def test_changed_answer_is_found(world, unlocked):
    Answer.objects.filter(criterion__key="greet").update(option_keys=["no"])

    assert len(list(check_revisions())) == 1


def test_changed_version_is_found(world, unlocked):
    Criterion.objects.filter(key="greet").update(weight=21)

    (found,) = check_versions()

    assert found.sentence == "The content does not match the hash that was published."


def test_erased_texts_leave_every_score_as_it_is(world):
    Answer.objects.update(text="", comment_public="", comment_private="")

    assert list(check_revisions()) == []


def test_command_exits_1_and_tells_it_as_json(world, unlocked):
    EvaluationRevision.objects.update(score_percent=81)
    out = StringIO()

    with pytest.raises(SystemExit) as exit_code:
        call_command("check_scores", "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert exit_code.value.code == 1
    assert (told["checked"], len(told["mismatches"])) == (1, 1)


def test_command_is_silent_about_sound_scores(world):
    out = StringIO()

    call_command("check_scores", stdout=out)

    assert out.getvalue() == "1 revisions checked, 0 mismatches.\n"


def test_nightly_sample_fails_loudly(world, unlocked):
    assert check_sample(size=10) == 1
    EvaluationRevision.objects.update(score_percent=81)

    with pytest.raises(ScoresDiffer, match="1 stored scores differ"):
        check_sample(size=10)


# --- States, revisions in force, draws -----------------------------------------------------------


def test_a_revision_in_force_that_is_not_the_newest_is_found(world):
    """Q-904."""
    evaluations.resubmit_evaluation(
        evaluation=world.evaluation, reason="Heard the end again.", by=world.evaluator, at=AT
    )
    world.submit(world.evaluation)
    assert list(check_revisions_in_force()) == []
    first = world.evaluation.revisions.get(number=1)

    Evaluation.objects.update(current_revision=first)

    (found,) = check_revisions_in_force()
    assert found.reference == world.evaluation.public_ref


def test_states_without_their_facts_are_found():
    world = disputed_world()
    file(world)
    assert list(check_states()) == []

    Evaluation.objects.update(state="released")
    released = [found.sentence for found in check_states()]
    Evaluation.objects.update(state="disputed")
    Dispute.objects.update(state="withdrawn")
    disputed = [found.sentence for found in check_states()]
    AssignmentFactory(state="done", evaluator=world.evaluator)
    Dispute.objects.update(state="open")
    done = [found.sentence for found in check_states()]

    assert released == ["An open dispute, but not disputed."]
    assert disputed == ["Disputed without an open dispute."]
    assert done == ["Done without a result."]


def test_a_changed_draw_is_found():
    draw = PlanWorld(calls=1).drawn()
    assert list(check_draws()) == []

    Draw.objects.filter(pk=draw.pk).update(picks=draw.picks[1:])

    (found,) = check_draws()
    assert found.kind == "draw"
