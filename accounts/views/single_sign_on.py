"""Sign in by way of an issuer: to it, and back."""

from __future__ import annotations

import hmac
import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows import login, reauthentication
from allauth.account.models import Login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts import actions, guessing, next_path, oidc, proof
from accounts.models import User
from accounts.views.sign_in import wait_for_network

ATTEMPT = "single_sign_on"
PATIENCE_SECONDS = 600
# The step of the sign-in library that asks for the second factor.
FACTOR_STAGE = "mfa_authenticate"


def single_sign_on(request: HttpRequest) -> HttpResponse:
    """Send the browser to the issuer; what must come back waits in the session."""
    if not oidc.is_on():
        raise Http404
    attempt = oidc.new_secrets()
    wanted = request.GET.get("next", "")
    try:
        url = oidc.authorization_url(
            oidc.discover(),
            attempt,
            redirect_uri=redirect_uri(),
            is_fresh=request.user.is_authenticated,
        )
    except oidc.Refused as error:
        return refused(request, str(error))
    request.session[ATTEMPT] = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "next": next_path.safe(wanted),
        "at": time.time(),
    }
    return redirect(url)


def single_sign_on_back(request: HttpRequest) -> HttpResponse:
    """The issuer sent the browser back: prove it, then sign the person in."""
    if not oidc.is_on():
        raise Http404
    if guessing.is_network_over(request):
        return wait_for_network(request)
    kept: dict[str, Any] = request.session.pop(ATTEMPT, {})
    try:
        claims = claims_of(request, kept)
        user = actions.find_person(claims=claims, domains=settings.OIDC_DOMAINS, at=timezone.now())
    except oidc.Refused as error:
        return refused(request, str(error))
    except actions.NotLetIn as error:
        return refused(request, str(error), error.user)
    if request.user.is_authenticated:
        return confirmed(request, user, claims, kept["next"])
    return signed_in(request, user, kept["next"])


def claims_of(request: HttpRequest, kept: dict[str, Any]) -> oidc.Claims:
    """What the issuer says in answer to this very attempt; raises oidc.Refused."""
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if not kept or time.time() > kept["at"] + PATIENCE_SECONDS:
        raise oidc.Refused("There is no attempt that waits for an answer.")
    if not hmac.compare_digest(state.encode(), kept["state"].encode()):
        raise oidc.Refused("The answer is to another attempt.")
    if not code:
        raise oidc.Refused("The issuer sent no code.")
    attempt = oidc.Secrets(kept["state"], kept["nonce"], kept["verifier"])
    return oidc.exchange(code, attempt, redirect_uri=redirect_uri())


def signed_in(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """Sign in; our own second factor is asked unless the issuer is known to have asked for one."""
    user.backend = settings.AUTHENTICATION_BACKENDS[0]
    state: dict[str, Any] = {}
    if settings.OIDC_ENFORCES_MFA:
        state = {"stages": {FACTOR_STAGE: {"handled": True}}}
    login.record_authentication(request, user, method="single_sign_on")
    response = login.perform_login(request, Login(user=user, redirect_url=wanted, state=state))
    if settings.OIDC_ENFORCES_MFA and request.user.is_authenticated:
        request.session[proof.FACTOR_AT_ISSUER] = True
    return response


def confirmed(request: HttpRequest, user: User, claims: oidc.Claims, wanted: str) -> HttpResponse:
    """Fresh proof for whoever is signed in: the same person, whom the issuer looked at just now."""
    seen = claims.signed_in_seconds
    if user != request.user or seen is None or seen < time.time() - proof.FRESH_SECONDS:
        return refused(request, "The issuer's proof is another person's, or old.", user)
    login.record_authentication(request, user, method="single_sign_on", reauthenticated=True)
    request.GET = QueryDict(urlencode({"next": wanted}))
    return reauthentication.resume_request(request) or redirect(wanted)


def refused(request: HttpRequest, why: str, user: User | None = None) -> HttpResponse:
    """One page, whatever the reason; the reason stands in the audit trail."""
    guessing.count_network(request)
    actions.refuse_single_sign_on(why=why, user=user, at=timezone.now())
    return render(request, "accounts/single_sign_on_refused.html", status=403)


def redirect_uri() -> str:
    return settings.BASE_URL + reverse("accounts:single_sign_on_back")
