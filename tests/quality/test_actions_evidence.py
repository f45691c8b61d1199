"""Evidence is looked up by the server; what is forged is refused."""

import pytest

from crm.models import Recording, Transcript, Turn
from quality.actions import evidence
from quality.actions.desks import Closed
from quality.models import Answer, Evidence
from quality.refusals import Invalid
from tests.factories.crm import TranscriptFactory, TurnFactory
from tests.factories.quality import AT
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def draft(world):
    return world.start()


def attach(world, draft, turn_from=0, turn_to=1, transcript=None, **place):
    transcript = transcript or Transcript.objects.get(interaction=world.leg.interaction)
    return evidence.attach_evidence(
        evaluation=draft,
        key="greet",
        transcript_id=transcript.pk,
        turn_from=turn_from,
        turn_to=turn_to,
        by=world.evaluator,
        at=AT,
        **place,
    )


def test_evidence_takes_its_times_from_the_turns(world, draft):
    found = attach(world, draft, 1, 2, char_from=0, char_to=4)

    assert (found.start_ms, found.end_ms) == (3000, 8500)
    assert (found.turn_from.position, found.turn_to.position) == (1, 2)
    assert found.answer.criterion.key == "greet"


def test_same_passage_twice_is_one_evidence(world, draft):
    first = attach(world, draft)

    second = attach(world, draft)

    assert first == second


def test_turn_before_the_start_counts_from_zero(world, draft):
    Turn.objects.filter(position=0).update(start_ms=-1500)

    found = attach(world, draft, 0, 0)

    assert found.start_ms == 0


@pytest.mark.parametrize(
    "place",
    [
        {"turn_from": 2, "turn_to": 1},
        {"turn_from": 0, "turn_to": 99},
        {"turn_from": 0, "turn_to": 0, "char_from": 3, "char_to": 2},
        {"turn_from": 0, "turn_to": 0, "char_from": 0, "char_to": 9999},
        {"turn_from": 0, "turn_to": 0, "char_from": 0},
        {"turn_from": 0, "turn_to": 0, "char_from": -1, "char_to": 5},
    ],
)
def test_forged_place_is_refused(world, draft, place):
    with pytest.raises(Invalid):
        attach(world, draft, **place)

    assert Evidence.objects.count() == 0


def test_turn_of_another_interaction_is_refused(world, draft):
    foreign = TranscriptFactory()
    TurnFactory(transcript=foreign, position=0)

    with pytest.raises(Invalid, match="not in the transcript of this interaction"):
        attach(world, draft, 0, 0, transcript=foreign)


def test_internal_turn_is_refused(world, draft):
    Turn.objects.filter(position=0).update(is_internal=True)

    with pytest.raises(Invalid):
        attach(world, draft, 0, 0)


def test_place_beyond_the_recording_is_refused(world, draft):
    Recording.objects.create(
        interaction=world.leg.interaction, url="https://pbx.example/1.wav", duration_seconds=1
    )

    with pytest.raises(Invalid, match="beyond the end of the recording"):
        attach(world, draft, 3, 3)


def test_twenty_first_evidence_is_refused(world, draft):
    for n in range(20):
        attach(world, draft, 0, 0, char_from=n, char_to=n + 1)

    with pytest.raises(Invalid, match="at most 20"):
        attach(world, draft, 1, 1)


def test_removed_evidence_is_gone_and_may_be_removed_again(world, draft):
    found = attach(world, draft)

    for _ in range(2):
        evidence.remove_evidence(evaluation=draft, evidence_id=found.pk, by=world.evaluator, at=AT)

    assert Evidence.objects.count() == 0
    assert Answer.objects.count() == 1


def test_evidence_of_a_submitted_evaluation_stays(world):
    evaluation = world.submitted()

    with pytest.raises(Closed):
        attach(world, evaluation)
