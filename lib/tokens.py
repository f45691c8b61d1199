"""Secrets for links: 32 random bytes in the link, only their digest in the database."""

import hashlib
import re
import secrets

TOKEN_BYTES = 32
TOKEN_LENGTH = 43

_TOKEN = re.compile("[A-Za-z0-9_-]{43}")


def mint() -> str:
    """A new token of 43 URL-safe characters; it exists in the outgoing message alone."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """SHA-256 in hex: what is stored under a unique index and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(text: str) -> bool:
    """Whether text has the shape of a token; what has not is never looked up."""
    return _TOKEN.fullmatch(text) is not None
