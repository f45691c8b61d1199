"""Codes of authenticator apps (RFC 6238): SHA-1, six digits, a new one each 30 seconds; pure."""

import base64
import hmac
import struct

PERIOD_SECONDS = 30
DIGITS = 6
TOLERATED_STEPS = 1


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.new(secret, struct.pack(">Q", step), "sha1").digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(seconds: int) -> int:
    return seconds // PERIOD_SECONDS


def accepted_step(secret: bytes, code: str, seconds: int, last_step: int) -> int | None:
    """The step whose code this is, if it is one of three around now and later than `last_step`."""
    text = code.replace(" ", "")
    now, found = step_of(seconds), None
    for step in range(now - TOLERATED_STEPS, now + TOLERATED_STEPS + 1):
        is_right = hmac.compare_digest(code_at(secret, step).encode(), text.encode())
        if is_right and step > last_step:
            found = step
    return found


def secret_bytes(text: str) -> bytes:
    """The secret as authenticator apps write it, in base32."""
    return base64.b32decode(text.encode("ascii"), casefold=True)
