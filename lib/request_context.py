"""What the current piece of work is: its request id and where it came from.

Set by the middleware for a request, by ops for a job, and by commands; read by audit and logs.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

from lib import counters
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
    """Give each request an id, answer with it as X-Request-ID, keep it for audit, and note the end.

    Log and measures name the route, never the path: paths hold the secrets of links.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id, began = id_of(request), time.monotonic()
        with working(request_id=request_id, source=source_of(request.path)):
            with counted_queries() as queries:
                response = self.get_response(request)
            note_end(request, response, time.monotonic() - began, queries.number)
        response["X-Request-ID"] = request_id
        return response


class Queries:
    """How many statements a piece of work asked."""

    number = 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.number += 1
        return execute(*args)


@contextmanager
def counted_queries() -> Iterator[Queries]:
    queries = Queries()
    with ExitStack() as stack:
        for one in connections.all():
            stack.enter_context(one.execute_wrapper(queries))
        yield queries


def note_end(request: HttpRequest, response: HttpResponse, seconds: float, queries: int) -> None:
    """Log the end of a request, and count it for /metrics."""
    match = request.resolver_match
    route, status = match.view_name if match else "", response.status_code
    labels = {"route": route or "none", "status": str(status)}
    counters.observe("attune_request_seconds", seconds, **labels)
    counters.add("attune_request_queries_total", queries, **labels)
    facts = {
        "method": request.method,
        "route": route,
        "status": status,
        "duration_ms": int(seconds * 1000),
        "queries": queries,
    }
    logger.info("request", extra=facts)
