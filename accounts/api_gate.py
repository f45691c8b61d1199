"""What the gate asks of programs: a token in force, the scope, and patience."""

from __future__ import annotations

from fractions import Fraction

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken
from accounts.permission_file import READ_METHODS, Address
from lib import addresses, request_context
from lib.http import client_of, problem
from ops import limits

# How many requests at once, and how many more each second.
ALL = (100, 10)
WRITES = (120, 2)
STRANGERS = (30, Fraction(1, 2))


def is_api(request: HttpRequest) -> bool:
    return request_context.source_of(request.path) == "api"


def token_of(request: HttpRequest) -> ApiToken:
    """The token that the gate let through."""
    token = getattr(request, "api_token", None)
    assert isinstance(token, ApiToken), "The gate lets no request without a token this far."
    return token


def sign_in(request: HttpRequest) -> HttpResponse | None:
    """Make the token's owner the person of the request, or answer with a refusal.

    Only requests without a good token count against a network, so that a guesser beside them stops
    nobody else.
    """
    address, now = client_of(request), timezone.now()
    token = tokens.find(request.headers.get("Authorization", ""), address=address, now=now)
    if token is None:
        flood = refuse_flood(request, f"api:{addresses.network_of(address)}", STRANGERS)
        return flood or ask_for_token(request)
    tokens.note_use(token, now)
    request.user = token.owner
    request.api_token = token  # type: ignore[attr-defined]
    return None


def ask_for_token(request: HttpRequest) -> HttpResponse:
    sentence = "Send a bearer token that is in force; cookies are not looked at."
    return problem(request, "unauthorized", sentence, headers={"WWW-Authenticate": "Bearer"})


def refuse_scope(request: HttpRequest, address: Address) -> None:
    """Raises PermissionDenied where the token lacks the scope of the address."""
    scope = address.scope_of(request.method or "")
    if scope not in token_of(request).scopes:
        raise PermissionDenied(f"This token does not have the scope {scope}.")


def refuse_haste(request: HttpRequest) -> HttpResponse | None:
    """A refusal where the token has used up its allowance."""
    pk = token_of(request).pk
    refusal = refuse_flood(request, f"token:{pk}", ALL)
    if refusal is None and request.method not in READ_METHODS:
        refusal = refuse_flood(request, f"token:{pk}:writes", WRITES)
    return refusal


def refuse_flood(
    request: HttpRequest, name: str, allowance: tuple[int, int | Fraction]
) -> HttpResponse | None:
    capacity, per_second = allowance
    taken = limits.take(name, capacity, per_second, timezone.now())
    if taken.is_allowed:
        return None
    wait = str(taken.retry_after_seconds)
    sentence = f"Ask again in {wait} s."
    return problem(request, "throttled", sentence, headers={"Retry-After": wait})
