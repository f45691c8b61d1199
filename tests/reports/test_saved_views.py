"""Saved views of reports: who sees one, who may change it, and what has gone out of it."""

import pytest

from accounts.models import User
from crm.actions import saved
from crm.models import SavedView
from reports import rollups
from tests.factories.accounts import UserFactory
from tests.reports.worlds import MONDAY, Center

OPERATIONS = "/reports/operations/"
PAGES = {
    "operations": (OPERATIONS, "channel=voice", "channel=smoke"),
    "quality_board": ("/reports/quality/", "selection=all", "selection=best"),
    "data_quality": ("/reports/data-quality/", "channel=voice", "channel=smoke"),
    "risk": ("/reports/risk/", "band=high", "band=extreme"),
}


@pytest.fixture
def center(db):
    center = Center(interactions=20)
    rollups.rebuild(center.days, at=MONDAY)
    return center


def keep(owner, page="operations", query="channel=voice", **more):
    return saved.save_view(page=page, name="Mine", query=query, by=owner, at=MONDAY, **more)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_its_default_and_can_be_had_whole(client, center, page, settings):
    settings.BASE_URL = "https://attune.example"
    url, query, _outdated = PAGES[page]
    keep(center.admin, page, query, is_default=True)
    client.force_login(center.admin)

    assert client.get(url).url == f"{url}?{query}"
    assert client.get(f"{url}?all=1").status_code == 200
    body = client.get(f"{url}?{query}").content.decode()
    assert f'data-copy="https://attune.example{url}?{query}"' in body
    assert f'href="{url}?all=1"' in body


@pytest.mark.parametrize("page", PAGES)
def test_what_is_gone_is_left_out_with_a_notice(client, center, page):
    url, _query, outdated = PAGES[page]
    keep(center.admin, page, outdated)
    client.force_login(center.admin)

    answer = client.get(f"{url}?{outdated}", follow=True)

    assert answer.redirect_chain == [(f"{url}?all=1", 302)]
    assert f"gone or not yours: {outdated.partition('=')[0]}." in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_an_address_that_is_no_view_is_refused_as_ever(client, center, page):
    url, _query, outdated = PAGES[page]
    keep(UserFactory(), page, outdated)
    client.force_login(center.admin)

    assert client.get(f"{url}?{outdated}").status_code == 400


def test_only_what_is_gone_is_left_out(client, center):
    query = "channel=voice&colour=red&def.asa=asa2&def.sl=asa1&queue=999999"
    keep(center.admin, query=query)
    client.force_login(center.admin)

    answer = client.get(f"{OPERATIONS}?{query}", follow=True)

    assert answer.redirect_chain == [(f"{OPERATIONS}?channel=voice&def.asa=asa2", 302)]
    assert "colour, def.sl, queue." in answer.content.decode()


def test_a_shared_view_shares_the_filter_and_no_rights(client, center):
    query = f"queue={center.queues[1].pk}"
    keep(center.admin, query=query, scope="shared", is_default=True)
    client.force_login(center.supervisor)

    answer = client.get(f"{OPERATIONS}?{query}", follow=True)

    assert client.get(OPERATIONS).status_code == 200
    assert answer.redirect_chain == [(f"{OPERATIONS}?all=1", 302)]
    assert center.queues[1].name not in answer.content.decode()


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ("personal", {"owner": 1, "colleague": 0, "lead": 0, "stranger": 0}),
        ("team", {"owner": 1, "colleague": 1, "lead": 0, "stranger": 0}),
        ("role", {"owner": 1, "colleague": 0, "lead": 1, "stranger": 0}),
        ("shared", {"owner": 1, "colleague": 1, "lead": 1, "stranger": 1}),
    ],
)
def test_a_view_is_seen_by_whom_it_is_shared_with(center, scope, seen):
    people = {
        "owner": center.supervisor,
        "colleague": center.agents[0],
        "lead": UserFactory(roles=["supervisor"]),
        "stranger": center.agents[1],
    }
    keep(center.supervisor, scope=scope, team=center.teams[0], role="supervisor")

    def count(person):
        return SavedView.objects.visible_to(User.objects.get(pk=person.pk)).count()

    assert {name: count(person) for name, person in people.items()} == seen


def test_a_foreign_view_cannot_be_removed(client, center):
    hidden, shared = keep(center.admin), keep(center.admin, "quality_board", scope="shared")
    client.force_login(center.supervisor)

    answers = [client.post(f"/views/{view.pk}/delete/").status_code for view in (hidden, shared)]

    assert answers == [404, 403]
    assert SavedView.objects.count() == 2


def test_the_picker_shares_with_a_role(client, center):
    client.force_login(center.supervisor)
    given = {"page": "operations", "name": "Voice", "query": "channel=voice"}

    kept = client.post("/views/", given | {"scope": "role:evaluator"})
    refused = client.post("/views/", given | {"scope": "role:emperor", "name": "Other"})

    view = SavedView.objects.get()
    assert kept.url == f"{OPERATIONS}?channel=voice"
    assert (view.scope, view.role, view.audience) == ("role", "evaluator", "Role evaluator")
    assert refused.status_code == 422
