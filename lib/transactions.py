"""Repeat a transaction that the database gave up for the sake of another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

T = TypeVar("T")
TRIES = 3
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"


def again_on_conflict(work: Callable[[], T]) -> T:
    """Call `work`, which opens its own outermost transaction, up to three times.

    Only serialization failures, deadlocks and a busy SQLite are repeated, 20-200 ms apart; inside
    a surrounding transaction nothing is, since only the whole of it could be.
    """
    for left in reversed(range(TRIES)):
        try:
            return work()
        except OperationalError as error:
            if not left or not is_conflict(error) or transaction.get_connection().in_atomic_block:
                raise
            nap()
    raise AssertionError("The last try returns or raises.")


def nap() -> None:
    """Long enough for the other transaction, and not as long as another one naps."""
    time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - Not a secret.


def is_conflict(error: OperationalError) -> bool:
    """Whether the transaction was given up for another one, and may simply be repeated."""
    code = getattr(error.__cause__, "sqlstate", None)
    if code is not None:
        return code in {SERIALIZATION_FAILURE, DEADLOCK}
    return "database is locked" in str(error) or "database table is locked" in str(error)


class RepeatMiddleware:
    """Makes a page again, up to three times, that the database gave up for another transaction.

    Only what reads, since a form may have done a part before its last transaction. Whatever fails
    in the end is answered by config/errors.py: wait a moment.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if request.method not in ("GET", "HEAD") or not isinstance(error, OperationalError):
            return None
        if not is_conflict(error):
            return None
        nap()
        return again_on_conflict(lambda: made_again(request))


def made_again(request: HttpRequest) -> HttpResponseBase:
    match = request.resolver_match
    assert match is not None
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response.render() if isinstance(response, SimpleTemplateResponse) else response
