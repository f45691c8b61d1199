"""Who may do what to a person's account; the same answers for pages, admin and templates."""

from __future__ import annotations

from accounts.models import User
from accounts.permissions import forbids_self, has


def may_manage_users(user: User) -> bool:
    return has(user, "accounts.manage_users")


def may_review_access(user: User) -> bool:
    return has(user, "accounts.review_access")


def may_grant_role(user: User, person: User) -> bool:
    """Grant and end roles and rights of `person`; nobody does so for themselves."""
    verb = "accounts.grant_role"
    return has(user, verb) and not forbids_self(user, verb, person)


def may_erase_user(user: User, person: User) -> bool:
    """Nobody but somebody else, and only who left."""
    verb = "accounts.erase_user"
    return has(user, verb) and not forbids_self(user, verb, person)


def may_deactivate_user(user: User, person: User) -> bool:
    return may_manage_users(user) and user.pk != person.pk
