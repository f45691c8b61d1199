"""The address of its own that serves SCORM content, so that it cannot act as its reader."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

PREFIX = "/scorm/"
TWINS = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}
NEEDED = "SCORM needs its own address; ask the administrator."


def origin_of(request: HttpRequest) -> str:
    """Scheme, host and port that the browser asked."""
    return f"{request.scheme}://{request.get_host()}"


def content_origin(request: HttpRequest) -> str | None:
    """Where content for this page is served; None if nowhere.

    Without a setting, development uses its loopback twin: a page on localhost shows content from
    127.0.0.1 and the other way round, which browsers hold apart.
    """
    if settings.SCORM_CONTENT_ORIGIN:
        return str(settings.SCORM_CONTENT_ORIGIN)
    domain, port = split_domain_port(request.get_host())
    twin = TWINS.get(domain)
    if settings.IS_PRODUCTION or twin is None:
        return None
    return f"{request.scheme}://{twin}" + (f":{port}" if port else "")


def is_content_host(request: HttpRequest) -> bool:
    """Whether the request came to the address that is for content alone."""
    origin = settings.SCORM_CONTENT_ORIGIN
    return bool(origin) and request.get_host().lower() == urlsplit(origin).netloc.lower()


class ContentOriginMiddleware:
    """On the content's own address nothing of the app is answered, and no cookie lives there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_content_host(request):
            return self.get_response(request)
        if not request.path.startswith(PREFIX):
            return HttpResponseNotFound("Not found.", content_type="text/plain")
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        if isinstance(response, HttpResponse):
            response.cookies.clear()
        return response


@register("training")
def check_content_origin(**options: object) -> list[CheckMessage]:
    """Without the address SCORM lessons stay closed in production."""
    if not settings.IS_PRODUCTION or settings.SCORM_CONTENT_ORIGIN:
        return []
    return [
        Warning(
            "ATTUNE_SCORM_CONTENT_ORIGIN is not set, so SCORM lessons cannot be opened.",
            hint="Give it an address of its own, such as https://content.attune.example.",
            id="training.W001",
        )
    ]
