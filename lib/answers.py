"""How pages answer when a person may not, or when a verb refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lib.refusals import Refused
from lib.sentences import said
from lib.speaking import spoken

View = Callable[..., HttpResponse]


def must(allowed: bool) -> None:
    """403 for a visible row that this person may not act on."""
    if not allowed:
        raise PermissionDenied(said("Your roles do not allow this here."))


def page_refusals(view: View) -> View:
    """Answer a refusal of a verb with a page that says why and leads back."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            back = request.headers.get("Referer", "")
            context = {"sentence": spoken(str(refusal)), "back": back}
            return render(request, "refused.html", context, status=refusal.status)

    return answering
