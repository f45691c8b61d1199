"""The rail shows what a person may open, and marks where they are."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts import permissions
from config import context
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def frame(user, path="/"):
    request = RequestFactory().get(path)
    request.user = user
    return context.frame(request)


def titles(user) -> set[str]:
    return {entry["title"] for group in frame(user)["rail"] for entry in group["entries"]}


def test_rail_of_somebody_unknown_is_empty():
    assert frame(AnonymousUser())["rail"] == []


def test_every_verb_of_the_rail_is_in_the_permission_file():
    entries = [entry for _, group in context.RAIL for entry in group]

    for entry in entries:
        if entry.verb:
            permissions.scope(UserFactory.build(is_active=False), entry.verb)


def test_agent_finds_own_results_and_neither_audit_nor_admin():
    shown = titles(UserFactory(roles=["agent"]))

    assert {"Home", "My results"} <= shown
    assert not shown & {"Work list", "Audit", "Admin", "Evaluations", "Scorecards", "Imports"}


def test_supervisor_finds_the_admin():
    assert "Admin" in titles(UserFactory(roles=["supervisor"]))


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", {"Home": "page"}),
        ("/quality/", {"Work list": "page"}),
        ("/quality/answer-sets/1/", {"Scorecards": "true"}),
        ("/quality/imports/", {"Scorecards": "true"}),
        ("/admin/accounts/user/", {"Admin": "true"}),
        ("/nowhere/", {}),
    ],
)
def test_entry_of_the_longest_beginning_is_current(path, current):
    rail = frame(UserFactory(roles=["admin"]), path)["rail"]

    marked = {e["title"]: e["current"] for group in rail for e in group["entries"] if e["current"]}
    assert marked == current


def test_frame_asks_the_database_once(django_assert_num_queries):
    user = UserFactory(roles=["admin"])
    user.forget_grants()

    with django_assert_num_queries(1):
        frame(user)


def test_long_rail_opens_the_group_of_the_page_alone():
    groups = [
        {"title": title, "entries": [{"current": mark}] * 9}
        for title, mark in (("Quality", ""), ("Customers", "page"))
    ]

    context.fold(groups)

    assert [group["is_open"] for group in groups] == [False, True]


def test_short_rail_stands_open():
    groups = [{"title": "Quality", "entries": [{"current": ""}]}]

    context.fold(groups)

    assert groups[0]["is_open"] is True


def test_keys_of_the_rail_are_given_once():
    keys = [entry.key for _title, entries in context.RAIL for entry in entries if entry.key]

    assert len(set(keys)) == len(keys)
