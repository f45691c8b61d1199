"""Sign in by e-mail; whose permissions are whose is answered by User from the permission file."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser


class PermissionFileBackend(AuthenticationBackend):
    """The one backend. It neither reads group permissions nor knows superusers."""

    @classmethod
    def _stash_user(cls, user: AbstractBaseUser | None) -> AbstractBaseUser | None:
        """Keep no deactivated user: whoever is deactivated is answered like a wrong password."""
        return None
