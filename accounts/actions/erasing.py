"""Erase who somebody was: the account stays as a pseudonym, so that figures keep their rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.events import UserErased
from accounts.models import (
    AccountInvitation,
    AgentKey,
    ApiToken,
    AuditPayload,
    CodeStep,
    RightGrant,
    SignInIdentity,
    User,
)
from lib import events
from lib.sentences import said

FORMER = "Former colleague"


class NotClosed(Exception):
    """The account is open."""

    def __str__(self) -> str:
        return "Close the account first; only somebody who left is erased."


class ErasedForGood(Exception):
    """There is nobody left whom the account belongs to."""

    def __str__(self) -> str:
        return said("This person was erased. Make a new account instead.")


def initials_of(name: str) -> str:
    """Of the first and the last word, with points: "A. L."."""
    words = name.split()
    return " ".join(f"{word[0].upper()}." for word in [*words[:1], *words[1:][-1:]])


@transaction.atomic
def erase_user(*, user: User, by: User | None, at: datetime, reason: str = "") -> User:
    """Nothing tells any more who this was, but for the initials; again it changes nothing.

    What other areas keep of the person goes by the fact that this publishes. Raises NotClosed.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.is_active:
        raise NotClosed
    if locked.erased_at is not None:
        return locked
    _forget_ways_in(locked)
    AccountInvitation.objects.filter(email__iexact=locked.email).delete()
    User.objects.filter(pk=locked.pk).update(
        email=f"erased-{locked.pk}@erased.invalid",
        full_name=FORMER,
        display_name="",
        time_zone="",
        language="",
        erased_at=at,
        erased_initials=initials_of(locked.full_name),
        session_epoch=F("session_epoch") + 1,
        version=F("version") + 1,
        updated_at=at,
    )
    RightGrant.objects.filter(user=locked).update(reason="")
    empty_audit("accounts.user", [locked.pk])
    user.refresh_from_db()
    audit.record(verb="erase_user", record=user, by=by, at=at, reason=reason)
    events.publish(UserErased(user_id=user.pk, at=at, by_id=by.pk if by else None))
    return user


def _forget_ways_in(user: User) -> None:
    """Every credential, session and name by which other systems know the person."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    UserSession.objects.filter(user=user).delete()
    CodeStep.objects.filter(user=user).delete()
    SignInIdentity.objects.filter(user=user).delete()
    AgentKey.objects.filter(user=user).delete()
    ApiToken.objects.filter(owner=user).update(name="Erased", networks=[])


def empty_audit(label: str, ids: Iterable[object]) -> int:
    """What acts on these records said; that they happened stays sealed."""
    held = AuditPayload.objects.filter(
        entry__object_type=label, entry__object_id__in=[str(pk) for pk in ids]
    )
    return held.exclude(before={}, after={}, reason="").update(before={}, after={}, reason="")
