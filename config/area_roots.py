"""The bare address of an area, such as /feedback/: it leads to the first page one has there."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.gate import FORBIDDEN
from accounts.models import User
from config.context import RAIL, USER_LINKS, address, is_shown

# Where the pages of an area stand, the first choice first.
AREAS = {
    "account": ("/account/",),
    "feedback": ("/feedback/",),
    "reports": ("/reports/",),
    "settings": ("/settings/",),
    "training": ("/training/", "/learning/", "/coaching/"),
}


def open_area(request: HttpRequest, area: str) -> HttpResponse:
    """The first page of the rail in this area; refuses whoever has none there."""
    assert isinstance(request.user, User)
    entries = [entry for _title, group in RAIL for entry in group] + list(USER_LINKS)
    shown = [address(entry.url_name) for entry in entries if is_shown(entry, request.user)]
    for start in AREAS[area]:
        for url in shown:
            if url.startswith(start):
                return redirect(url)
    raise PermissionDenied(FORBIDDEN)
