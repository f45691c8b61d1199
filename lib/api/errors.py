"""Every refusal of the API as a problem (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from lib import refusals
from lib.http import Fault, problem
from lib.strict_json import escaped

MOST_FAULTS = 50
# The kind of refusal, its problem, and a sentence that says what to do.
ANSWERS: tuple[tuple[type[Exception], str, str], ...] = (
    (exceptions.UnsupportedMediaType, "unsupported-type", "Send JSON as application/json."),
    (exceptions.NotAcceptable, "not-acceptable", "Accept application/json."),
    (exceptions.MethodNotAllowed, "method", "Use a method that the Allow header names."),
    (exceptions.NotAuthenticated, "unauthorized", "Send a bearer token that is in force."),
    (exceptions.AuthenticationFailed, "unauthorized", "Send a bearer token that is in force."),
    (exceptions.PermissionDenied, "forbidden", "Your roles do not include this."),
    (exceptions.NotFound, "not-found", "Nothing of yours has this address."),
    (Http404, "not-found", "Nothing of yours has this address."),
    (exceptions.ParseError, "invalid-json", "Send one JSON object in UTF-8."),
    (exceptions.Throttled, "throttled", "Wait as many seconds as Retry-After says."),
)


class Refused(exceptions.APIException):
    """A refusal by the name of its problem, with a sentence for this case."""

    def __init__(
        self,
        slug: str,
        sentence: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.slug, self.sentence, self.errors, self.headers = slug, sentence, errors, headers


def answer(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Django REST framework's hook: a problem for a refusal, None for what is really an error."""
    request = context["request"]
    if isinstance(error, Refused):
        return problem(
            request, error.slug, error.sentence, errors=error.errors, headers=error.headers
        )
    if isinstance(error, exceptions.ValidationError):
        found = list(faults(error.get_full_details()))[:MOST_FAULTS]
        return problem(request, "invalid-input", "Mend what `errors` names.", errors=found)
    if isinstance(error, PermissionDenied):
        return problem(request, "forbidden", str(error) or "Your roles do not include this.")
    if isinstance(error, refusals.Refused):
        return _refusal(request, error)
    for kind, slug, sentence in ANSWERS:
        if isinstance(error, kind):
            return problem(request, slug, sentence, headers=_headers(error))
    return None


def _refusal(request: Any, error: refusals.Refused) -> HttpResponse:
    """Why a verb said no, under the name that programs know it by."""
    sentence = str(error)
    if isinstance(error, refusals.Forbidden):
        return problem(request, "forbidden", sentence)
    if isinstance(error, refusals.Stale):
        return problem(request, "version-old", sentence)
    if error.status != refusals.Invalid.status:
        return problem(request, "conflict", sentence)
    field = getattr(error, "field", "")
    pointer = f"/{escaped(field)}" if field else ""
    found = getattr(error, "faults", None) or [(pointer, sentence)]
    errors = [Fault(pointer=at, code="invalid", detail=why) for at, why in found][:MOST_FAULTS]
    return problem(request, "invalid-input", sentence, errors=errors)


def faults(details: Any, pointer: str = "") -> Iterator[Fault]:
    """What a serializer found, each with the pointer to its value."""
    if isinstance(details, list):
        for position, item in enumerate(details):
            is_fault = isinstance(item, dict) and item.keys() == {"message", "code"}
            yield from faults(item, pointer if is_fault else f"{pointer}/{position}")
    elif isinstance(details, dict) and details.keys() == {"message", "code"}:
        yield Fault(pointer=pointer, code=str(details["code"]), detail=str(details["message"]))
    elif isinstance(details, dict):
        for name, item in details.items():
            whole = name == "non_field_errors"
            yield from faults(item, pointer if whole else f"{pointer}/{escaped(str(name))}")


def _headers(error: Exception) -> dict[str, str]:
    wait = getattr(error, "wait", None)
    return {} if wait is None else {"Retry-After": str(ceil(wait))}
