"""People arrive by invitation: a link in a mail, good for 72 hours and for one use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.actions.people import EmailTaken, create_user
from accounts.actions.rights import refuse_unknown_role
from accounts.events import UserInvited, UserJoined
from accounts.models import AccountInvitation, User
from lib import events, faults, tokens
from ops import mail

VALID_FOR = timedelta(hours=72)


class AlreadyInvited(Exception):
    def __str__(self) -> str:
        return "This person has an open invitation. Send it again or revoke it first."


class NoInvitation(Exception):
    """The link is unknown, used, expired or revoked; which of these is not told."""

    def __str__(self) -> str:
        return "This invitation does not hold (any more). Ask for a new one."


@transaction.atomic
def invite_person(
    *, email: str, full_name: str, roles: Sequence[str], by: User, at: datetime
) -> AccountInvitation:
    """Offer an account by mail. Raises EmailTaken, AlreadyInvited, UnknownName."""
    email = email.strip().lower()
    for role in roles:
        refuse_unknown_role(role)
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTaken
    AccountInvitation.objects.open().filter(email=email, expires_at__lte=at).update(revoked_at=at)
    if AccountInvitation.objects.open().filter(email=email).exists():
        raise AlreadyInvited
    invitation = AccountInvitation.objects.create(
        email=email,
        full_name=full_name,
        roles=sorted(roles),
        token_sha256=tokens.digest(tokens.mint()),  # Nobody has this one; the mail mints its own.
        expires_at=at + VALID_FOR,
        invited_by=by,
    )
    audit.record(
        verb="invite_person", record=invitation, by=by, at=at, after={"roles": sorted(roles)}
    )
    events.publish(UserInvited(invitation_id=invitation.pk, at=at, by_id=by.pk))
    send(invitation, at)
    return invitation


def send(invitation: AccountInvitation, at: datetime) -> None:
    key = f"{invitation.pk}:{at:%Y%m%d%H%M%S%f}"
    mail.send("accounts.invitation", key=key, invitation_id=invitation.pk)


@transaction.atomic
def resend_invitation(
    *, invitation: AccountInvitation, by: User, at: datetime
) -> AccountInvitation:
    """A new link for another 72 hours; the older one is dead. Raises NoInvitation."""
    rows = AccountInvitation.objects.open().filter(pk=invitation.pk)
    if not rows.update(expires_at=at + VALID_FOR, token_sha256=tokens.digest(tokens.mint())):
        raise NoInvitation
    invitation.refresh_from_db()
    audit.record(verb="resend_invitation", record=invitation, by=by, at=at)
    send(invitation, at)
    return invitation


@transaction.atomic
def revoke_invitation(
    *, invitation: AccountInvitation, by: User, at: datetime
) -> AccountInvitation:
    """Raises NoInvitation."""
    if not AccountInvitation.objects.open().filter(pk=invitation.pk).update(revoked_at=at):
        raise NoInvitation
    invitation.refresh_from_db()
    audit.record(verb="revoke_invitation", record=invitation, by=by, at=at)
    return invitation


@transaction.atomic
def accept_invitation(*, token_sha256: str, full_name: str, password: str, at: datetime) -> User:
    """Make the account; one link makes one, however often it is sent. Raises NoInvitation."""
    valid = AccountInvitation.objects.in_force(at).filter(token_sha256=token_sha256)
    invitation = valid.select_related("invited_by").first()
    if invitation is None:
        raise NoInvitation
    if not valid.update(used_at=at) and faults.guard_is_on("accounts.invitation"):
        raise NoInvitation
    try:
        user = create_user(
            email=invitation.email,
            full_name=full_name,
            password=password,
            roles=invitation.roles,
            by=invitation.invited_by,
            at=at,
        )
    except EmailTaken:
        raise NoInvitation from None
    events.publish(UserJoined(user_id=user.pk, at=at, by_id=user.pk))
    return user
