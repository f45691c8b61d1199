"""How passwords are hashed, compared and limited."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 128


class AttuneArgon2Hasher(Argon2PasswordHasher):
    """argon2id with 46 MiB, one pass, one lane: the first choice of OWASP's password sheet."""

    memory_cost = 46 * 1024
    time_cost = 1
    parallelism = 1


class MaximumLengthValidator:
    """Refuses what would only burn time in the hasher."""

    def validate(self, password: str, user: object | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is too long. Use at most {bound} characters.").format(
                    bound=LONGEST
                ),
                code="too_long",
            )

    def get_help_text(self) -> str:
        return _("Your password must contain at most {bound} characters.").format(bound=LONGEST)


def same_spelling(password: str) -> str:
    """One spelling of what different keyboards type for the same characters."""
    return unicodedata.normalize("NFKC", password)
