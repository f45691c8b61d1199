"""Who a person is at the issuer of single sign-on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import SignInIdentity, User
from accounts.oidc import Claims
from ops import mail


class NotLetIn(Exception):
    """Single sign-on leads to no account; the text is for the audit trail, never for the page."""

    def __init__(self, why: str, user: User | None = None) -> None:
        super().__init__(why)
        self.user = user


@transaction.atomic
def find_person(*, claims: Claims, domains: list[str], at: datetime) -> User:
    """The active person whom the issuer means; raises NotLetIn.

    Known by (issuer, subject). The first time, the account with the same e-mail is bound, if the
    issuer verified that e-mail and is trusted for its domain.
    """
    known = SignInIdentity.objects.select_related("user").filter(
        issuer=claims.issuer, subject=claims.subject
    )
    identity = known.first()
    if identity is None:
        return _bind(claims, domains, at)
    if not _may_sign_in(identity.user):
        raise NotLetIn("The account is closed.", identity.user)
    known.update(last_used_at=at)
    return identity.user


def _bind(claims: Claims, domains: list[str], at: datetime) -> User:
    """Make the first sign-in of a person from this issuer the way in."""
    domain = claims.email.rpartition("@")[2]
    if not claims.is_email_verified:
        raise NotLetIn("The issuer did not verify the e-mail.")
    if domain not in domains:
        raise NotLetIn("The issuer is not trusted for the e-mail's domain.")
    user = User.objects.filter(email__iexact=claims.email).first()
    if user is None:
        raise NotLetIn("Nobody has this e-mail.")
    if not _may_sign_in(user):
        raise NotLetIn("The account is closed.", user)
    if SignInIdentity.objects.filter(user=user, issuer=claims.issuer).exists():
        raise NotLetIn("The account is bound to somebody else at the issuer.", user)
    SignInIdentity.objects.create(
        user=user, issuer=claims.issuer, subject=claims.subject, last_used_at=at
    )
    audit.record(verb="bind_identity", record=user, by=user, at=at, after={"issuer": claims.issuer})
    key = f"{user.pk}:identity_bound:{at:%Y%m%d%H%M%S%f}"
    mail.send("accounts.security_notice", key=key, user_id=user.pk, change="identity_bound")
    return user


def _may_sign_in(user: User) -> bool:
    return user.is_active and user.kind == "person"


@transaction.atomic
def refuse_single_sign_on(*, why: str, user: User | None, at: datetime) -> None:
    """Write a refusal down: about the person where one is known, else about the kind alone."""
    subject: SignInIdentity | User = user or SignInIdentity(pk=0)
    audit.record(
        verb="refuse_single_sign_on", record=subject, by=None, at=at, after={"refused": why}
    )
