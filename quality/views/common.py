"""What every view of quality shares: the person, the row, and answers to refusals."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from lib import strict_json
from lib.answers import View, must, page_refusals
from lib.speaking import spoken
from lib.strict_json import BadJson
from quality.models import Evaluation
from quality.refusals import Invalid, Refused

__all__ = [
    "json_refusals",
    "must",
    "page_refusals",
    "pdf_response",
    "person",
    "read_json",
    "refused",
    "visible_evaluation",
    "whole",
]


def person(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def visible_evaluation(request: HttpRequest, pk: int) -> Evaluation:
    """The evaluation with all that a heading names; 404 if the person may not see it."""
    rows = Evaluation.objects.visible_to(person(request)).for_reading()
    return get_object_or_404(rows, pk=pk)


def pdf_response(document: bytes, name: str) -> HttpResponse:
    """A PDF that opens in the browser and is saved under `name`."""
    response = HttpResponse(document, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def json_refusals(view: View) -> View:
    """Answer a refusal of a verb with its sentence as JSON."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            return refused(refusal)

    return answering


def refused(refusal: Refused, **more: Any) -> JsonResponse:
    field = refusal.field if isinstance(refusal, Invalid) else ""
    body = {"error": spoken(str(refusal)), "field": field, **more}
    return JsonResponse(body, status=refusal.status)


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The body as an object; raises Invalid on anything else."""
    try:
        body = strict_json.read(request.body)
    except BadJson as bad:
        raise Invalid("", bad.detail) from None
    if not isinstance(body, dict):
        raise Invalid("", "The body must be a JSON object.")
    return body


def whole(body: dict[str, Any], name: str, default: int | None = None) -> int:
    """A whole number of the body; raises Invalid."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53:
        raise Invalid(name, f"{name} must be a whole number.")
    return value
