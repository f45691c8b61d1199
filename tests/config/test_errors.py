"""Refusals and faults are told in the house's own words, with the request's number."""

import pytest
from django.core.exceptions import PermissionDenied
from django.template import loader
from django.test import RequestFactory

from config import errors

STATUSES = (400, 403, 404, 409, 413, 429, 500, 503, 507)


@pytest.mark.parametrize("status", STATUSES)
def test_page_of_every_status_stands_without_database_and_person(status):
    page = loader.render_to_string(f"errors/{status}.html", {})

    assert f">{status}<" in page
    assert "Tell this number" in page


def test_unknown_address_has_a_page_with_its_request_id(client, db):
    answer = client.get("/nothing/here/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert answer["X-Request-ID"] in answer.content.decode()


def test_refusal_shows_its_own_sentence_escaped():
    request = RequestFactory().get("/audit/")

    answer = errors.permission_denied(request, PermissionDenied("Ask <Ann>."))

    assert answer.status_code == 403
    assert "Ask &lt;Ann&gt;." in answer.content.decode()


def test_fault_tells_nothing_of_its_cause():
    answer = errors.server_error(RequestFactory().get("/"))

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_programs_get_a_problem():
    answer = errors.page_not_found(RequestFactory().get("/api/v1/nothing/"), LookupError())

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_old_form_says_what_to_do():
    answer = errors.csrf_failure(RequestFactory().post("/sign-in/"), reason="no cookie")

    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()
