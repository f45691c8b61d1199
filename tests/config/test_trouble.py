"""A database that is away and a disk that is full are told as such, on pages and to programs."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse

from config import errors
from ops.files import NoSpace


def answer_to(error, rf, path="/customers/") -> HttpResponse:
    try:
        raise error
    except Exception:
        return errors.server_error(rf.get(path))


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (OperationalError("server closed the connection"), 503, "503"),
        (NoSpace(), 507, "507"),
        (ZeroDivisionError("secret"), 500, "500"),
    ],
)
def test_each_trouble_has_its_page_without_details(rf, error, status, heading):
    response = answer_to(error, rf)

    page = response.content.decode()
    assert (response.status_code, heading in page) == (status, True)
    assert "server closed" not in page
    assert "secret" not in page


def test_a_page_without_database_says_when_to_try_again(rf):
    assert answer_to(OperationalError(), rf)["Retry-After"] == "2"


def test_a_program_gets_a_problem(rf):
    response = answer_to(OperationalError(), rf, "/api/v1/cases/")

    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")


@pytest.mark.django_db
def test_a_view_whose_database_goes_away_answers_503(client, monkeypatch):
    from ops import health

    def away(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(health, "readiness", away)
    client.raise_request_exception = False

    assert client.get("/readyz").status_code == 503
