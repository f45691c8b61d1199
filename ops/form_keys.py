"""Forms that are sent twice, by a double click or after a lost answer, have one effect.

The first request claims the form's key before its view runs and keeps where it led; a repeated one
waits for it and is led to the same place. Only an answer that leads on spends the key: a form that
comes back with faults can be sent again. A process that dies in between leaves the key claimed, so
the form is never done twice; its sender is told to look first.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from lib import faults, form_keys
from ops.models import IdempotencyKey

SCOPE = "form:"
PATIENCE_SECONDS = 5.0
NAP_SECONDS = 0.05
LEADING_ON = (301, 302, 303)
TOKENS = ("csrfmiddlewaretoken", form_keys.FIELD)


class FormKeyMiddleware:
    """Stands behind the middleware of CSRF: what it refuses never claims a key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        claimed: IdempotencyKey | None = getattr(request, "claimed_form", None)
        if claimed is not None:
            settle(claimed, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not is_sent_form(request, view):
            return None
        value = request.POST.get(form_keys.FIELD)
        if not value or not request.user.is_authenticated:
            return None
        try:
            key = form_keys.read(value, request.user.pk)
        except form_keys.NotYourForm:
            sentence = _("This form is too old or was opened by somebody else. Open it again.")
            return told(request, sentence, status=422)
        return claim(request, key)


def is_sent_form(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """Whether a browser left its page for this; parts of pages and programs have their own ways."""
    return (
        request.method == "POST"
        and not getattr(view, "csrf_exempt", False)
        and "text/html" in request.headers.get("Accept", "")
        and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and "HX-Request" not in request.headers
    )


def claim(request: HttpRequest, key: str) -> HttpResponse | None:
    """None if the view may run; else where the first request led, or why there is nothing."""
    if not faults.guard_is_on("form_key"):
        return None
    scope, print_ = f"{SCOPE}{request.user.pk}", fingerprint_of(request)
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                scope=scope, key=key, fingerprint=print_, created_at=timezone.now()
            )
    except IntegrityError:
        return answer_of_first(request, scope, key, print_)
    request.claimed_form = row  # type: ignore[attr-defined]
    return None


def answer_of_first(request: HttpRequest, scope: str, key: str, print_: str) -> HttpResponse | None:
    until = time.monotonic() + PATIENCE_SECONDS
    while row := IdempotencyKey.objects.filter(scope=scope, key=key).first():
        if row.fingerprint != print_:
            sentence = _(
                "This form was sent before with other entries, and those stand. Open it again to "
                "send these."
            )
            return told(request, sentence, status=409)
        if row.status is not None:
            return HttpResponseRedirect(row.headers["Location"])
        if time.monotonic() > until:
            sentence = _(
                "This form was sent before and its result is not known. Look whether it was done; "
                "if not, open the form again."
            )
            return told(request, sentence, status=409)
        time.sleep(NAP_SECONDS)
    return claim(request, key)  # The first came back with faults and gave its key back.


def settle(row: IdempotencyKey, response: HttpResponse) -> None:
    """Keep where the form led; give the key back where it led nowhere."""
    if response.status_code in LEADING_ON:
        row.status, row.headers = response.status_code, {"Location": response["Location"]}
        row.save(update_fields=["status", "headers"])
    else:
        row.delete()


def fingerprint_of(request: HttpRequest) -> str:
    """What was entered, without the tokens; of files their names and sizes."""
    entered = [(name, values) for name, values in request.POST.lists() if name not in TOKENS]
    files = [
        (name, [(file.name, file.size) for file in many]) for name, many in request.FILES.lists()
    ]
    return hashlib.sha256(repr((request.path, sorted(entered), sorted(files))).encode()).hexdigest()


def told(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    context = {"sentence": sentence, "back": request.headers.get("Referer", "")}
    return render(request, "refused.html", context, status=status)
