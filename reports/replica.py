"""Facts of reports read from a replica: a copy of the database that follows the one we write to.

Only pages of reports read there, only tables of reports, and never within five seconds of
something that the same browser wrote. A replica that does not answer is left alone for a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

log = logging.getLogger(__name__)
ALIAS = "replica"
WROTE = "attune_wrote"
OWN_WRITES = timedelta(seconds=5)
STALE = timedelta(seconds=60)
LEFT_ALONE_SECONDS = 30.0
# What was replayed last is older the longer nobody writes: a replica that has replayed all that it
# was sent is no second behind. Elsewhere than on a replica both places are null.
BEHIND = """
    SELECT CASE WHEN pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn() THEN 0
    ELSE EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()) END
"""

_is_read: ContextVar[bool] = ContextVar("replica_is_read", default=False)
_left_alone_until = 0.0  # Spares this process the wait; whether it answers is asked for each page.


@dataclass(frozen=True)
class Standing:
    """How far the replica is: its figures are those of `as_of`."""

    as_of: datetime
    is_stale: bool


class ReportsRouter:
    """Tables of reports are read from the replica while a page asks for it; all else is not."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        is_ours = model._meta.app_label == "reports"
        return ALIAS if is_ours and _is_read.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, left: Model, right: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


class ReplicaMiddleware:
    """Lets pages of reports read the replica, and remembers for five seconds who has written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = _is_read.set(False)
        try:
            response = self.get_response(request)
        finally:
            _is_read.reset(before)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            response.set_cookie(
                WROTE,
                "1",
                max_age=OWN_WRITES,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        match = request.resolver_match
        is_page = request.method in ("GET", "HEAD") and match and match.namespace == "reports"
        if is_page and WROTE not in request.COOKIES and (standing := standing_of_replica()):
            request.replica = standing  # type: ignore[attr-defined]
            _is_read.set(True)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """A replica that goes away under a page: the page is made again from the database."""
        if not _is_read.get() or not isinstance(exception, OperationalError | InterfaceError):
            return None
        leave_alone(exception)
        _is_read.set(False)
        del request.replica  # type: ignore[attr-defined]
        match = request.resolver_match
        assert match is not None
        return match.func(request, *match.args, **match.kwargs)


def standing_of_replica() -> Standing | None:
    """How far the replica is now; nothing where it does not answer or has not for 30 seconds."""
    if time.monotonic() < _left_alone_until:
        return None
    own = connections[ALIAS]
    try:
        seconds = 0.0
        with own.cursor() as cursor:
            if own.vendor == "postgresql":
                cursor.execute(BEHIND)
                seconds = float(cursor.fetchone()[0] or 0)
    except (OperationalError, InterfaceError) as error:
        leave_alone(error)
        return None
    behind = timedelta(seconds=max(0.0, seconds))
    return Standing(as_of=timezone.now() - behind, is_stale=behind > STALE)


def leave_alone(error: Exception) -> None:
    """Read the database itself for the next 30 seconds."""
    global _left_alone_until
    _left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
    log.warning("The replica does not answer: %s", error)
    connections[ALIAS].close()


def trust_again() -> None:
    """Ask the replica for the next page, whatever was before."""
    global _left_alone_until
    _left_alone_until = 0.0
