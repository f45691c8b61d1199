"""Requests that may be repeated after a lost answer: one key, one effect, one answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from lib import faults
from lib.http import problem
from lib.transactions import again_on_conflict
from ops.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Location", "ETag", "Content-Type")
KEPT_FOR = timedelta(hours=24)
LOCK_NOT_AVAILABLE = "55P03"

_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def answer_once(
    request: HttpRequest,
    *,
    scope: str,
    is_required: bool,
    work: Callable[[], Any],
    key: str | None = None,
) -> HttpResponseBase:
    """The answer of `work`, or the stored one if this key has had its effect already.

    Key, effect and answer are committed together. Only an answer of success is stored; after any
    other the whole transaction is rolled back, and the key may be used again. `key` takes the place
    of the header where a request names itself in another way.
    """
    key = key or request.headers.get(HEADER)
    if key is None and not is_required:
        return work()
    if key is None or not _KEY.fullmatch(key):
        sentence = f"Send the header {HEADER} with 1 to 128 visible ASCII characters."
        return problem(request, "key-missing", sentence)
    fingerprint = fingerprint_of(request)
    try:
        return again_on_conflict(lambda: _once(request, scope, key, fingerprint, work))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        sentence = "The first request with this key is still being worked on. Repeat it."
        return problem(request, "in-progress", sentence, headers={"Retry-After": "1"})


def fingerprint_of(request: HttpRequest) -> str:
    """What the key was used for: method, address and body."""
    start = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(start + hashlib.sha256(request.body).digest()).hexdigest()


@transaction.atomic
def _once(
    request: HttpRequest, scope: str, key: str, fingerprint: str, work: Callable[[], Any]
) -> HttpResponseBase:
    row = _claim(scope, key, fingerprint, timezone.now())
    if row.status is not None:
        if row.fingerprint != fingerprint:
            sentence = "This key was used for another request. Use a new key for a new wish."
            return problem(request, "key-reused", sentence)
        return replay(row)
    response = work()
    if hasattr(response, "render"):
        response.render()
    if response.status_code >= 300:
        transaction.set_rollback(True)
    else:
        row.status = response.status_code
        row.headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
        row.body = response.content.decode()
        row.save(update_fields=["status", "headers", "body"])
        faults.reach("idempotency.before_commit")
    return response


def _claim(scope: str, key: str, fingerprint: str, now: datetime) -> IdempotencyKey:
    """A new row, which makes a second request wait until this one is done; or the finished one."""
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                scope=scope, key=key, fingerprint=fingerprint, created_at=now
            )
    except IntegrityError:
        row = IdempotencyKey.objects.get(scope=scope, key=key)
    if row.created_at < now - KEPT_FOR:
        row.delete()
        return _claim(scope, key, fingerprint, now)
    return row


def replay(row: IdempotencyKey) -> HttpResponse:
    """The first answer once more."""
    response = HttpResponse(row.body, status=row.status)
    for name, value in row.headers.items():
        response[name] = value
    response[REPLAYED] = "true"
    return response
