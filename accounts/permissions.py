"""Who may do what: the one reading of config/permissions.yaml that everybody asks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from accounts.permission_file import SCOPES, Act, BadPermissionFile, Policy, Scope, Verb, parse

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

__all__ = ["Scope", "forbids_self", "has", "has_admin", "policy", "scope"]


class UnknownVerb(LookupError):
    """Code asks for a verb that config/permissions.yaml does not have."""


def path() -> Path:
    return Path(settings.BASE_DIR) / "config" / "permissions.yaml"


@cache
def policy() -> Policy:
    """The permission file as data, read once per process; a faulty file stops the start."""
    try:
        return parse(path().read_text(encoding="utf-8"))
    except BadPermissionFile as error:
        raise ImproperlyConfigured(str(error)) from None


def verb_named(name: str) -> Verb:
    try:
        return policy().verbs[name]
    except KeyError:
        raise UnknownVerb(f"config/permissions.yaml has no verb {name}.") from None


def scope(user: User | AnonymousUser, verb: str) -> Scope | None:
    """The widest reach of `verb` that the person's roles and rights give; None for no reach.

    Costs one query for the first question about a user object and none for the next ones.
    """
    grants = verb_named(verb).grants
    if not (user.is_authenticated and user.is_active):
        return None
    reaches = [grants[name] for name in user.granted_names if name in grants]
    return max(reaches, key=SCOPES.index) if reaches else None


def has(user: User | AnonymousUser, verb: str) -> bool:
    return scope(user, verb) is not None


def forbids_self(user: User, verb: str, record: models.Model) -> bool:
    """Whether `record` is the person's own where the verb says that nobody acts for themselves.

    A person's own record is the account itself, or one whose `not_self` field names the person.
    """
    name = verb_named(verb).not_self
    if name is None:
        return False
    if record._meta.label == settings.AUTH_USER_MODEL:
        return record.pk == user.pk
    column = f"{name}_id" if hasattr(record, f"{name}_id") else name
    return bool(getattr(record, column) == user.pk)


def has_admin(user: User | AnonymousUser, label: str, act: Act) -> bool:
    """Whether the admin lets the person do `act` with rows of the model `app.Model`."""
    verb = policy().admin.get(label.lower(), {}).get(act)
    return verb is not None and has(user, verb)
