"""A person's account: made, given a password, closed and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.actions.erasing import ErasedForGood
from accounts.actions.rights import refuse_unknown_role, refuse_without_other_admin
from accounts.events import UserDeactivated, UserReactivated
from accounts.models import User, UserKind, role_group
from lib import events


class EmailTaken(Exception):
    """Another account signs in with this e-mail."""

    def __str__(self) -> str:
        return "Somebody already signs in with this e-mail. Use another one."


@transaction.atomic
def create_user(
    *,
    email: str,
    full_name: str,
    by: User | None,
    at: datetime,
    password: str | None = None,
    display_name: str = "",
    roles: Sequence[str] = (),
    kind: str = UserKind.PERSON,
) -> User:
    """Make an account that can sign in at once, its e-mail taken as verified.

    Without a password only a reset link opens it. Raises EmailTaken and UnknownName.
    """
    for role in roles:
        refuse_unknown_role(role)
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTaken
    user: User = User.objects.create_user(
        email, password, full_name=full_name, display_name=display_name, kind=kind
    )
    user.groups.set([role_group(role) for role in roles])
    if kind == UserKind.PERSON:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    after = {"email": email, "full_name": full_name, "roles": sorted(roles)}
    audit.record(verb="create_user", record=user, by=by, at=at, after=after)
    return user


def follow_email(*, user: User) -> None:
    """Let the sign-in library know the e-mail that the account has now."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


@transaction.atomic
def set_password(*, user: User, password: str, by: User | None, at: datetime) -> User:
    """Set a new password, which ends every session of the person."""
    user.set_password(password)
    user.version += 1
    user.save(update_fields=["password", "version", "updated_at"])
    audit.record(verb="set_password", record=user, by=by, at=at)
    return user


@transaction.atomic
def set_language(*, user: User, language: str, by: User | None, at: datetime) -> User:
    """Speak `language` to the person from now on; empty for what the browser asks for."""
    before, user.language = user.language, language
    user.version += 1
    user.save(update_fields=["language", "version", "updated_at"])
    audit.record(
        verb="set_language",
        record=user,
        by=by,
        at=at,
        before={"language": before},
        after={"language": language},
    )
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: User | None, at: datetime, reason: str = "") -> User:
    """Close the account; its sessions end with their next request. Raises LastAdmin."""
    refuse_without_other_admin(user)
    changed = User.objects.filter(pk=user.pk, is_active=True).update(
        is_active=False,
        deactivated_at=at,
        session_epoch=F("session_epoch") + 1,
        version=F("version") + 1,
        updated_at=at,
    )
    user.refresh_from_db()
    if changed:
        record_activity("deactivate_user", user, by=by, at=at, reason=reason)
        events.publish(UserDeactivated(user_id=user.pk, at=at, by_id=by.pk if by else None))
    return user


@transaction.atomic
def reactivate_user(*, user: User, by: User | None, at: datetime, reason: str = "") -> User:
    """Open a closed account again, with the roles it still has. Raises ErasedForGood."""
    if User.objects.filter(pk=user.pk, erased_at__isnull=False).exists():
        raise ErasedForGood
    changed = User.objects.filter(pk=user.pk, is_active=False).update(
        is_active=True, deactivated_at=None, version=F("version") + 1, updated_at=at
    )
    user.refresh_from_db()
    if changed:
        record_activity("reactivate_user", user, by=by, at=at, reason=reason)
        events.publish(UserReactivated(user_id=user.pk, at=at, by_id=by.pk if by else None))
    return user


def record_activity(verb: str, user: User, *, by: User | None, at: datetime, reason: str) -> None:
    is_active = user.is_active
    before, after = {"is_active": not is_active}, {"is_active": is_active}
    audit.record(verb=verb, record=user, by=by, at=at, before=before, after=after, reason=reason)
