"""Secrets that we must be able to read again, encrypted at rest with ATTUNE_FIELD_KEYS.

The first key encrypts, every key decrypts; `manage.py rotate_keys` writes old values anew.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Undecipherable(Exception):
    """No key opens this value; a key was lost, or the value was changed."""


def encrypt(text: str) -> str:
    return _box(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """Raises Undecipherable."""
    try:
        return _box(tuple(settings.FIELD_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Undecipherable("No key of ATTUNE_FIELD_KEYS opens this value.") from None


def renewed(sealed: str) -> str:
    """The same text under the first key; raises Undecipherable."""
    return encrypt(decrypt(sealed))


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _fernet_key(key: str) -> bytes:
    """A long random text as 32 bytes; the text has at least 50 characters of its own."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"attune.fields:" + key.encode()).digest())
