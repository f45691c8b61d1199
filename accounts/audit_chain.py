"""The hash chain of the audit trail, as plain arithmetic that anyone can recompute."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

FIRST_PREVIOUS_HASH = "0" * 64
ENTRY_KEYS = (
    "sequence",
    "at",
    "actor_id",
    "acting_as_id",
    "verb",
    "object_type",
    "object_id",
    "changed_fields",
    "request_id",
    "source",
    "payload_digest",
)

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: object) -> bytes:
    """JSON in UTF-8 with sorted keys, no spaces and no ASCII escaping.

    Raises ValueError for NaN and infinity, TypeError for what JSON cannot hold.
    """
    return _ENCODER.encode(value).encode()


def payload_digest(
    salt: bytes, before: Mapping[str, object], after: Mapping[str, object], reason: str
) -> str:
    """SHA-256 in hex over the salt and the canonical contents of one entry.

    The entry keeps the digest; the contents can be erased with their salt, and the chain still
    holds.
    """
    contents = canonical({"after": dict(after), "before": dict(before), "reason": reason})
    return hashlib.sha256(salt + contents).hexdigest()


def entry_hash(previous_hash: str, entry: Mapping[str, object]) -> str:
    """SHA-256 in hex over the hash before and the sealed fields of an entry.

    `entry` has ENTRY_KEYS; other keys are left out of the hash, a missing one raises KeyError.
    `at` is an aware moment or its text, `changed_fields` are sorted here, and an `object_id` that
    is written as a whole number is hashed as that number.
    """
    sealed = {key: entry[key] for key in ENTRY_KEYS}
    sealed["at"] = _moment_text(entry["at"])
    sealed["object_id"] = _object_key(entry["object_id"])
    sealed["changed_fields"] = sorted(entry["changed_fields"])  # type: ignore[call-overload]
    return hashlib.sha256(previous_hash.encode() + b"\n" + canonical(sealed)).hexdigest()


def anchor_seal(key: str, on_date: date, sequence: int, head: str) -> str:
    """HMAC-SHA256 in hex over a day's head, so that whoever rewrites the chain lacks the key."""
    message = f"{on_date.isoformat()}\n{sequence}\n{head}"
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def _moment_text(at: object) -> object:
    """UTC with six decimals and Z, the one spelling of a moment that is hashed."""
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError("An audit entry needs an aware moment.")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _object_key(object_id: object) -> object:
    if isinstance(object_id, str) and object_id.isascii() and object_id.isdigit():
        return int(object_id) if str(int(object_id)) == object_id else object_id
    return object_id
