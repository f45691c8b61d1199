"""Reports of browsers about kept-out content: noted without addresses, bounded, never echoed."""

import json

import pytest

from ops import csp_reports

pytestmark = pytest.mark.django_db
PATH = "/csp-report/"
OLD = {
    "csp-report": {
        "document-uri": "https://attune.example/invitation/secret-of-a-link/",
        "violated-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/steal?what=all",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "body": {
            "documentURL": "https://attune.example/team/",
            "effectiveDirective": "style-src",
            "blockedURL": "inline",
        },
    }
]


def send(client, content, content_type="application/csp-report"):
    body = content if isinstance(content, bytes) else json.dumps(content)
    return client.generic("POST", PATH, body, content_type=content_type)


def noted(caplog):
    return [
        (record.directive, record.blocked, record.page)
        for record in caplog.records
        if record.message == "csp_violation"
    ]


def test_report_is_noted_by_route_and_origin(client, caplog):
    answer = send(client, OLD)

    assert (answer.status_code, answer.content) == (204, b"")
    assert noted(caplog) == [
        ("script-src-elem", "https://evil.example", "accounts:invitation_open")
    ]
    assert "secret-of-a-link" not in caplog.text


def test_list_of_reports_is_read_as_well(client, caplog):
    assert send(client, NEW * 20, "application/reports+json").status_code == 204

    assert noted(caplog) == [("style-src", "inline", "accounts:team_list")] * 10


@pytest.mark.parametrize("content", [[], {}, [1], "text", {"csp-report": 7}, {"body": {"x": []}}])
def test_odd_reports_do_no_harm(client, content):
    assert send(client, content).status_code == 204


def test_bad_body_is_refused_without_an_echo(client):
    answer = send(client, b"<script>alert(1)</script>")

    assert (answer.status_code, answer.content) == (400, b"")


def test_large_body_is_refused(client):
    assert send(client, b"[" + b" " * csp_reports.MOST_BYTES + b"]").status_code == 413


def test_flood_is_stopped(client, monkeypatch):
    monkeypatch.setattr(csp_reports, "OF_A_NETWORK", (2, 1))

    assert [send(client, NEW).status_code for _ in range(3)] == [204, 204, 429]


def test_pages_name_the_address_of_reports(client):
    assert "report-uri /csp-report/" in client.get("/sign-in/")["Content-Security-Policy"]
