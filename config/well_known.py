"""Addresses that browsers and other programs look for by themselves."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils import timezone

VALID = timedelta(days=180)


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the picture of a site, whatever a page's head says."""
    return redirect(static("img/favicon.svg"))


def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a weakness, as RFC 9116 describes it."""
    expires_at = (timezone.now() + VALID).replace(microsecond=0)
    lines = (
        f"Contact: mailto:{settings.DEFAULT_FROM_EMAIL}",
        f"Expires: {expires_at.isoformat()}",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
        "Preferred-Languages: en",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
