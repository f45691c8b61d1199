"""Interactions that another system pushes: one result per item, the same push changes nothing."""

import pytest
from django.db import IntegrityError
from django.test import Client

from crm.importing import matching, pushing
from crm.models import ImportRow, ImportRun, Interaction
from ops import integrity
from tests.crm.runs import call
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.races import original_untouched, race_database, together  # noqa: F401

URL = "/api/v1/interactions/batch/"
pytestmark = pytest.mark.django_db


def program(role="admin", scope="interactions:write"):
    token = ApiTokenFactory(owner=UserFactory(roles=[role]), scopes=[scope])
    return Client(headers={"Authorization": f"Bearer {token.text}"})


def push(client, *items, **fields):
    body = {"source": "pbx-1", "interactions": list(items)} | fields
    return client.post(URL, body, content_type="application/json")


def statuses(answer):
    return [one["status"] for one in answer.json()["results"]]


def test_each_item_has_its_result_in_order():
    answer = push(program(), call(1), {"external_id": 7}, call(2), "text")

    results = answer.json()["results"]
    assert (answer.status_code, statuses(answer)) == (
        200,
        ["created", "failed", "created", "failed"],
    )
    stored = list(Interaction.objects.order_by("pk").values_list("pk", flat=True))
    assert [results[0]["id"], results[2]["id"]] == stored
    assert results[1]["errors"][0]["pointer"] == "/external_id"
    assert [one["position"] for one in results] == [0, 1, 2, 3]


def test_same_push_again_changes_nothing():
    client = program()
    first = push(client, call(1), call(2)).json()["results"]

    again = push(client, call(1), call(2))

    assert statuses(again) == ["unchanged", "unchanged"]
    assert [one["id"] for one in again.json()["results"]] == [one["id"] for one in first]
    assert Interaction.objects.count() == 2


def test_changed_item_is_updated_and_an_older_one_is_a_conflict():
    client = program()
    push(client, call(1, updated_at="2026-05-04T10:00:00Z"))

    newer = push(client, call(1, updated_at="2026-05-04T11:00:00Z", subject="Invoice"))
    older = push(client, call(1, updated_at="2026-05-04T09:30:00Z", subject="Other"))

    assert (statuses(newer), statuses(older)) == (["updated"], ["conflict"])
    assert older.json()["results"][0]["errors"][0]["code"] == "older"
    assert Interaction.objects.get().subject == "Invoice"


def test_day_of_a_source_is_one_import_that_adds_up():
    client = program()
    push(client, call(1), call(2), {"external_id": ""})
    push(client, call(1), call(2, subject="Changed"), call(3))
    push(client, call(9), source="chat")

    run, other = ImportRun.objects.order_by("pk")
    assert (run.counters, other.read) == (
        {"read": 6, "created": 3, "updated": 1, "skipped": 1, "failed": 1},
        1,
    )
    assert list(integrity.check("crm")) == []
    assert sorted(ImportRow.objects.filter(run=run).values_list("outcome", flat=True)) == [
        "failed",
        "updated",
    ]


def test_unknown_agents_are_refused_where_the_push_says_so():
    answer = push(program(), call(1), missing_agents="fail")

    assert answer.json()["results"][0]["errors"][0]["code"] == "agent_unknown"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"interactions": [call(1)] * 1001}, "/interactions"),
        ({"interactions": []}, "/interactions"),
        ({"source": ""}, "/source"),
        ({"other": 1}, "/other"),
        ({"missing_agents": "guess"}, "/missing_agents"),
    ],
    ids=["too many", "none", "no source", "unknown field", "unknown option"],
)
def test_bad_body_stores_nothing(fields, pointer):
    answer = push(program(), call(1), **fields)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Interaction.objects.exists()


def test_large_transcripts_fit_and_more_than_five_megabytes_do_not():
    client = program()
    turns = [{"speaker": "agent", "text": "word " * 300} for _ in range(1000)]

    assert statuses(push(client, call(1, turns=turns))) == ["created"]
    assert push(client, *[call(n, turns=turns) for n in range(4)]).status_code == 413


def test_card_numbers_are_removed():
    push(program(), call(1, subject="Card 4111 1111 1111 1111"), {"4111111111111111": 1})

    assert "1111 1111" not in Interaction.objects.get().subject
    assert "4111111111111111" not in str(list(ImportRow.objects.values()))


def test_only_importers_with_the_scope_may_push():
    assert push(program("agent"), call(1)).status_code == 403
    assert push(program(scope="interactions:read"), call(1)).status_code == 403


def test_key_that_was_stored_just_now_is_found(monkeypatch):
    client = program()
    push(client, call(1))
    real, asked = matching.known_rows, []

    def blind_at_first(run, linked):
        asked.append(1)
        return {} if len(asked) == 1 else real(run, linked)

    monkeypatch.setattr(matching, "known_rows", blind_at_first)
    assert statuses(push(client, call(1))) == ["unchanged"]

    asked.clear()
    monkeypatch.setattr(pushing, "_push_or_refuse", pushing._push)
    with pytest.raises(IntegrityError):
        push(client, call(1))


@pytest.mark.race
def test_same_push_at_once_stores_each_item_once(race_database):  # noqa: F811
    client = program()

    answers = together(lambda number: push(client, *[call(n) for n in range(5)]), 4, threads=4)

    assert all(answer.status_code == 200 for answer in answers), answers
    ids = {tuple(one["id"] for one in answer.json()["results"]) for answer in answers}
    assert (len(ids), Interaction.objects.count()) == (1, 5)
