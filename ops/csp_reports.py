"""What browsers report about content that a page's policy kept out: noted in the log, no more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from lib import addresses, strict_json
from lib.http import client_of
from ops import limits

logger = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024
MOST_REPORTS = 10
DIRECTIVES = ("effective-directive", "violated-directive", "effectiveDirective")
# How many reports of a network at once, and how many more each second.
OF_A_NETWORK = (20, 1)


@csrf_exempt  # A browser sends these by itself, without a form.
def csp_report(request: HttpRequest) -> HttpResponse:
    """Note what was kept out, by route and origin: addresses hold secrets of links."""
    network = addresses.network_of(client_of(request))[:64]
    taken = limits.take(f"csp-report:{network}", *OF_A_NETWORK, timezone.now())
    if not taken.is_allowed:
        return HttpResponse(status=429, headers={"Retry-After": str(taken.retry_after_seconds)})
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        found = list(reports(strict_json.read(body)))
    except strict_json.BadJson:
        return HttpResponse(status=400)
    for report in found[:MOST_REPORTS]:
        logger.warning("csp_violation", extra=report)
    return HttpResponse(status=204)


def reports(content: Any) -> Iterator[dict[str, str]]:
    """Each report, in the old shape of one object or the new one of a list, as facts to log."""
    for item in content if isinstance(content, list) else [content]:
        body = (item.get("csp-report") or item.get("body")) if isinstance(item, dict) else None
        if isinstance(body, dict):
            yield {
                "directive": first(
                    body, "effective-directive", "violated-directive", "effectiveDirective"
                )[:80],
                "blocked": origin_of(first(body, "blocked-uri", "blockedURL")),
                "page": route_of(first(body, "document-uri", "documentURL")),
            }


def first(body: dict[str, Any], *names: str) -> str:
    return next((body[name] for name in names if isinstance(body.get(name), str)), "")


def origin_of(address: str) -> str:
    """Scheme and host alone; words such as `inline` stay as they are."""
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname or ''}"[:200] if parts.scheme else address[:40]
    except ValueError:
        return "unreadable"


def route_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except (Resolver404, ValueError):
        return "unknown"
