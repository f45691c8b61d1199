"""The gate in front of every URL: the rights file's refusals, so that no view forgets them.

The order is: not signed in, method not listed, verb not granted, too many requests. Unknown paths
were answered with 404 before; which rows a person may see is asked behind it, by `visible_to`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.reauthentication import suspend_request
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template import loader
from django.urls import reverse

from accounts import api_gate, next_path, proof
from accounts.access_log import NotLogged
from accounts.addresses import address_of
from accounts.models import User
from accounts.permission_file import READ_METHODS, Address
from accounts.permissions import has, verb_named
from lib.http import problem
from lib.sentences import said

FORBIDDEN = said("Your roles do not include this page. Ask an administrator if you need it.")


# Where somebody without the second factor that the roles demand may go: to add one, or away.
OPEN_WITHOUT_FACTOR = frozenset(
    """accounts:security accounts:session_end accounts:sessions_end account_logout
    account_change_password account_reauthenticate mfa_reauthenticate mfa_index mfa_activate_totp
    mfa_add_webauthn mfa_view_recovery_codes mfa_generate_recovery_codes""".split()
)


class UnlistedAddress(LookupError):
    """A URL has no line in config/permissions.yaml, so nobody may open it."""


class GateMiddleware:
    """Stands before the CSRF check, so that refusals come in the order the house promises."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        address = address_of(match) if match else None
        if address is None:
            name = match.view_name if match else request.path
            raise UnlistedAddress(f"config/permissions.yaml has no line for the URL {name!r}.")
        if not address.is_public and (refusal := refuse_stranger(request)):
            return refusal
        if request.method not in address.methods:
            return refuse_method(request, sorted(address.methods))
        if not may_pass(request, address):
            raise PermissionDenied(FORBIDDEN)
        if address.scope:
            api_gate.refuse_scope(request, address)
            return api_gate.refuse_haste(request)
        return ask_for_proof(request, address)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What may only be read on the record is not sent while the record cannot be kept."""
        if not isinstance(error, NotLogged):
            return None
        if api_gate.is_api(request):
            return problem(request, "unavailable", str(error))
        page = loader.render_to_string("errors/503.html", {"sentence": str(error)})
        return HttpResponse(page, status=503)


def refuse_stranger(request: HttpRequest) -> HttpResponse | None:
    """Sessions open pages; the API takes tokens alone and never looks at a cookie."""
    if api_gate.is_api(request):
        return api_gate.sign_in(request)
    return None if request.user.is_authenticated else ask_to_sign_in(request)


def refuse_method(request: HttpRequest, allowed: list[str]) -> HttpResponse:
    if not api_gate.is_api(request):
        return HttpResponseNotAllowed(allowed)
    sentence = f"Use {', '.join(allowed)}."
    return problem(request, "method", sentence, headers={"Allow": ", ".join(allowed)})


def may_pass(request: HttpRequest, address: Address) -> bool:
    if address.is_closed or (address.is_for_staff and not request.user.is_staff):
        return False
    verb = address.verb_of(request.method or "")
    return verb is None or has(request.user, verb)


def ask_for_proof(request: HttpRequest, address: Address) -> HttpResponse | None:
    """A second factor where the roles demand one, and fresh proof where the verb does."""
    if address.is_public or not isinstance(request.user, User):
        return None
    if address.name not in OPEN_WITHOUT_FACTOR and proof.lacks_factor(request):
        return HttpResponseRedirect(reverse("accounts:security"))
    verb = address.verb_of(request.method or "")
    if verb is None or request.method in READ_METHODS:
        return None
    if verb_named(verb).needs_fresh_proof and not proof.is_fresh(request):
        way = "mfa_reauthenticate" if request.user.has_second_factor else "account_reauthenticate"
        return suspend_request(request, reverse(way))
    return None


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page goes to the sign-in page, a fragment takes its page there."""
    if request.headers.get("HX-Request") == "true":
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = sign_in_url(shown.path + (shown.query and f"?{shown.query}"))
        return answer
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return HttpResponseRedirect(sign_in_url(wanted))


def sign_in_url(wanted: str) -> str:
    """The sign-in page, which leads back to `wanted` where that is a page of ours."""
    return f"{settings.LOGIN_URL}?{urlencode({'next': next_path.safe(wanted)}, safe='/')}"
