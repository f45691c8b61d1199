"""Whole files by the API: each becomes one import, whose state has an address."""

import json

import pytest
from django.test import Client

from crm.models import ImportRun, Interaction
from lib.tabular import LIMITS
from ops.models import JobRun, StoredFile
from tests.crm.runs import attune_json, call
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.jobs import run_waiting_jobs

URL = "/api/v1/imports/?source=pbx-1"
pytestmark = pytest.mark.django_db


def program(role="admin", scopes=("imports:read", "imports:write")):
    token = ApiTokenFactory(owner=UserFactory(roles=[role]), scopes=list(scopes))
    return Client(headers={"Authorization": f"Bearer {token.text}"})


def send(client, body, url=URL, content_type="application/json"):
    return client.post(url, body, content_type=content_type)


def test_file_is_imported_and_its_state_has_an_address():
    client = program()
    body = attune_json([call("1"), call("2"), call("2")])

    answer = send(client, body)
    status = answer["Location"]
    before = client.get(status).json()
    run_waiting_jobs(job="crm.run_import")
    after = client.get(status).json()

    assert (answer.status_code, before["state"], before["file_bytes"]) == (
        202,
        "running",
        len(body),
    )
    assert (after["state"], after["read"], after["created"]) == ("finished", 3, 2)
    assert after["read"] == sum(after[name] for name in ("created", "updated", "skipped", "failed"))
    assert set(Interaction.objects.values_list("source", "external_id")) == {
        ("pbx-1", "call-1"),
        ("pbx-1", "call-2"),
    }


def test_same_file_again_leads_to_its_import():
    client, body = program(), attune_json([call("1")])
    first = send(client, body)
    run_waiting_jobs(job="crm.run_import")

    again = send(client, body)
    other = send(client, body, "/api/v1/imports/?source=pbx-2")

    assert (again.status_code, again["Location"]) == (202, first["Location"])
    assert other["Location"] != first["Location"]
    assert (ImportRun.objects.count(), StoredFile.objects.count()) == (2, 2)


def test_other_formats_come_as_bytes():
    row = "2026-03-02 09:00:00,7001,5550100,default,,SIP/1,SIP/2,Dial,,30,20,ANSWERED,3,17,u1,,1,2"

    answer = send(
        program(),
        row.encode(),
        f"{URL}&format=asterisk_cdr&name=cdr.csv",
        "application/octet-stream",
    )

    assert (answer.status_code, answer.json()["format"]) == (202, "asterisk_cdr")
    assert answer.json()["file_name"] == "cdr.csv"


@pytest.mark.parametrize(
    ("url", "pointer"),
    [
        ("/api/v1/imports/", "?source"),
        (f"{URL}&format=delimited", "?format"),
        (f"{URL}&missing_agents=guess", "?missing_agents"),
        (f"{URL}&sheet=1", "?sheet"),
    ],
)
def test_bad_parameters_store_nothing(url, pointer):
    answer = send(program(), attune_json([call("1")]), url)

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert not StoredFile.objects.exists()
    assert not JobRun.objects.exists()


def test_empty_and_other_bodies_are_refused():
    client = program()

    assert send(client, b"").status_code == 400
    assert send(client, b"<a/>", content_type="text/html").status_code == 415
    assert not StoredFile.objects.exists()


def test_broken_file_ends_as_a_failed_import_with_a_sentence():
    client = program()

    status = send(client, json.dumps({"attune": 1})[:-3].encode())["Location"]
    run_waiting_jobs(job="crm.run_import")

    told = client.get(status).json()
    assert told["state"] == "failed"
    assert told["message"]
    assert not Interaction.objects.exists()


@pytest.mark.parametrize(
    ("role", "scopes", "status"),
    [
        ("admin", ["imports:read"], 403),
        ("agent", ["imports:write"], 403),
        ("admin", ["imports:write"], 202),
    ],
)
def test_only_importers_with_the_scope_may_send_files(role, scopes, status):
    assert send(program(role, scopes), attune_json([call("1")])).status_code == status


def test_more_than_the_limit_is_refused_before_it_is_read():
    answer = program().generic(
        "POST",
        URL,
        b"{}",
        content_type="application/json",
        CONTENT_LENGTH=str(LIMITS.file_bytes + 1),
    )

    assert answer.status_code == 413
    assert not StoredFile.objects.exists()
