"""Marks: moments that an evaluator notes, shown to whom they are meant for."""

from decimal import Decimal

import pytest
from django.urls import reverse

from quality.actions import evaluations, marks
from quality.actions.evidence import BeyondTheRecording
from quality.models import Mark
from quality.refusals import Invalid
from tests.factories.crm import RecordingFactory
from tests.factories.quality import AT
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def note(world, draft, at=4.2, text="Sigh", is_private=False):
    return marks.add_mark(
        evaluation=draft,
        offset_ms=int(at * 1000),
        text=text,
        is_private=is_private,
        by=world.evaluator,
        at=AT,
    )


def test_mark_is_stored_with_its_moment_and_without_a_card_number(world):
    draft = world.start()

    mark = note(world, draft, text="Reads 4111 1111 1111 1111 aloud", is_private=True)

    assert (mark.offset_ms, mark.is_private, mark.evaluation) == (4200, True, draft)
    assert mark.text == "Reads [card ••••1111] aloud"


def test_mark_beyond_the_recording_is_refused(world):
    """Q-308."""
    RecordingFactory(interaction=world.leg.interaction, duration_seconds=60)
    draft = world.start()

    with pytest.raises(BeyondTheRecording):
        note(world, draft, at=62)
    with pytest.raises(Invalid):
        note(world, draft, at=-1)

    assert Mark.objects.count() == 0


def test_mark_is_removed_while_scoring_only(client, world):
    evaluation = world.answered()
    mark = note(world, evaluation)
    kept = note(world, evaluation, at=5)
    address = reverse("quality:mark_remove", args=[evaluation.pk, mark.pk])
    client.force_login(world.evaluator)

    gone = client.delete(address)
    world.submit(evaluation)
    late = client.delete(reverse("quality:mark_remove", args=[evaluation.pk, kept.pk]))

    assert (gone.status_code, late.status_code) == (200, 409)
    assert Mark.objects.get() == kept


def test_the_agent_reads_public_marks_alone(client, world):
    """Q-309."""
    evaluation = world.answered()
    note(world, evaluation, text="Kind words here")
    note(world, evaluation, text="CANARY of a thought", is_private=True)
    world.submit(evaluation)
    address = reverse("quality:evaluation_detail", args=[evaluation.pk])

    client.force_login(world.agent)
    agent = client.get(address).content.decode()
    client.force_login(world.evaluator)
    evaluator = client.get(address).content.decode()

    assert "Kind words here" in agent
    assert "CANARY" not in agent
    assert "CANARY" in evaluator


def test_revisions_show_each_change_with_its_reason(client, world):
    """Q-313."""
    evaluation = world.submitted()
    evaluations.resubmit_evaluation(
        evaluation=evaluation, reason="Heard the end again.", by=world.evaluator, at=AT
    )
    seen = evaluation.open_revision.answers.get(criterion__key="solve").row_version
    world.save(evaluation, "solve", seen=seen, answer={"option": "full"})
    world.submit(evaluation)
    client.force_login(world.agent)

    page = client.get(reverse("quality:evaluation_revisions", args=[evaluation.pk]))

    (newest, first) = page.context["steps"]
    (change,) = newest.changes
    assert (change.text, change.before, change.after) == ("Solves the matter", "In part", "In full")
    assert newest.revision.score_percent == Decimal("100.00")
    assert (first.before, first.changes) == (None, [])
    assert "Heard the end again." in page.content.decode()
