"""The evaluation sheet as a document."""

import io

import pikepdf
import pytest

from quality.sheets import evaluation_sheet_html, evaluation_sheet_pdf
from tests.factories.quality import AT
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def test_sheet_tells_facts_answers_and_receipt(world):
    draft = world.answered()
    world.save(draft, "solve", seen=1, answer={"option": "none"}, root_cause="skill")
    evaluation = world.submit(draft)

    html = evaluation_sheet_html(evaluation, evaluation.current_revision, reader=world.agent, at=AT)

    assert world.leg.interaction.reference in html
    assert "60.00" in html
    assert "Not (Skill)" in html
    assert "Rounding, once" in html
    assert evaluation.current_revision.receipt_sha256 in html


def test_sheet_is_a_tagged_pdf_and_the_same_for_the_same_clock(world):
    evaluation = world.submitted()
    options = {"reader": world.agent, "at": AT}

    first = evaluation_sheet_pdf(evaluation, evaluation.current_revision, **options)
    second = evaluation_sheet_pdf(evaluation, evaluation.current_revision, **options)

    with pikepdf.open(io.BytesIO(first)) as document:
        assert document.Root.MarkInfo.Marked
        assert "/Lang" in document.Root
    assert first == second


def test_sheet_is_sent_to_whoever_may_see_the_result(client, world):
    evaluation = world.submitted()
    client.force_login(world.agent)

    response = client.get(f"/quality/evaluations/{evaluation.pk}/sheet.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
