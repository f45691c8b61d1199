"""What the pages of respondents share: headers, limits, the one refusal, names in texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from feedback.visiting import address_of, network_name
from lib.speaking import SOURCE, spoken_language
from ops import limits

View = Callable[..., HttpResponse]
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}
UNKNOWN_PER_MINUTE, SUBMITS_PER_MINUTE, VISITS_PER_MINUTE = 20, 10, 60


def for_respondents(view: View) -> View:
    """A public page: nothing is cached, indexed, framed or told to others.

    It speaks the language that its address asks for, else the browser's, until a survey is found.
    The signed field of its forms takes the place of the CSRF token, which needs a cookie.
    """

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("lang") or translation.get_language() or SOURCE
        with translation.override(spoken_language(wanted)):
            response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Vary"] = "Cookie"
        return response

    protected: View = csrf_exempt(csp_replace(POLICY)(answering))  # type: ignore[assignment]
    return protected


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page in the survey's language; without a survey in the language that is in force."""
    tag = context.setdefault("language", translation.get_language())
    with translation.override(spoken_language(tag)):
        response = render(request, template, context, status=status)
    response["Content-Language"] = tag
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """The one refusal: unknown, expired, revoked, paused and foreign links all get these bytes."""
    return show(request, "feedback/respond/gone.html", {}, status=404)


def tampered(request: HttpRequest) -> HttpResponse:
    return show(request, "feedback/respond/tampered.html", {}, status=400)


def too_many(request: HttpRequest) -> HttpResponse:
    response = show(request, "feedback/respond/too_many.html", {}, status=429)
    response["Retry-After"] = "60"
    return response


def refuse_unknown(request: HttpRequest, at: datetime) -> HttpResponse:
    """404 for an unknown link, 429 for the network that tries many of them."""
    name = f"survey-unknown:{network_name(address_of(request))}"
    taken = limits.take(name, UNKNOWN_PER_MINUTE, _per_second(UNKNOWN_PER_MINUTE), at)
    return gone(request) if taken.is_allowed else too_many(request)


def may_submit(request: HttpRequest, key: str, at: datetime) -> bool:
    name = f"survey-submit:{key}"
    return limits.take(name, SUBMITS_PER_MINUTE, _per_second(SUBMITS_PER_MINUTE), at).is_allowed


def _per_second(per_minute: int) -> Fraction:
    return Fraction(per_minute, 60)
