"""The hidden key of a rendered form: what was sent twice is done once (P-DATA-04).

A key is 256 random bits, signed for the person who got the form, good for a week.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.core import signing
from django.utils.html import format_html
from django.utils.safestring import SafeString

FIELD = "form_key"
KEPT_FOR = timedelta(days=7)


class NotYourForm(ValueError):
    """The key was made for somebody else, is too old, or was never made here."""


def mint(user_id: int) -> str:
    return _signer(user_id).sign(secrets.token_urlsafe(32))


def read(value: str, user_id: int) -> str:
    """The random part of a key that this person got. Raises NotYourForm."""
    try:
        return str(_signer(user_id).unsign(value, max_age=KEPT_FOR))
    except signing.BadSignature as error:
        raise NotYourForm from error


def hidden_input(user_id: int) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, mint(user_id))


def _signer(user_id: int) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"form:{user_id}")
