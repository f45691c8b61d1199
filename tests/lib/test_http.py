"""Problems have one shape, each slug has one status, and numbers are read from texts."""

import json

import pytest

from lib import request_context
from lib.http import PROBLEMS, number_in, problem


def test_problem_has_the_fields_of_the_standard(rf):
    request = rf.get("/api/v1/cases/12/")
    fault = {"pointer": "/version", "code": "old", "detail": "Load the case again."}

    with request_context.working(request_id="request-12", source="api"):
        answer = problem(
            request,
            "version-old",
            "You sent version 6, the case is at version 7.",
            errors=[fault],
            headers={"Retry-After": "2"},
        )

    assert answer.status_code == 412
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "2"
    assert json.loads(answer.content) == {
        "type": "http://127.0.0.1:8000/problems/version-old/",
        "title": "Someone changed this first",
        "status": 412,
        "detail": "You sent version 6, the case is at version 7.",
        "instance": "/api/v1/cases/12/",
        "request_id": "request-12",
        "errors": [fault],
    }


def test_unknown_slug_is_a_mistake_of_ours(rf):
    with pytest.raises(KeyError):
        problem(rf.get("/"), "no-such-problem", "")


def test_every_problem_is_an_error_with_a_title():
    assert all(400 <= kind.status < 600 and all(kind) for kind in PROBLEMS.values())


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("007", 7), ("", 0), ("-7", 0), ("7.0", 0), ("²", 0), ("٣", 0), ("9" * 19, 0)],
)
def test_number_in_a_text_is_one_that_a_column_holds(text, number):
    assert number_in(text) == number
