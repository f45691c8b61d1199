"""Single sign-on by OpenID Connect: the code flow with PKCE, state and nonce.

Fetching goes through lib.outgoing, proofs are checked by PyJWT; docs/adr/0006-single-sign-on.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
from django.conf import settings

from lib import outgoing

SCOPES = "openid email profile"
# Asymmetric ones alone: with a shared secret, whoever reads tokens could also make them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
CLOCK_SECONDS = 60
MOST_BYTES = 256 * 1024
REQUIRED = ["exp", "iat", "iss", "sub", "aud"]


class Refused(Exception):
    """The issuer's answer proves nothing; the text is for the log and the audit trail alone."""


@dataclass(frozen=True)
class Provider:
    """What the issuer says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True)
class Secrets:
    """What one attempt to sign in must bring back, and what it proves itself with."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True)
class Claims:
    """Who signed in, by the issuer's word."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    signed_in_seconds: int | None


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def new_secrets() -> Secrets:
    return Secrets(*(secrets.token_urlsafe(32) for _ in range(3)))


def discover() -> Provider:
    """Ask the issuer for its addresses; raises Refused."""
    found = fetched_json(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    names = Provider.__dataclass_fields__
    if not all(isinstance(found.get(name), str) for name in names):
        raise Refused("The issuer's configuration lacks an address.")
    if found["issuer"] != settings.OIDC_ISSUER:
        raise Refused("The configuration is another issuer's.")
    return Provider(**{name: found[name] for name in names})


def authorization_url(
    provider: Provider, attempt: Secrets, *, redirect_uri: str, is_fresh: bool
) -> str:
    """Where the browser goes; `is_fresh` asks the issuer to look at the person anew."""
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
    }
    if is_fresh:
        asked |= {"prompt": "login", "max_age": "0"}
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    return f"{provider.authorization_endpoint}{joint}{urlencode(asked)}"


def exchange(code: str, attempt: Secrets, *, redirect_uri: str) -> Claims:
    """Trade the code for the claims of a proven id token; raises Refused."""
    provider = discover()
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.OIDC_CLIENT_ID,
        "client_secret": settings.OIDC_CLIENT_SECRET,
        "code_verifier": attempt.verifier,
    }
    answer = fetched_json(provider.token_endpoint, form=body)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Refused("The issuer sent no id token.")
    return proven(token, fetched_json(provider.jwks_uri), nonce=attempt.nonce)


def proven(token: str, keys: dict[str, Any], *, nonce: str) -> Claims:
    """The claims of a token that the issuer signed for us and for this attempt."""
    try:
        claims = jwt.decode(
            token,
            key_of(token, keys),
            algorithms=list(ALGORITHMS),
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=CLOCK_SECONDS,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise Refused(f"The id token does not hold: {type(error).__name__}.") from error
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("The id token is of another attempt.")
    if isinstance(claims["aud"], list) and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise Refused("The id token was given to somebody else.")
    signed_in = claims.get("auth_time")
    return Claims(
        issuer=claims["iss"],
        subject=str(claims["sub"])[:255],
        email=str(claims.get("email") or "").strip().lower(),
        is_email_verified=claims.get("email_verified") is True,
        signed_in_seconds=int(signed_in) if isinstance(signed_in, int) else None,
    )


def key_of(token: str, keys: dict[str, Any]) -> Any:
    """The issuer's key that the token names; the only one where it names none."""
    known = jwt.PyJWKSet.from_dict(keys).keys
    name = jwt.get_unverified_header(token).get("kid")
    fitting = [one for one in known if name is None or one.key_id == name]
    if len(fitting) != 1:
        raise Refused("The id token names no key of the issuer.")
    return fitting[0].key


def fetched_json(url: str, *, form: dict[str, str] | None = None) -> dict[str, Any]:
    """One JSON object from the issuer; raises Refused."""
    headers = {"Accept": "application/json"}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        answer = outgoing.fetch(
            url,
            method="GET" if form is None else "POST",
            body=None if form is None else urlencode(form).encode(),
            headers=headers,
            networks=settings.OIDC_NETWORKS,
            most_bytes=MOST_BYTES,
        )
    except (outgoing.BadUrl, outgoing.ClosedAddress, outgoing.NoAnswer) as error:
        raise Refused(f"The issuer cannot be reached: {error}") from error
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if answer.status != 200 or not isinstance(found, dict):
        raise Refused(f"The issuer answered {answer.status} without a JSON object.")
    return found
