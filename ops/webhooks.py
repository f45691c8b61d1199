"""Webhooks as the Standard Webhooks specification signs them; pure."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

SECRET_PREFIX = "whsec_"  # noqa: S105 - The beginning of every secret, not one.
SECRET_BYTES = 32
TOLERANCE_SECONDS = 300
MOST_TRIES = 10
# Seconds before each try, counted from the end of the one before.
DELAYS = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
LONGEST_DELAY = 86_400
# What a payload may say beside ids and moments: states, never anybody's words.
STATES = frozenset("state outcome kind channel cause metric role right job".split())


def mint_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def mint_message_id() -> str:
    return "msg_" + base64.b32encode(secrets.token_bytes(17)).decode()[:26].lower()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def is_signed(
    secrets_known: Sequence[str], headers: Mapping[str, str], body: bytes, now: int
) -> bool:
    """Whether one signature of one known secret fits, not older or newer than 5 minutes.

    `headers` hold webhook-id, webhook-timestamp and webhook-signature.
    """
    stamp = headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    given = headers.get("webhook-signature", "").split(" ")
    wanted = [sign(key, headers.get("webhook-id", ""), int(stamp), body) for key in secrets_known]
    # Every pair is compared, so that the time tells nothing.
    fits = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in wanted]
    return any(fits)


def delay_before(number: int, retry_after: int = 0, spread: float = 0.0) -> float:
    """Seconds before try `number` (1-10); `spread` from -1 to 1 moves it by up to 10 %.

    What the receiver asked for lengthens it, to a day at most.
    """
    exact = DELAYS[number - 1] * (100 + 10 * spread) / 100
    return min(max(exact, retry_after), LONGEST_DELAY)


def payload_of(event: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the outside is told about a fact: type, moment, and of its fields ids and states."""
    data = {
        name: value
        for name, value in fields.items()
        if name.endswith(("_id", "_ids", "_at", "_on", "_no", "_percent")) or name in STATES
    }
    data.pop("event_id", None)
    return {"type": event, "timestamp": fields["at"], "data": data}
