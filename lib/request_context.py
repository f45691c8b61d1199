"""What the current piece of work is: its request id and where it came from.

Set by the middleware for a request, by ops for a job, and by commands; read by audit and logs.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lib.addresses import parse

logger = logging.getLogger("attune.requests")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True)
class Work:
    """`source` is one of web, admin, api, job, command, import."""

    request_id: str = ""
    source: str = "command"


NO_WORK = Work()
_work: ContextVar[Work] = ContextVar("attune_work", default=NO_WORK)


def current() -> Work:
    return _work.get()


@contextmanager
def working(*, request_id: str, source: str) -> Iterator[Work]:
    """Run a block as one piece of work."""
    token = _work.set(Work(request_id=request_id, source=source))
    try:
        yield _work.get()
    finally:
        _work.reset(token)


def source_of(path: str) -> str:
    if path.startswith("/api/v"):
        return "api"
    return "admin" if path.startswith("/admin/") else "web"


def id_of(request: HttpRequest) -> str:
    """The id that a trusted proxy gave the request, if it is one; else a new one."""
    given = request.headers.get("X-Request-ID", "")
    peer = parse(request.META.get("REMOTE_ADDR", ""))
    trusted = [ip_network(network) for network in settings.TRUSTED_PROXIES]
    if REQUEST_ID.fullmatch(given) and peer and any(peer in network for network in trusted):
        return given
    return uuid.uuid4().hex


class RequestContextMiddleware:
    """Give each request an id, answer with it as X-Request-ID, keep it for audit, and log the end.

    The line names the route, never the path: paths hold the secrets of links.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id, began = id_of(request), time.monotonic()
        with working(request_id=request_id, source=source_of(request.path)):
            response = self.get_response(request)
            log_end(request, response, int((time.monotonic() - began) * 1000))
        response["X-Request-ID"] = request_id
        return response


def log_end(request: HttpRequest, response: HttpResponse, duration_ms: int) -> None:
    match = request.resolver_match
    facts = {
        "method": request.method,
        "route": match.view_name if match else "",
        "status": response.status_code,
        "duration_ms": duration_ms,
    }
    logger.info("request", extra=facts)
