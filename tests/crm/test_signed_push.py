"""Pushes that a signature proves: right ones are taken once, all others get one answer."""

import json
import time

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from crm.actions import sources
from crm.models import Interaction, PushSource
from ops import webhooks
from tests.crm.runs import call
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(roles=["admin"])


@pytest.fixture
def source(admin):
    row, secret = sources.add_source(name="pbx-1", owner=admin, by=admin, at=timezone.now())
    row.secret = secret
    return row


def push(source, *items, secret="", shift=0, message="msg_1", body=None):
    content = {"source": source.name, "interactions": list(items)}
    body = json.dumps(content).encode() if body is None else body
    stamp = int(time.time()) + shift
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(stamp),
        "webhook-signature": webhooks.sign(secret or source.secret, message, stamp, body),
    }
    url = reverse("api:push_signed", args=[source.pk])
    return Client().post(url, body, content_type="application/json", headers=headers)


def statuses(answer):
    return [one["status"] for one in answer.json()["results"]]


def test_signed_push_is_taken_item_by_item(source):
    answer = push(source, call(1), {"external_id": 7}, call(2))

    assert (answer.status_code, statuses(answer)) == (200, ["created", "failed", "created"])
    assert Interaction.objects.count() == 2


def test_same_message_gets_the_first_answer(source):
    first = push(source, call(1))

    again = push(source, call(1))

    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert push(source, call(2)).status_code == 409
    assert statuses(push(source, call(1), message="msg_2")) == ["unchanged"]


def test_whatever_is_wrong_gets_one_answer(source, admin):
    wrong = [
        push(source, call(1), secret=webhooks.mint_secret()),
        push(source, call(1), shift=-301),
        push(source, call(1), shift=400),
        push(PushSource(pk=source.pk + 1, name="pbx-1"), call(1), secret=source.secret),
        Client().post(reverse("api:push_signed", args=[source.pk])),
    ]
    sources.end_source(source=source, by=admin, at=timezone.now())
    wrong.append(push(source, call(1)))

    told = [{**one.json(), "request_id": "", "instance": ""} for one in wrong]
    assert [one.status_code for one in wrong] == [401] * 6
    assert all(one == told[0] for one in told)
    assert not Interaction.objects.exists()


def test_secret_of_a_source_pushes_that_source_alone(source):
    body = json.dumps({"source": "pbx-2", "interactions": [call(1)]}).encode()

    answer = push(source, body=body)

    assert answer.status_code == 403


def test_account_that_may_not_import_pushes_nothing(admin):
    agent = UserFactory(roles=["agent"])
    row, secret = sources.add_source(name="x", owner=agent, by=admin, at=timezone.now())

    assert push(row, call(1), secret=secret).status_code == 403


def test_closed_account_pushes_nothing(source, admin):
    UserFactory(roles=["admin"])
    people.deactivate_user(user=admin, by=None, at=timezone.now())

    assert push(source, call(1)).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"source": "pbx-1"}', b'"text"', b"\xff"])
def test_bad_body_is_refused_with_a_problem(source, body):
    answer = push(source, body=body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_too_large_body_is_refused(source):
    assert push(source, body=b" " * (5 * 1024 * 1024 + 1)).status_code == 413


def test_old_secret_holds_for_a_day_beside_the_new_one(source, admin):
    _row, new = sources.rotate_source_secret(source=source, by=admin, at=timezone.now())

    assert push(source, call(1)).status_code == 200
    assert push(source, call(2), secret=new, message="msg_2").status_code == 200


def test_keys_are_rotated_for_sources_too(source, settings):
    settings.FIELD_KEYS = ["n" * 50, *settings.FIELD_KEYS]
    before = PushSource.objects.get().secrets[0]["secret"]

    call_command("rotate_keys")

    assert PushSource.objects.get().secrets[0]["secret"] != before
    assert push(source, call(1)).status_code == 200


# --- Pages ---------------------------------------------------------------------------------------


def test_source_is_made_shown_once_rotated_and_ended(client, admin):
    client.force_login(admin)
    made = client.post("/settings/sources/new/", {"name": "pbx-9", "owner": admin.pk})
    source = PushSource.objects.get()
    rotated = client.post(f"/settings/sources/{source.pk}/rotate/")
    listed = client.get("/settings/sources/")

    assert "whsec_" in made.content.decode()
    assert "whsec_" in rotated.content.decode()
    assert "pbx-9" in listed.content.decode()
    assert "whsec_" not in listed.content.decode()
    assert client.post(f"/settings/sources/{source.pk}/end/").status_code == 302
    assert client.post(f"/settings/sources/{source.pk}/rotate/").status_code == 404
    assert "Ended" in client.get("/settings/sources/").content.decode()


def test_taken_name_comes_back_with_a_sentence(client, admin, source):
    client.force_login(admin)

    answer = client.post("/settings/sources/new/", {"name": "pbx-1", "owner": admin.pk})

    assert answer.status_code == 422
    assert "There is a source pbx-1 already." in answer.content.decode()
