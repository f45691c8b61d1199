"""Recognition as PDF: tagged, with its figures, and the same bytes for the same moment."""

import pytest

from accounts.models import Team
from feedback import recognition_reports as reports
from feedback.models import Budget
from tests.factories.recognition import AT, FairPlayFlagFactory
from tests.feedback.recognition_worlds import Crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    world = Crew()
    world.thank(points=20)
    world.budget(500)
    return world


def test_statement_tells_movements_and_balance(crew):
    words = reports.statement_html(crew.ben, at=AT)

    assert "Recognition statement" in words
    assert "Kudos" in words


def test_liability_is_the_same_twice_and_proves_the_books(crew):
    html = reports.liability_html(Team.objects.all(), Budget.objects.all(), at=AT)
    papers = [reports.paper(html, at=AT) for _ in range(2)]

    assert papers[0].startswith(b"%PDF")
    assert papers[0] == papers[1]
    assert "Sum of all postings" in html


def test_fair_play_names_nobody(crew):
    flag = FairPlayFlagFactory()
    flag.subjects.add(crew.ann)

    words = reports.fair_play_html(at=AT)

    assert "Thanks go back and forth" in words
    assert crew.ann.full_name not in words
