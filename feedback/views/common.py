"""What the pages of people who ask share."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from feedback.models import Survey


def person(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def visible_survey(request: HttpRequest, code: str) -> Survey:
    return get_object_or_404(Survey.objects.visible_to(person(request)), code=code)


def framing_ourselves(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that shows another page of ours in a frame."""
    framing: Callable[..., HttpResponse] = csp_update({"frame-src": [SELF]})(view)  # type: ignore[assignment]
    return framing
