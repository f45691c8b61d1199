"""Two sources of the same calls: planted gaps are found, and the difference of their clocks."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm import reconciling
from tests.crm.pages import queries, sign_in
from tests.factories.crm import STARTED_AT, InteractionFactory, RecordingFactory

pytestmark = pytest.mark.django_db
ON = STARTED_AT.date()
ADDRESS = reverse("crm:import_compare")


def call(source, name, seconds=0, **more):
    started_at = STARTED_AT + timedelta(seconds=seconds)
    return InteractionFactory(source=source, external_id=name, started_at=started_at, **more)


@pytest.fixture
def planted():
    """Four calls in both, one only in each, one recorded, one with an unknown agent."""
    for number in range(4):
        call("cdr", f"call-{number}")
        call("log", f"call-{number}", seconds=2 + number % 2)
    RecordingFactory(interaction=call("cdr", "only-cdr"))
    call("log", "only-log", quality_flags=["agent_unknown"])
    call("log", "old", seconds=-10 * 86_400)


def test_planted_gaps_are_found(planted):
    found = reconciling.compare("cdr", "log", ON, ON)

    assert (found.both, found.clock_seconds) == (4, 2.5)
    assert [(gap.title, gap.count) for gap in found.gaps] == [
        ("In cdr, not in log", 1),
        ("In log, not in cdr", 1),
        ("Handled, without a recording", 4),
        ("With an agent whom Attune does not know", 1),
    ]
    assert found.gaps[0].shown[0].external_id == "only-cdr"


def test_the_page_says_what_was_found_and_refuses_what_cannot_be(client, planted):
    sign_in(client, "supervisor")
    asked = {"one": "cdr", "other": "log", "first": "2026-05-04", "last": "2026-05-04"}

    shown = client.get(ADDRESS, asked).content.decode()

    assert "only-log" in shown
    for wrong in (
        {"other": "cdr"},
        {"last": "2026-05-03"},
        {"last": "2026-07-04"},
        {"one": "nobody"},
        {"first": "soon"},
    ):
        assert client.get(ADDRESS, asked | wrong).status_code == 400


def test_one_source_alone_is_said_so(client):
    sign_in(client, "supervisor")
    call("cdr", "call-1")

    assert "There is only one source" in client.get(ADDRESS).content.decode()


def test_the_comparison_takes_as_many_queries_for_many_calls(client):
    sign_in(client, "supervisor")
    for source, name in (("cdr", "call-1"), ("log", "call-1"), ("cdr", "more"), ("log", "other")):
        call(source, name)
    address = f"{ADDRESS}?one=cdr&other=log&first=2026-05-04&last=2026-05-04"
    few = queries(client, address)
    for number in range(30):
        call("cdr", f"more-{number}")

    assert queries(client, address) == few
