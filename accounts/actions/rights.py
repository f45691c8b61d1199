"""Roles and single rights: given and taken, never by oneself, never the last administrator's."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from accounts import audit
from accounts.events import RightEnded, RightGranted, RoleEnded, RoleGranted
from accounts.models import RightGrant, User, role_group
from accounts.permissions import policy
from lib import events, faults
from lib.sentences import said


class UnknownName(Exception):
    """No such role or right."""

    def __str__(self) -> str:
        kind, name, names = self.args
        return f"There is no {kind} {name!r}. Use one of {', '.join(sorted(names))}."


class NotForOneself(Exception):
    """Nobody changes their own rights."""

    def __str__(self) -> str:
        return said(
            "Nobody grants or ends roles and rights of their own. Ask another administrator."
        )


class LastAdmin(Exception):
    """The site would be left without anyone who can administer it."""

    def __str__(self) -> str:
        return "This is the last active administrator. Make somebody else an administrator first."


class AlreadyHeld(Exception):
    def __str__(self) -> str:
        return "This person has that already."


class NotHeld(Exception):
    def __str__(self) -> str:
        return "This person does not have that (any more)."


@transaction.atomic
def grant_role(*, user: User, role: str, by: User | None, at: datetime, reason: str = "") -> User:
    """Raises UnknownName, NotForOneself, AlreadyHeld."""
    refuse_unknown_role(role)
    refuse_oneself(user, by)
    before = locked_roles(user)
    if role in before:
        raise AlreadyHeld
    user.groups.add(role_group(role))
    record_roles("grant_role", user, before, by=by, at=at, reason=reason)
    events.publish(RoleGranted(user_id=user.pk, role=role, at=at, by_id=by.pk if by else None))
    return user


@transaction.atomic
def end_role(*, user: User, role: str, by: User | None, at: datetime, reason: str = "") -> User:
    """Raises UnknownName, NotForOneself, NotHeld, LastAdmin."""
    refuse_unknown_role(role)
    refuse_oneself(user, by)
    before = locked_roles(user)
    if role not in before:
        raise NotHeld
    if role == "admin":
        refuse_without_other_admin(user)
    user.groups.remove(role_group(role))
    record_roles("end_role", user, before, by=by, at=at, reason=reason)
    events.publish(RoleEnded(user_id=user.pk, role=role, at=at, by_id=by.pk if by else None))
    return user


@transaction.atomic
def grant_right(*, user: User, right: str, by: User, at: datetime, reason: str) -> RightGrant:
    """Raises UnknownName, NotForOneself, AlreadyHeld."""
    if right not in policy().rights:
        raise UnknownName("right", right, policy().rights)
    refuse_oneself(user, by)
    User.objects.select_for_update().get(pk=user.pk)
    if RightGrant.objects.filter(user=user, right=right, to_at__isnull=True).exists():
        raise AlreadyHeld
    grant = RightGrant.objects.create(
        user=user, right=right, granted_by=by, from_at=at, reason=reason
    )
    user.forget_grants()
    after = {"right": right}
    audit.record(verb="grant_right", record=user, by=by, at=at, after=after, reason=reason)
    events.publish(RightGranted(user_id=user.pk, right=right, at=at, by_id=by.pk))
    return grant


@transaction.atomic
def end_right(*, grant: RightGrant, by: User, at: datetime, reason: str = "") -> RightGrant:
    """Raises NotForOneself, NotHeld."""
    refuse_oneself(grant.user, by)
    if not RightGrant.objects.filter(pk=grant.pk, to_at__isnull=True).update(to_at=at):
        raise NotHeld
    grant.refresh_from_db()
    grant.user.forget_grants()
    before = {"right": grant.right}
    audit.record(verb="end_right", record=grant.user, by=by, at=at, before=before, reason=reason)
    events.publish(RightEnded(user_id=grant.user_id, right=grant.right, at=at, by_id=by.pk))
    return grant


def refuse_unknown_role(role: str) -> None:
    if role not in policy().roles:
        raise UnknownName("role", role, policy().roles)


def refuse_oneself(user: User, by: User | None) -> None:
    if by is not None and by.pk == user.pk:
        raise NotForOneself


def refuse_without_other_admin(user: User) -> None:
    """Raises LastAdmin if nobody else could administer; the role's row is the lock of this rule."""
    if faults.guard_is_on("accounts.last_admin"):
        Group.objects.select_for_update().filter(name="admin").first()
    admins = User.objects.active().in_role("admin")
    if admins.filter(pk=user.pk).exists() and not admins.exclude(pk=user.pk).exists():
        raise LastAdmin


def locked_roles(user: User) -> list[str]:
    User.objects.select_for_update().get(pk=user.pk)
    return sorted(user.groups.values_list("name", flat=True))


def record_roles(
    verb: str, user: User, before: list[str], *, by: User | None, at: datetime, reason: str
) -> None:
    user.forget_grants()
    after = sorted(user.groups.values_list("name", flat=True))
    audit.record(
        verb=verb,
        record=user,
        by=by,
        at=at,
        before={"roles": before},
        after={"roles": after},
        reason=reason,
    )
