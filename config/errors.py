"""The pages for refusals and faults; they need neither the database nor a signed-in person."""

from __future__ import annotations

import sys

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation

from config.spoken_pages import language_of_reader
from lib.http import problem
from lib.request_context import source_of
from lib.sentences import said
from ops.files import NoSpace

PROBLEMS = {
    400: "invalid-input",
    403: "forbidden",
    404: "not-found",
    500: "internal",
    503: "unavailable",
    507: "unavailable",
}
FOR_PROGRAMS = {
    400: "The request could not be read.",
    403: "The token's person may not do this.",
    404: "There is no such address, or the record is not visible to the token's person.",
    500: "Nothing was changed. Try again; the request id finds the cause in the log.",
    503: "The database is busy or away. Try again in a moment, with the same idempotency key.",
    507: "The server has too little disk space left to store a file.",
}
RETRY_AFTER_SECONDS = 2


def answer(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """The page of `status` in its reader's language, or a problem where a program asks."""
    if source_of(request.path) == "api":
        return problem(request, PROBLEMS[status], sentence or FOR_PROGRAMS[status])
    language = language_of_reader(request)
    with translation.override(language):
        page = loader.render_to_string(f"errors/{status}.html", {"sentence": sentence})
    return HttpResponse(page, status=status, headers={"Content-Language": language})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """Shows the refusal's own sentence, which is written for the person."""
    return answer(request, 403, str(exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Told apart by the exception that is being handled: a database that is away, a full disk."""
    error = sys.exception()
    if isinstance(error, NoSpace):
        return answer(request, 507)
    if isinstance(error, OperationalError | InterfaceError):
        response = answer(request, 503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return answer(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(
        request,
        403,
        said(
            "This form was open for too long, or it came from another site. Go back, reload the "
            "page and send it again."
        ),
    )
