"""A log line is one JSON object, tells its request, and holds nothing personal."""

import json
import logging
import sys

import pytest

from lib import request_context
from lib.logs import JsonFormatter


def line(message, *, error=None, **extra):
    record = logging.LogRecord("x", logging.INFO, "f.py", 1, message, (), error)
    vars(record).update(extra)
    with request_context.working(request_id="request-12", source="web"):
        text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_line_names_event_level_request_and_extra_fields():
    found = line("request", route="crm:case_list", status=200, duration_ms=12)

    assert (found["event"], found["level"]) == ("request", "info")
    assert found["request_id"] == "request-12"
    assert (found["route"], found["status"], found["duration_ms"]) == ("crm:case_list", 200, 12)


def test_personal_and_secret_things_are_taken_out():
    secret = "att_aaaaaaaa_" + "b1" * 21 + "c"

    message = f"from amy@attune.example by {secret}\r\nlevel=error\x1b[2J"
    text = json.dumps(line(message, who="+49 30 1234567"))

    for planted in ("amy@", secret, "1234567", "\\r\\n", "\\u001b"):
        assert planted not in text


def test_huge_field_is_cut():
    assert len(line("x" * 1_000_000)["event"]) <= 8000


def test_error_is_told_with_its_trace():
    try:
        raise ValueError("bad for amy@attune.example")
    except ValueError:
        found = line("failed", error=sys.exc_info())

    assert "ValueError" in found["error"]
    assert "amy@" not in found["error"]


@pytest.mark.django_db
def test_request_id_of_a_trusted_proxy_is_kept_and_of_others_not(client, settings):
    given = {"X-Request-ID": "proxy-0001"}
    stranger = client.get("/healthz", headers=given)
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]

    assert stranger["X-Request-ID"] != "proxy-0001"
    assert client.get("/healthz", headers=given)["X-Request-ID"] == "proxy-0001"
    assert client.get("/healthz", headers={"X-Request-ID": "x y"})["X-Request-ID"] != "x y"
