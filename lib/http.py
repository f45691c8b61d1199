"""Answers that every web layer gives in the same way: problems as RFC 9457 describes them."""

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lib import request_context
from lib.addresses import client_address
from lib.problems import PROBLEMS

PROBLEM_TYPE = "application/problem+json"


class Fault(TypedDict):
    """One value that cannot be accepted: a JSON pointer to it, a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


def problem(
    request: HttpRequest,
    slug: str,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer with a problem of PROBLEMS; `detail` is a sentence that says what to do.

    Raises KeyError for a slug that has no page.
    """
    kind = PROBLEMS[slug]
    body = {
        "type": f"{settings.BASE_URL}/problems/{slug}/",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": request.path,
        "request_id": request_context.current().request_id,
        "errors": list(errors),
    }
    content = json.dumps(body, ensure_ascii=False)
    return HttpResponse(content, status=kind.status, content_type=PROBLEM_TYPE, headers=headers)


def client_of(request: HttpRequest) -> str:
    """The address of the client, as far as trusted proxies vouch for it."""
    remote, forwarded = (request.META.get(n, "") for n in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"))
    return client_address(remote, forwarded, settings.TRUSTED_PROXIES)


def number_in(text: str) -> int:
    """A row's id or version as a form or an address holds it; 0 for what is none.

    `isdigit` alone lets in ² and numbers that no column holds.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
