"""Surveys by the API: what a token sees, what it is refused, and never a link."""

import pytest

from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.feedback.survey_worlds import AskingWorld, answered

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    token = ApiTokenFactory(owner=UserFactory(roles=["admin"]), scopes=["feedback:read"])

    def get(path):
        return client.get(
            f"/api/v1/feedback/{path}", headers={"authorization": f"Bearer {token.text}"}
        )

    return get


def test_lists_are_read_and_hold_no_link(reader):
    world = AskingWorld()
    invitation, _ = answered(version=world.survey.published, program=world.program)

    names = ("surveys", "versions", "invitations", "responses")
    pages = {name: reader(f"{name}/") for name in names}

    assert {page.status_code for page in pages.values()} == {200}
    assert pages["invitations"].json()["results"][0]["reference"] == invitation.reference
    assert pages["responses"].json()["results"][0]["value"] == 5
    assert not any(b"/s/" in page.content for page in pages.values())


def test_each_row_of_a_list_is_read_by_its_id(reader):
    world = AskingWorld()
    answered(version=world.survey.published, program=world.program)

    for name in ("surveys", "versions", "invitations", "responses"):
        (row,) = reader(f"{name}/").json()["results"]
        assert reader(f"{name}/{row['id']}/").json() == row, name


def test_an_unknown_filter_is_refused(reader):
    assert reader("responses/?mood=bad").status_code == 400
