"""API tokens: issued once in clear, and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit, tokens
from accounts.actions.factors import tell
from accounts.events import TokenIssued, TokenRevoked
from accounts.models import ApiToken, User, UserKind
from accounts.permissions import policy
from lib import events

LONGEST_LIFE = timedelta(days=365)


class NotYoursToHand(Exception):
    """A token acts as its owner, so nobody gets one that acts as another person."""

    def __str__(self) -> str:
        return "Issue a token for yourself or for a service account, never for another person."


class UnknownScope(Exception):
    def __str__(self) -> str:
        return f"There is no scope {self.args[0]!r}."


class BadLife(Exception):
    def __str__(self) -> str:
        return "A token expires within 365 days."


class AlreadyRevoked(Exception):
    def __str__(self) -> str:
        return "This token was revoked already."


@transaction.atomic
def issue_token(
    *,
    owner: User,
    name: str,
    scopes: Sequence[str],
    networks: Sequence[str] = (),
    expires_at: datetime,
    by: User,
    at: datetime,
) -> tuple[ApiToken, str]:
    """The stored token, and its text, which exists in the answer to this call alone.

    Raises NotYoursToHand, UnknownScope, BadLife.
    """
    if owner.pk != by.pk and owner.kind != UserKind.SERVICE:
        raise NotYoursToHand
    for scope in scopes:
        if scope not in policy().scopes:
            raise UnknownScope(scope)
    if not at < expires_at <= at + LONGEST_LIFE:
        raise BadLife
    public_id, digest, text = tokens.mint()
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        public_id=public_id,
        secret_sha256=digest,
        scopes=sorted(scopes),
        networks=list(networks),
        issued_by=by,
        expires_at=expires_at,
    )
    after = {"owner": owner.pk, "name": name, "scopes": token.scopes, "networks": token.networks}
    audit.record(verb="issue_token", record=token, by=by, at=at, after=after)
    tell(by, "token_issued", at)
    events.publish(TokenIssued(user_id=owner.pk, token_id=token.pk, at=at, by_id=by.pk))
    return token, text


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None, at: datetime) -> ApiToken:
    """Refuse the token from the next request on. Raises AlreadyRevoked."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
        raise AlreadyRevoked
    token.refresh_from_db()
    audit.record(verb="revoke_token", record=token, by=by, at=at)
    events.publish(TokenRevoked(token_id=token.pk, at=at, by_id=by.pk if by else None))
    return token
