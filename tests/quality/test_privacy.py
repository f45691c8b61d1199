"""Erasing a customer empties words and places in quality; figures stay and still verify."""

import pytest
from django.core.management import call_command
from django.db import connection

from quality import integrity
from quality.actions import answers, marks
from quality.actions.evidence import attach_evidence
from quality.models import Evidence, Mark
from quality.privacy import EXPORTER, erasers
from tests.factories.crm import CustomerFactory
from tests.factories.quality import AT
from tests.quality.test_actions_disputes import decide, file
from tests.quality.worlds import World, document, member

pytestmark = pytest.mark.django_db
CANARY = "CANARY of a customer"


@pytest.fixture
def world():
    customer = CustomerFactory()
    world = World(document(dispute_deciders=["evaluator"], dispute_rounds=1), customer=customer)
    world.customer, world.supervisor = customer, member("supervisor", world.team)
    draft = world.answered()
    world.save(draft, "note", answer={"text": CANARY})
    world.save(draft, "greet", seen=1, comment_public=CANARY, comment_private=CANARY)
    answers.save_comment(
        evaluation=draft, comment_public=CANARY, comment_private=CANARY, by=world.evaluator, at=AT
    )
    marks.add_mark(
        evaluation=draft, offset_ms=10, text=CANARY, is_private=True, by=world.evaluator, at=AT
    )
    attach_evidence(
        evaluation=draft,
        key="greet",
        transcript_id=world.leg.interaction.transcripts.get().pk,
        turn_from=0,
        turn_to=1,
        by=world.evaluator,
        at=AT,
    )
    world.evaluation = world.submit(draft)
    decide(world, file(world, reason=f"{CANARY} and more."))
    return world


def erase_all(customer):
    """As the erasure of crm calls it: every step until it has nothing left to do."""
    counts = {}
    for eraser in erasers():
        counts[eraser.name] = 0
        while found := eraser.erase(customer.pk, 1):
            counts[eraser.name] += found
    return counts


def text_of_all_tables():
    names = [name for name in connection.introspection.table_names() if name.startswith("quality_")]
    with connection.cursor() as cursor:
        texts = []
        for name in names:
            cursor.execute(f"SELECT * FROM {name}")
            texts += [str(row) for row in cursor.fetchall()]
    return "\n".join(texts)


def test_erasing_leaves_no_word_and_every_score_verifies(world):
    """Q-903."""
    other = World()
    kept = other.answered()
    other.save(kept, "note", answer={"text": "Words about somebody else"})
    other.submit(kept)

    counts = erase_all(world.customer)

    told = text_of_all_tables()
    assert CANARY not in told
    assert "Words about somebody else" in told
    assert counts["quality_answers"] == 4 and counts["quality_revisions"] == 2
    assert list(integrity.check_revisions()) == []
    assert erase_all(world.customer) == dict.fromkeys(counts, 0)
    assert not Mark.objects.exclude(text="").exists()
    assert not Evidence.objects.filter(turn_from__isnull=False).exists()


def test_check_scores_is_clean_after_an_erasure(world, capsys):
    erase_all(world.customer)

    call_command("check_scores")

    assert "0" in capsys.readouterr().out


def test_the_export_of_a_person_holds_public_words_alone(world):
    (row,) = EXPORTER.rows(world.customer.pk)

    assert row["evaluation"] == world.evaluation.public_ref
    assert {"criterion": "Greets", "comment": CANARY, "text": ""} in row["answers"]
    assert "private" not in str(row)
    assert list(EXPORTER.rows(CustomerFactory().pk)) == []
