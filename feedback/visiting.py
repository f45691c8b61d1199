"""What opens the links: recorded without any network address, and judged by what it shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from feedback.models import Invitation, Visit, VisitCount
from feedback.questionnaire import Question
from lib.addresses import client_address

FAST_HIT = timedelta(seconds=5)
ALL_RATINGS = timedelta(seconds=10)
MOST_VISITS = 200
HEADLESS = ("headless", "phantomjs", "puppeteer", "playwright", "selenium")
SCANNERS = (
    *("bot", "crawl", "spider", "scan", "proofpoint", "barracuda", "mimecast", "safelinks"),
    *("preview", "facebookexternalhit", "slack", "whatsapp", "skype", "curl", "wget", "python-"),
    *("go-http", "java/", "libwww", "okhttp", "urlscan", "forcepoint", "trend micro", "fireeye"),
)


def client_class(request: HttpRequest) -> str:
    """browser, headless, scanner, prefetch or none, as far as the client says."""
    agent = request.headers.get("User-Agent", "").lower()
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if "prefetch" in purpose or "preview" in purpose:
        return "prefetch"
    if not agent:
        return "none"
    if any(word in agent for word in HEADLESS):
        return "headless"
    return "scanner" if any(word in agent for word in SCANNERS) else "browser"


def address_of(request: HttpRequest) -> str:
    remote = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    return client_address(remote, forwarded, settings.TRUSTED_PROXIES)


def network_name(address: str) -> str:
    """What counts as one client for limits: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        host = ip_address(address)
    except ValueError:
        return "none"
    return str(host) if host.version == 4 else str(ip_network((host, 64), strict=False))


def network_class(address: str) -> str:
    """data_center or staff by the operator's lists, else empty."""
    try:
        host = ip_address(address)
    except ValueError:
        return ""
    if any(host in network for network in _staff()):
        return "staff"
    return "data_center" if any(host in network for network in _data_centers()) else ""


@cache
def _staff() -> tuple:
    return tuple(ip_network(text) for text in settings.SURVEY_STAFF_NETWORKS)


@cache
def _data_centers() -> tuple:
    if not settings.SURVEY_NETWORK_FILE:
        return ()
    lines = Path(settings.SURVEY_NETWORK_FILE).read_text(encoding="utf-8").splitlines()
    return tuple(ip_network(line.strip()) for line in lines if line.strip() and line[0] != "#")


def record(
    request: HttpRequest,
    invitation: Invitation | None,
    page: str,
    *,
    at: datetime,
    rating: str = "",
) -> None:
    """Write down that something opened a page; never whose anonymous link it was."""
    kind, network = client_class(request), network_class(address_of(request))
    is_machine = kind != "browser" or network == "data_center" or request.method != "GET"
    verdict = "automated" if is_machine and request.method != "POST" else "unknown"
    Visit.objects.create(
        invitation=None if invitation is None or invitation.survey.is_anonymous else invitation,
        at=at,
        method=(request.method or "")[:8],
        page=page,
        rating=rating[:3],
        client_class=kind,
        network_class=network,
        verdict=verdict,
    )


def add_to_count(on: date, verdict: str, n: int) -> None:
    """Keep the number of visits of a verdict beyond the visits themselves."""
    VisitCount.objects.get_or_create(on_date=on, verdict=verdict)
    VisitCount.objects.filter(on_date=on, verdict=verdict).update(count=F("count") + n)


def signals_of(
    request: HttpRequest, invitation: Invitation | None, key: Question | None
) -> set[str]:
    """Signals of this request and of everything that opened the invitation's links before."""
    found = set()
    if client_class(request) != "browser":
        found.add("headless")
    network = network_class(address_of(request))
    if network == "data_center":
        found.add("data_center")
    is_staff = getattr(request, "user", None) is not None and request.user.is_authenticated
    if (is_staff or network == "staff") and (invitation is None or invitation.recipient_id is None):
        found.add("staff")
    if request.POST.get("js") and not request.POST.get("e"):
        found.add("no_event")
    if request.POST.get("website"):
        found.add("honeypot")
    return found | (_signals_of_visits(invitation, key) if invitation else set())


def _signals_of_visits(invitation: Invitation, key: Question | None) -> set[str]:
    if invitation.survey.is_anonymous:
        return set()
    visits = list(invitation.visits.order_by("at", "pk")[:MOST_VISITS])
    found = set()
    if any(visit.page == "trap" for visit in visits):
        found.add("trap")
    first = next((visit for visit in visits if visit.page == "link"), None)
    if first and invitation.sent_at and first.at - invitation.sent_at < FAST_HIT:
        found.add("fast_hit")
    rated = [(visit.at, visit.rating) for visit in visits if visit.rating]
    wanted = len(key.values) if key else 0
    for start, _ in rated:
        window = {rating for at, rating in rated if start <= at <= start + ALL_RATINGS}
        if wanted and len(window) >= wanted:
            found.add("all_ratings")
    return found
