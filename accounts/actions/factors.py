"""Second factors come and go; the sign-in library keeps them, the house writes it down."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import CodeStep, User
from lib.sentences import said
from ops import mail

CHANGES = {
    "totp_activated": ("add_factor", said("An authenticator app was added.")),
    "totp_deactivated": ("remove_factor", said("The authenticator app was removed.")),
    "webauthn_added": ("add_factor", said("A passkey was added.")),
    "webauthn_removed": ("remove_factor", said("A passkey was removed.")),
    "recovery_codes_generated": ("renew_recovery_codes", said("New recovery codes were made.")),
    "password_changed": ("set_password", said("Your password was changed.")),
    "token_issued": ("issue_token", said("An API token that acts as your account was issued.")),
    "identity_bound": ("bind_identity", said("You can sign in by way of your organization now.")),
    "new_device": (
        "sign_in",
        said("Somebody signed in to your account from a browser we had not seen."),
    ),
}


@transaction.atomic
def note_factor(*, user: User, change: str, at: datetime) -> User:
    """Write a change of factors down and mail it; a removal ends every other session."""
    verb, _sentence = CHANGES[change]
    audit.record(verb=verb, record=user, by=user, at=at, after={"change": change})
    if verb == "remove_factor":
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.refresh_from_db(fields=["session_epoch"])
    tell(user, change, at)
    return user


def tell(user: User, change: str, at: datetime) -> None:
    """Mail the person about a change of how the account is entered."""
    key = f"{user.pk}:{change}:{at:%Y%m%d%H%M%S%f}"
    mail.send("accounts.security_notice", key=key, user_id=user.pk, change=change)


def use_step(*, user: User, step: int) -> bool:
    """Whether this step of one-time codes is later than every one used before; then it is used."""
    CodeStep.objects.get_or_create(user=user)
    return bool(CodeStep.objects.filter(user=user, last_step__lt=step).update(last_step=step))


@transaction.atomic
def end_session(*, session: UserSession, by: User, at: datetime) -> None:
    """End one session of the person, wherever it is."""
    audit.record(verb="end_session", record=by, by=by, at=at)
    session.end()


@transaction.atomic
def end_other_sessions(*, user: User, by: User, at: datetime) -> User:
    """Sign out everywhere; the caller keeps the session of the request alive."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    audit.record(verb="end_sessions", record=user, by=by, at=at)
    return user
