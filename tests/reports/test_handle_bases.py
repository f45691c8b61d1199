"""Handle time by the wall, by active time and by share of a slot."""

import pytest

from reports import figures, rollups
from reports.definitions import parse
from reports.evidence import evidence
from reports.periods import Period
from reports.slices import Slice
from reports.sums import Reader
from tests.factories.accounts import UserFactory
from tests.factories.crm import InteractionFactory, LegFactory
from tests.reports.worlds import MONDAY

pytestmark = pytest.mark.django_db
DAY = Period(MONDAY.date(), MONDAY.date())


def chat(*legs):
    """A chat with legs of (talk, active, slots)."""
    row = InteractionFactory(
        channel="chat",
        started_at=MONDAY,
        handle_seconds=sum(talk for talk, _active, _slots in legs),
        talk_seconds=0,
    )
    for position, (talk, active, slots) in enumerate(legs, 1):
        LegFactory(
            interaction=row,
            position=position,
            answered_at=MONDAY,
            talk_seconds=talk,
            hold_seconds=None,
            wrap_seconds=None,
            active_seconds=active,
            slots=slots,
        )


def measured():
    rollups.rebuild([MONDAY.date()], at=MONDAY)
    reader = Reader(Slice(DAY))
    slugs = ("aht1", "aht2", "aht1-active", "aht2-active", "aht1-slot", "aht2-slot")
    found = {slug: figures.value(parse(slug), reader) for slug in slugs}
    return {slug: (one.value, one.n) for slug, one in found.items()}


def test_a_chat_beside_others_is_shorter_by_its_own_time():
    chat((600, 240, 3))

    assert measured() == {
        "aht1": (600, 1),
        "aht2": (600, 1),
        "aht1-active": (240, 1),
        "aht2-active": (240, 1),
        "aht1-slot": (200, 1),
        "aht2-slot": (200, 1),
    }


def test_what_does_not_report_is_left_out_and_told(client):
    chat((600, 240, 3), (100, None, 1))
    chat((50, 10, None))

    found = measured()

    assert (found["aht1"], found["aht2"]) == ((250, 3), (375, 2))
    assert (found["aht1-active"], found["aht2-active"]) == ((125, 2), (10, 1))
    assert (found["aht1-slot"], found["aht2-slot"]) == ((150, 2), (300, 1))
    counts = evidence(parse("aht2-active"), Slice(DAY)).counts()
    assert counts == {"": 1, "active_missing": 1}
    client.force_login(UserFactory(roles=["admin"]))
    page = client.get("/reports/number/?definition=aht1&begin=2026-05-04&end=2026-05-04")
    assert "3 legs did not report wrap-up: counted as 0." in page.content.decode()


def test_without_reports_there_is_no_figure_but_a_sentence(client):
    chat((600, None, None))
    assert measured()["aht1-slot"] == (None, 0)
    client.force_login(UserFactory(roles=["admin"]))

    page = client.get("/reports/number/?definition=aht1-slot&begin=2026-05-04&end=2026-05-04")

    assert "for how many contacts the agent had room" in page.content.decode()
    assert page.context["counts"] == [("slots_missing", "The slots were not reported", 1)]
