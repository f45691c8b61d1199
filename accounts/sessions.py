"""How long a sign-in lasts: until it is idle too long, or too old."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts.models import User

SIGNED_IN, LAST_SEEN = "signed_in_seconds", "last_seen_seconds"
TOUCH_SECONDS = 60


def is_alive(*, now: int, last_seen: int, signed_in: int, idle: int, longest: int) -> bool:
    """Whether a session still holds; all in seconds, both limits half-open."""
    return now < last_seen + idle and now < signed_in + longest


def begin(request: HttpRequest, **kwargs: Any) -> None:
    """Stamp a new sign-in; called by Django's `user_logged_in`."""
    request.session[SIGNED_IN] = request.session[LAST_SEEN] = int(time.time())


def live_user(request: HttpRequest) -> User | AnonymousUser:
    """The person of a session that still holds; one that does not is ended here."""
    user = auth.get_user(request)
    if not isinstance(user, User):
        return AnonymousUser()
    now, stamps = int(time.time()), request.session
    last_seen, signed_in = stamps.get(LAST_SEEN, 0), stamps.get(SIGNED_IN, 0)
    idle, longest = settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE
    if not is_alive(now=now, last_seen=last_seen, signed_in=signed_in, idle=idle, longest=longest):
        stamps.flush()
        return AnonymousUser()
    if now >= last_seen + TOUCH_SECONDS:
        stamps[LAST_SEEN] = now
    return user


class SessionLimitsMiddleware:
    """Answers `request.user` under the limits; costs nothing where nobody asks for the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(partial(live_user, request))  # type: ignore[assignment]
        return self.get_response(request)
